/** What a virtual node's process and the process that started it send each other, over Node's own channel. */

/** How the model behaves: `late` never answers and lets a second pass. */
export type ScorerMode = 'works' | 'fails' | 'late';

export interface VirtualNodeSettings {
  /** The data directory. */
  readonly directory: string;
  readonly policyDirectory: string;
  /** The clock's time at the start, in milliseconds since 1970 UTC. */
  readonly now: number;
  /** Of the draws: the same seed and requests give the same decisions. */
  readonly seed: number;
  readonly shards: number;
  /** How often, in the clock's time, snapshots, passivation and the archive get their turn. */
  readonly beatMs: number;
  /** Undefined: a free one. */
  readonly port?: number | undefined;
  /** How long facts stay out of the archive; undefined: as `serve` does. */
  readonly hotLogKeepMs?: number | undefined;
  /** A mailbox's bound, so that a flood need not be a large one; undefined: the service's own. */
  readonly mailboxMax?: number | undefined;
  /** Base rates in place of a model, whose mode an order can change; undefined: the model that `serve` loads. */
  readonly scorer?: ScorerMode | undefined;
}

/** Where a virtual node stands. */
export interface VirtualNodeState {
  readonly now: number;
  /** When its next alarm rings; undefined: none is set. */
  readonly next: number | undefined;
  readonly port: number;
  /** Instructions sent to channel systems since it was opened. */
  readonly instructionCount: number;
  /** Answers of channel systems that are durable. */
  readonly answerCount: number;
  /** Channel systems connected. */
  readonly sessionCount: number;
}

export type VirtualNodeOrder =
  /** `temporary`: the directory is removed when the parent ends without a close. */
  | { readonly kind: 'open'; readonly settings: VirtualNodeSettings; readonly temporary: boolean }
  | { readonly kind: 'advance'; readonly to: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'scorer'; readonly mode: ScorerMode }
  | { readonly kind: 'close' };

export interface NumberedOrder {
  readonly id: number;
  readonly order: VirtualNodeOrder;
}

/** Each order gets `done` or `failed`, in order; a `fault` comes whenever the service writes one to its log. */
export type VirtualNodeMessage =
  | { readonly kind: 'done'; readonly id: number; readonly state: VirtualNodeState }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly message: string;
      /** Undefined for an expected fault, whose message is a sentence for the user. */
      readonly stack: string | undefined;
    }
  | { readonly kind: 'fault'; readonly sentence: string };
