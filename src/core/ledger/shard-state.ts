import type { RevisionAdoption } from '../core-revision.ts';
import type { GenerationStart } from '../decide/generation.ts';
import type { ChoiceRef, LoanFact, OpenDispatch, Reservation } from '../fact/fact.ts';

/** A dispatch that no channel system has taken for good yet: what the outbox changes of it. */
export interface OutboxEntry extends OpenDispatch {
  attempt: number;
  nextAt: number;
  handedAt: number;
}

/** What a shard's customers drew on a budget on a day of the shop's zone. */
export interface BudgetDay {
  readonly budget: string;
  readonly day: number;
  /** Millionths of the currency, reserved or charged. */
  drawn: number;
}

/** A reservation that may still be given back. */
export interface OpenReservation {
  readonly customer: string;
  readonly ref: ChoiceRef;
  readonly reserved: Reservation;
  readonly decidedAt: number;
  /** End of the purchase window. */
  readonly until: number;
  /** The customer ordered within the window: the discount is charged. */
  ordered: boolean;
  /** The channel gave the dispatch back and has not had it again: a withdrawal needs no answer. */
  back: boolean;
}

/** The sum of a day's loans of one shard to another, as one of the two notes it (LoanFact). */
export interface LoanSum {
  readonly side: LoanFact['side'];
  readonly budget: string;
  readonly day: number;
  /** The other one. */
  readonly shard: number;
  /** Millionths of the currency. */
  total: number;
}

export interface BudgetState {
  readonly days: readonly BudgetDay[];
  /** Oldest decision first. */
  readonly open: readonly OpenReservation[];
  readonly loans: readonly LoanSum[];
}

/** How far a shard has gone through its stored customers to set the considerations that a policy asks for. */
export interface EnrolmentState {
  /** What the policy asks for; '': nothing. */
  readonly wanted: string;
  /** Ids up to here are done; '' none is. */
  readonly after: string;
  readonly isDone: boolean;
}

export const NOT_ENROLLED: EnrolmentState = { wanted: '', after: '', isDone: true };

/** How far a shard has gone through who is in an audience, since a policy or a pause let other customers stay. */
export interface AudienceWalkState {
  /** A hash of what decides who may stay; '': none was followed yet. */
  readonly wanted: string;
  /** Audiences of the policy that is followed. */
  readonly known: readonly string[];
  /** Audiences that are still to be gone through, the first one from `after` on; those of policies before are among them. */
  readonly left: readonly string[];
  /** Ids up to here are done; '' none is. */
  readonly after: string;
}

export const NOT_WALKED: AudienceWalkState = { wanted: '', known: [], left: [], after: '' };

/** What a shard's checkpoint holds beside the customers' snapshots. */
export interface ShardState {
  readonly epoch: number;
  readonly policy: string;
  readonly model: string;
  /** What was paused; '': nothing ever was. */
  readonly pauses: string;
  /** Oldest first: one for each revision that the shard has ever adopted. */
  readonly revisions: readonly RevisionAdoption[];
  /** Oldest first: one for each life of the data that the shard has records of. */
  readonly generations: readonly GenerationStart[];
  readonly outbox: readonly OutboxEntry[];
  readonly budgets: BudgetState;
  readonly enrolment: EnrolmentState;
  readonly audienceWalk: AudienceWalkState;
}
