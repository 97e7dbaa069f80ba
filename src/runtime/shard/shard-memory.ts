import type { RevisionAdoption } from '../../core/core-revision.ts';
import { revisionAt } from '../../core/core-revision.ts';
import { type GenerationStart, generationAt, withGeneration } from '../../core/decide/generation.ts';
import type { AdoptedFact, CustomerFact } from '../../core/fact/fact.ts';
import { BudgetLedger } from '../../core/ledger/budget-ledger.ts';
import type { AudienceWalkState, EnrolmentState } from '../../core/ledger/shard-state.ts';
import { Outbox } from '../delivery/outbox.ts';
import { AudienceWalk } from '../trigger/audience-walk.ts';
import { EnrolmentWalk } from '../trigger/enrolment-walk.ts';
import { TimerQueue } from '../trigger/timer-queue.ts';

/** What a shard holds in memory beside its customers: the fold of its log up to `sequence`. Replaced whole by a recovery. */
export class ShardMemory {
  /** The last record that is known to be in the log. */
  sequence = 0;
  /** Of the fence in force. */
  epoch = 0;
  /** Versions that the log says are in force. */
  policy = '';
  model = '';
  pauses = '';
  revisions: readonly RevisionAdoption[] = [];
  generations: readonly GenerationStart[] = [];
  readonly outbox: Outbox;
  readonly budgets: BudgetLedger;
  readonly timers = new TimerQueue();
  readonly considerations = new TimerQueue();
  readonly enrolment: EnrolmentWalk;
  readonly audienceWalk: AudienceWalk;

  /** `walked`: how far a checkpoint says that its walks were. */
  constructor(
    outbox = new Outbox(),
    budgets = new BudgetLedger(),
    walked?: { readonly enrolment: EnrolmentState; readonly audienceWalk: AudienceWalkState },
  ) {
    this.outbox = outbox;
    this.budgets = budgets;
    this.enrolment = new EnrolmentWalk(walked?.enrolment);
    this.audienceWalk = new AudienceWalk(walked?.audienceWalk);
  }

  /** Record `sequence` says that from it on something else is in force. */
  adopted({ edition, version }: AdoptedFact, sequence: number): void {
    if (edition === 'policy') this.policy = version;
    if (edition === 'model') this.model = version;
    if (edition === 'pauses') this.pauses = version;
    if (edition === 'core')
      this.revisions = [...this.revisions, { revision: Number(version), from: sequence }];
  }

  /** Of a record that is read or written: the life of the data that its header names. */
  wrote(generation: number, sequence: number): void {
    this.generations = withGeneration(this.generations, generation, sequence);
  }

  /** The life of the data that a record was written in. */
  generationAt(sequence: number): number {
    return generationAt(this.generations, sequence);
  }

  /** The core revision in force at a record. */
  revisionAt(sequence: number): number {
    return revisionAt(this.revisions, sequence);
  }

  /** What is the shard's own of a fact: open dispatches, and what budgets give. */
  fold(fact: CustomerFact, seq: number, index: number): void {
    this.budgets.fold(fact, seq, index);
    this.outbox.fold(fact, seq, index);
  }
}
