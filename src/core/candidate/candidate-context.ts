import type { CustomerClock } from '../calendar/customer-clock.ts';
import type { ConditionMemo } from '../decide/condition-memo.ts';
import type { DecideAsk, DecideEnv } from '../decide/decide-env.ts';
import type { PolicyIndex } from '../decide/policy-index.ts';
import type { Budgets } from '../guardrail/budgets.ts';
import type { Caps } from '../guardrail/caps.ts';
import { COMMON, type ContactLimits } from '../guardrail/contact-limits.ts';
import { Verdict } from '../guardrail/verdict.ts';
import type { Action, ChannelPolicy, Variant } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import type { PurposeRules } from '../purpose.ts';
import type { Traits } from '../trait/trait-spec.ts';
import type { Subject } from './subject.ts';

/**
 * What a guardrail is asked about: the decision, and the candidate at hand as far as it is known (GuardrailScope). Owned by a
 * draft, filled in place by `propose`, and read by nobody after it.
 */
export class CandidateContext {
  // of the decision
  env!: DecideEnv;
  profile!: Profile;
  ask!: DecideAsk;
  index!: PolicyIndex;
  readonly traits: Traits;
  readonly conditions: ConditionMemo;
  readonly caps: Caps;
  readonly budgets: Budgets;
  heldOut = false;
  /** Index into STAGES. */
  stage = 0;
  readonly clock: CustomerClock;
  /** Quiet hours now, by ContactLimits: channels differ only in whether they apply. */
  readonly quietNow: readonly Verdict[] = [new Verdict(), new Verdict(), new Verdict()];

  // of the candidate
  action!: Action;
  /** Index into PROPOSERS. */
  proposer = 0;
  inPlacement = false;
  /** The local minute of the day that a message of the action waits for, -1: none. Messages only, not placements. */
  sendMinute = -1;
  /** The minute at which quiet hours end, where it waits for that; -1: it does not. */
  nightMinute = -1;
  channel!: ChannelPolicy;
  /** Index into ACTION_PURPOSES, and what follows from it. */
  purpose = 0;
  rules!: PurposeRules;
  limits: ContactLimits = COMMON;
  subject!: Subject;
  variant!: Variant;

  constructor(draft: Pick<CandidateContext, 'traits' | 'conditions' | 'caps' | 'budgets' | 'clock'>) {
    this.traits = draft.traits;
    this.conditions = draft.conditions;
    this.caps = draft.caps;
    this.budgets = draft.budgets;
    this.clock = draft.clock;
  }
}
