import type { EngineOptions } from '../../runtime/engine.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Shard } from '../../runtime/shard/shard.ts';
import type { HostClock } from './host-clock.ts';
import type { Host } from './scheduler.ts';

/** The node for which an agent decides. */
export interface ServingNode {
  readonly host: Host;
  readonly clock: HostClock;
  /** Empty before the engine is there. */
  readonly shards: () => readonly Shard[];
}

/** What decides which shards a node of the simulation serves, and how it reaches the others. */
export interface ShardAgent {
  readonly runtime: Pick<Runtime, 'serveUntil' | 'mayAnswer'>;
  readonly engine: Required<Pick<EngineOptions, 'shardAt'>> & Pick<EngineOptions, 'ownerOf'>;
  /** The engine is there. */
  attach(): void;
  /** It runs, and serves nothing yet. */
  start(): void;
  /** Gives a shard up of its own will, so that another node takes it. */
  handOver(shard: number): void;
  /** Gives all of them up, where that takes its time. */
  leave(): Promise<void>;
  /** Takes and gives nothing any more. */
  close(): void;
}
