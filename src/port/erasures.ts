/** Who was forgotten: kept apart from everything else, so that it outlives images and restores, and holds no key in plain. */
import type { Follow } from './follow.ts';

/** One actor of a person who is forgotten: that of one of their keys. */
export interface ErasedActor {
  /** Keyed hash of its customer id (SecretKeys, purpose `erasure`), base64url: all that is kept for good. */
  readonly hash: string;
  /** Its customer id, while it is still to be erased or channel systems are to be told of it; then ''. */
  readonly id: string;
  /** The record that holds its last fact to forget. `seq` 0: it is not erased yet. */
  readonly shard: number;
  readonly generation: number;
  readonly seq: number;
  /** It is of a key that was named when it was asked for: whoever this key is of is forgotten, also where they were parted from the others meanwhile. */
  readonly isNamed?: true;
}

/** A channel whose systems have not said yet that they have forgotten a customer. */
export interface UntoldChannel {
  /** By name. */
  readonly channel: string;
  readonly id: string;
}

export interface Erasure {
  /** Names the receipt. */
  readonly receipt: string;
  /** The shop's; '' without one. */
  readonly caseId: string;
  /** When it was asked for. */
  readonly at: number;
  /** By when nothing of the person is in a file any more. */
  readonly completeBy: number;
  readonly actors: readonly ErasedActor[];
  readonly untold: readonly UntoldChannel[];
  /** When everything was done, 0: not yet. */
  readonly doneAt: number;
}

export interface ErasureList {
  /** In the order in which they were asked for. */
  readonly all: readonly Erasure[];
  /**
   * Adds one, or replaces the one of its receipt; durable when it resolves. Throws PortError; `conflict` where another node saved that one since
   * this list saw it: nothing is written, and `takeIn` brings what stands there.
   */
  save(erasure: Erasure): Promise<void>;
  /** Reads what other nodes saved since, and returns it as it is now; own saves are not among it. Absent: no other process saves. Throws PortError. */
  takeIn?(): Promise<readonly Erasure[]>;
  follow?: Follow;
  /** Rewrites what is stored, so that nothing is left of what was replaced. Throws PortError. */
  compact(): Promise<void>;
  close(): Promise<void>;
}
