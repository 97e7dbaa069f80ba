/** What a failure is: how it is played on a stage, and what of it is measured. */
import type { Rng } from '../../base/rng.ts';
import type { Probe } from './probe.ts';
import type { FaultStage, FaultStagePlan } from './stage.ts';

export interface Play {
  readonly stage: FaultStage;
  readonly probe: Probe;
  readonly rng: Rng;
  /** How often a failure is played that is played several times. */
  readonly times: number;
  /** Says that one of these times is over. */
  readonly played: () => void;
  /** What comes out as it must not. */
  readonly broken: string[];
}

/** Figures by name; times in ms. */
export type Measures = Readonly<Record<string, number>>;

export interface Bounds {
  /** The longest that a customer of the probe may wait for an answer to an event. */
  readonly unavailableMsMax?: number;
  /** Events of the probe that its client may give up. Default: any number, because a shard that is away is away. */
  readonly errorsMax?: number;
  /** Of `Measures`, the most that each may be. */
  readonly measures?: Measures;
}

export interface Fault {
  readonly name: string;
  /** In a sentence. */
  readonly does: string;
  readonly stage: Pick<FaultStagePlan, 'servers' | 'nodes' | 'flags' | 'nodeFlags' | 'natsSettings'>;
  readonly bounds: Bounds;
  /** Resolves when everything that was struck is up again, or is as it will stay. */
  readonly play: (play: Play) => Promise<Measures | undefined>;
}

/** Three nodes, one nats-server. */
export const ONE_SERVER = { servers: 1, nodes: 3 } as const;
/** Three nodes, three nats-servers. */
export const THREE_SERVERS = { servers: 3, nodes: 3 } as const;
