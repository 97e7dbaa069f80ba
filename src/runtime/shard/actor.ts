import type { CustomerFact } from '../../core/fact/fact.ts';
import type { Profile } from '../../core/profile/profile.ts';

/** While nobody watches; shared, since nearly all customers have none. */
export const NO_CAUSES: readonly CustomerFact['kind'][] = [];

/** A customer in memory: the profile and what the runtime must know of it. Owned by its shard. */
export class Actor {
  profile: Profile;
  /** Sequence up to which the store has it; below `profile.seq` it is dirty. */
  savedSeq: number;
  /** Number of the turn that changed it last, and of the one in which a decision is being made. */
  changedTurn = 0;
  /** Kinds of the facts of that turn, oldest first; gathered while somebody watches. */
  causes: readonly CustomerFact['kind'][] = NO_CAUSES;
  /** The earliest that the facts of that turn made due, 0: nothing. */
  dueAt = 0;
  decidingTurn = 0;
  /** The snapshot writer has it on its list. */
  listed = false;
  /** For passivation: the sweep that saw it used. */
  usedSweep = 0;
  /** The wake-up that the shard holds for it, 0: none. */
  timerAt = 0;
  /** The wake-up for its consideration, 0: none. */
  considerAt = 0;
  /** A fold threw: what is in memory cannot be trusted; the customer is rebuilt from snapshot and log. */
  broken = false;

  constructor(profile: Profile, savedSeq: number) {
    this.profile = profile;
    this.savedSeq = savedSeq;
  }

  get dirty(): boolean {
    return this.profile.seq > this.savedSeq;
  }
}
