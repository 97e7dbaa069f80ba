/**
 * A whole service whose clock stands until it is advanced: the real stores, engine and gRPC, but days pass in seconds and
 * nothing is late because the machine was busy. Scenarios, the demo and the replay of real data run on it, in a process
 * of its own (virtual-node-child.ts) so that it can be killed.
 *
 * I1  The clock advances only while nothing is under way, and from alarm to alarm. Only a late scorer lets time pass
 *     during a run.
 */
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import { DAY_MS, SECOND_MS } from '../../base/clock.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../../config/options.ts';
import { type Node, openNode } from '../../node/open-node.ts';
import { serveGrpc } from '../../node/serve-grpc.ts';
import type { Observer } from '../../port/observer.ts';
import { countedCustomers, type Traffic } from './counted-customers.ts';
import { SwitchedScorer } from './switched-scorer.ts';
import { untilQuiet } from './until-quiet.ts';
import type { ScorerMode, VirtualNodeSettings, VirtualNodeState } from './virtual-node-messages.ts';

/** Everything stays explainable and verifiable, however long the run is in its own time. */
const KEEP_MS = 3_650 * DAY_MS;
/** What a late run of the model takes: longer than the service waits for one. */
const LATE_MS = SECOND_MS;

interface Parts {
  readonly clock: VirtualClock;
  readonly scorer: SwitchedScorer | undefined;
  readonly traffic: Traffic;
  readonly node: Node;
  readonly grpc: { readonly port: number; drain(): Promise<void> };
}

export class VirtualNode {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws PortError or CommandError with a sentence. */
  static async open(settings: VirtualNodeSettings, observer: Observer): Promise<VirtualNode> {
    const clock = new VirtualClock(settings.now);
    const scorer =
      settings.scorer === undefined
        ? undefined
        : new SwitchedScorer(settings.scorer, () => clock.advanceTo(clock.now() + LATE_MS));
    const nodeParts = {
      observer,
      clock,
      keys: KNOWN_KEYS,
      seed: settings.seed,
      beatMs: settings.beatMs,
      bounds: settings.mailboxMax === undefined ? {} : { mailboxPerShardMax: settings.mailboxMax },
      ...(scorer === undefined ? {} : { scorer }),
    };
    const serveSettings = serveSettingsOf(settings);
    const node = await openNode(serveSettings, nodeParts);
    const traffic: Traffic = { instructionCount: 0, answerCount: 0, sessionCount: 0 };
    try {
      const gateway = countedCustomers(node.gateway, traffic) as Node['gateway'];
      const grpc = await serveGrpc({ ...node, gateway }, serveSettings, nodeParts);
      return new VirtualNode({ clock, scorer, traffic, node, grpc });
    } catch (fault) {
      await node.close();
      throw fault;
    }
  }

  get state(): VirtualNodeState {
    const { clock, grpc, traffic } = this.#parts;
    return { now: clock.now(), next: clock.next, port: grpc.port, ...traffic };
  }

  /**
   * Advances the clock to `to`, or only to the first alarm that sent something to a channel system, whose answer belongs
   * to that moment. Resolves when all is quiet.
   */
  async advanceTo(to: number): Promise<void> {
    const { clock, traffic } = this.#parts;
    const { instructionCount } = traffic;
    await this.untilQuiet();
    while (traffic.instructionCount === instructionCount) {
      const next = clock.next;
      clock.advanceTo(next === undefined ? to : Math.min(next, to));
      await this.untilQuiet();
      if (next === undefined || next > to) return;
    }
  }

  /** Resolves when nothing is under way. */
  untilQuiet(): Promise<void> {
    return untilQuiet(this.#parts.node.engine);
  }

  /** Throws when the node was opened with the model that `serve` loads. */
  setScorer(mode: ScorerMode): void {
    const { scorer } = this.#parts;
    if (scorer === undefined) throw new Error('the scorer of this node cannot be switched');
    scorer.mode = mode;
  }

  /** Finishes what was accepted, saves all, closes the stores. */
  async close(): Promise<void> {
    const { grpc, node } = this.#parts;
    await grpc.drain();
    await node.close();
  }
}

function serveSettingsOf(settings: VirtualNodeSettings): ServeSettings {
  // The environment's settings are for the service that people run, not for this one.
  const defaults = readOptions(SERVE_OPTIONS, { flags: {}, env: {} });
  if (!defaults.ok) throw new Error(defaults.error.join(' '));
  return {
    ...defaults.value,
    store: 'disk',
    dir: settings.directory,
    policyDir: settings.policyDirectory,
    policyWatch: false,
    shards: settings.shards,
    hotLogKeep: settings.hotLogKeepMs ?? defaults.value.hotLogKeep,
    archiveKeep: KEEP_MS,
    listen: { host: '127.0.0.1', port: settings.port ?? 0 },
  };
}
