/**
 * One decision in the making, from `propose` over the scorer's run to `finish` and the encoder. Pooled: a draft leaves
 * its pool for one decision at a time and returns when the record is packed.
 *
 * I1  Everything of the last decision is gone after `propose`; nothing is allocated per candidate.
 * I2  A DecisionFact that `finish` returned refers to the draft's columns, features and logits: it is valid until the
 *     draft's next `propose`.
 * I3  Subjects, refusals of channels and answers to conditions are found at most once per decision.
 */
import { present } from '../../base/assert.ts';
import { Propensity } from '../arbitration/propensity.ts';
import { BOUNDS } from '../bounds.ts';
import { CustomerClock } from '../calendar/customer-clock.ts';
import { CandidateContext } from '../candidate/candidate-context.ts';
import { type Subject, type SubjectContext, Subjects } from '../candidate/subject.ts';
import { CHANNELS } from '../channel.ts';
import { FEATURE_COUNT } from '../feature/feature-spec.ts';
import { Budgets } from '../guardrail/budgets.ts';
import { Caps } from '../guardrail/caps.ts';
import { ChannelRefusals } from '../guardrail/channel-refusals.ts';
import { Verdict } from '../guardrail/verdict.ts';
import type { Action } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { strangerTraits, type Traits } from '../trait/trait-spec.ts';
import { CandidateColumns } from './candidate-columns.ts';
import { ConditionMemo } from './condition-memo.ts';
import type { PolicyIndex } from './policy-index.ts';

/** [p0, engage, unsubscribe] */
export const HEAD_COUNT = 3;

export interface DraftBounds {
  readonly candidatesMax: number;
  readonly scoredMax: number;
}

export class DecisionDraft {
  readonly columns: CandidateColumns;
  readonly scoredMax: number;
  /** scoreRows × FEATURE_COUNT are filled. */
  readonly features: Float32Array = new Float32Array(CHANNELS.length * FEATURE_COUNT);
  readonly logits: Float32Array = new Float32Array(CHANNELS.length * HEAD_COUNT);
  /** Channel of each score row. */
  readonly scoreChannel: Uint8Array = new Uint8Array(CHANNELS.length);
  scoreRows = 0;
  /** Candidates for which the columns had no room: not considered, and a full table says so to who reads the record. */
  dropped = 0;
  /** Rows that the placement at hand may fill: each later one still finds a row for "do nothing". */
  room = 0;

  // what the decision is made on
  index: PolicyIndex | undefined = undefined;
  about: SubjectContext | undefined = undefined;
  readonly traits: Traits = strangerTraits();
  /** Of the catalogue as `propose` read it: products may be folded while the rows are scored. */
  catalogSequence = 0;
  stage = 0;
  heldOut = false;
  readonly clock: CustomerClock = new CustomerClock();
  locale = '';
  readonly conditions: ConditionMemo = new ConditionMemo();
  readonly subjects: Subjects = new Subjects();
  readonly caps: Caps = new Caps();
  readonly budgets: Budgets = new Budgets();
  readonly refusals: ChannelRefusals = new ChannelRefusals();
  readonly candidate: CandidateContext;
  readonly verdict: Verdict = new Verdict();

  // arbitration
  readonly propensity: Propensity;
  readonly candidateRow: Uint16Array;
  readonly candidateMean: Float64Array;
  readonly candidateSd: Float64Array;
  /** Rows that no guardrail removed, in order; each placement's begin with its "do nothing". */
  readonly eligible: Uint16Array;
  eligibleCount = 0;
  /** By score row: calibrated P(buys untouched), P(engages), P(unsubscribes), and P(a message reaches the customer). */
  readonly rowP0: Float32Array = new Float32Array(CHANNELS.length);
  readonly rowEngage: Float64Array = new Float64Array(CHANNELS.length);
  readonly rowUnsubscribe: Float64Array = new Float64Array(CHANNELS.length);
  readonly rowReach: Float32Array = new Float32Array(CHANNELS.length);
  /** By channel: its score row, -1 none. */
  readonly rowOfChannel: Int8Array = new Int8Array(CHANNELS.length);
  /** Worth of a row before scoring, when there are too many. */
  readonly rank: Float64Array;

  readonly #featureViews: readonly Float32Array[];
  readonly #logitViews: readonly Float32Array[];
  readonly #channelViews: readonly Uint8Array[];
  readonly #p0Views: readonly Float32Array[];
  readonly #reachViews: readonly Float32Array[];

  constructor(
    bounds: DraftBounds = { candidatesMax: BOUNDS.candidates, scoredMax: BOUNDS.candidatesScored },
  ) {
    this.columns = new CandidateColumns(bounds.candidatesMax);
    this.columns.scoreRow.fill(-1);
    this.scoredMax = bounds.scoredMax;
    this.propensity = new Propensity(bounds.scoredMax + 1);
    this.candidateRow = new Uint16Array(bounds.scoredMax + 1);
    this.candidateMean = new Float64Array(bounds.scoredMax + 1);
    this.candidateSd = new Float64Array(bounds.scoredMax + 1);
    this.eligible = new Uint16Array(bounds.candidatesMax);
    this.rank = new Float64Array(bounds.candidatesMax);
    const counts = Array.from({ length: CHANNELS.length + 1 }, (_, count) => count);
    this.candidate = new CandidateContext(this);
    this.#featureViews = counts.map((count) => this.features.subarray(0, count * FEATURE_COUNT));
    this.#logitViews = counts.map((count) => this.logits.subarray(0, count * HEAD_COUNT));
    this.#channelViews = counts.map((count) => this.scoreChannel.subarray(0, count));
    this.#p0Views = counts.map((count) => this.rowP0.subarray(0, count));
    this.#reachViews = counts.map((count) => this.rowReach.subarray(0, count));
  }

  /** The subject of an action for this customer; after `propose`. */
  subjectOf(action: Action, profile: Profile): Subject {
    return this.subjects.get(action, profile, present(this.about, 'the subject context'));
  }

  /** The filled part of `features`; made once per size, so that asking for it allocates nothing. */
  get featureView(): Float32Array {
    return this.#featureViews[this.scoreRows] as Float32Array;
  }

  get logitView(): Float32Array {
    return this.#logitViews[this.scoreRows] as Float32Array;
  }

  get scoreChannelView(): Uint8Array {
    return this.#channelViews[this.scoreRows] as Uint8Array;
  }

  get p0View(): Float32Array {
    return this.#p0Views[this.scoreRows] as Float32Array;
  }

  get reachView(): Float32Array {
    return this.#reachViews[this.scoreRows] as Float32Array;
  }
}
