import type { RevisionAdoption } from '../core-revision.ts';
import type { Choice, ChoiceRef } from '../fact/fact.ts';

/** A dispatch that no channel system has taken for good yet. */
export interface OutboxEntry {
  readonly customer: string;
  readonly ref: ChoiceRef;
  readonly choice: Choice;
  /** Times handed over so far. */
  attempt: number;
  /** No earlier than this; 0: now. */
  nextAt: number;
  /** Waits for a channel system's answer since; 0: it is with no one. */
  handedAt: number;
}

/** What a shard's checkpoint holds beside the customers' snapshots. */
export interface ShardState {
  readonly epoch: number;
  readonly policy: string;
  readonly model: string;
  /** Oldest first: one for each revision that the shard has ever adopted. */
  readonly revisions: readonly RevisionAdoption[];
  readonly outbox: readonly OutboxEntry[];
}
