import { PURPOSES } from '../channel.ts';
import type { Action, Cap, ChannelPolicy, Condition, Policy } from '../policy/policy.ts';
import { categoryReader } from '../trait/category-functions.ts';
import { traitNeeds } from '../trait/trait-needs.ts';
import { traitReader } from '../trait/trait-reader.ts';
import type { Traits } from '../trait/trait-spec.ts';

/** What the decision path looks up in a policy, computed once per edition. */
export interface PolicyIndex {
  readonly policy: Policy;
  /** Trait groups that its conditions and content read. */
  readonly needs: number;
  readonly actionByName: ReadonlyMap<string, number>;
  readonly totalCaps: readonly Cap[];
  /** By channel: those of its kind. */
  readonly kindCaps: readonly (readonly Cap[])[];
  /** By channel. */
  readonly channelCaps: readonly (readonly Cap[])[];
  /** By action: its own cap and the policy's caps that apply to it. */
  readonly actionCaps: readonly (readonly Cap[])[];
  /** How proactive actions reach people who are not here: by an address, each push channel and purpose once. */
  readonly proactiveReach: readonly Reach[];
  /** By condition: the plain comparisons joined by && at its top, for naming the numbers when it is false. */
  readonly comparisons: readonly (readonly Comparison[])[];
}

/** A way to a customer. */
export interface Reach {
  readonly channel: ChannelPolicy;
  /** Index into PURPOSES. */
  readonly purpose: number;
}

export interface Comparison {
  readonly read: (traits: Traits) => unknown;
  readonly operator: '<' | '<=' | '>' | '>=' | '==' | '!=';
  readonly limit: number;
}

const made = new WeakMap<Policy, PolicyIndex>();

export function policyIndex(policy: Policy): PolicyIndex {
  const found = made.get(policy);
  if (found !== undefined) return found;
  const index = build(policy);
  made.set(policy, index);
  return index;
}

function build(policy: Policy): PolicyIndex {
  return {
    policy,
    needs: traitNeeds(policy),
    actionByName: new Map(policy.actions.map((action) => [action.id, action.index])),
    totalCaps: policy.caps.filter((cap) => cap.scope === 'total'),
    kindCaps: policy.channels.map(({ push }) =>
      policy.caps.filter((cap) => cap.scope === 'kind' && (cap.kind === 'push') === push),
    ),
    channelCaps: policy.channels.map((channel) =>
      policy.caps.filter(
        (cap) => cap.scope === 'channel' && (cap.channel === channel.index || cap.channel < 0),
      ),
    ),
    actionCaps: policy.actions.map((action) => capsOf(policy, action)),
    proactiveReach: proactiveReach(policy),
    comparisons: policy.conditions.map(comparisonsOf),
  };
}

function proactiveReach(policy: Policy): readonly Reach[] {
  const actions = policy.proactive.map((index) => policy.actions[index] as Action);
  const reach: Reach[] = [];
  for (const channel of policy.channels) {
    if (!channel.push || !channel.declared || channel.reachableBy.length === 0) continue;
    for (const [purpose, word] of PURPOSES.entries()) {
      const reaches = (action: Action): boolean =>
        action.purpose === word && (action.channelMask & (1 << channel.index)) !== 0;
      if (actions.some(reaches)) reach.push({ channel, purpose });
    }
  }
  return reach;
}

function capsOf(policy: Policy, action: Action): readonly Cap[] {
  const caps = policy.caps.filter(
    (cap) => cap.scope === 'action' && (cap.action === action.index || cap.action < 0),
  );
  if (action.cap !== undefined) {
    caps.push({
      scope: 'action',
      channel: -1,
      action: action.index,
      max: action.cap.max,
      windowMs: action.cap.windowMs,
    });
  }
  return caps;
}

const COMPARISON =
  /^\s*\(?\s*([a-z_][a-z0-9_]*)(?:\(\s*["']([^"'\\]*)["']\s*\))?\s*(<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)\s*\)?\s*$/i;

/** Only what is plainly a trait or a function against a number; the rest of a condition is shown by its source alone. */
function comparisonsOf(condition: Condition): readonly Comparison[] {
  if (/\|\||[?]/.test(condition.source)) return [];
  const found: Comparison[] = [];
  for (const part of condition.source.split('&&')) {
    const [, name = '', category, operator, limit] = COMPARISON.exec(part) ?? [];
    const read = category === undefined ? traitReader(name) : categoryReader(name, category);
    // Without a reader it is a loop variable, whose value nobody sees from here.
    if (read === undefined || operator === undefined || limit === undefined) continue;
    found.push({ read, operator: operator as Comparison['operator'], limit: Number(limit) });
  }
  return found;
}

/** Whether a trait's value satisfies a comparison. */
export function comparisonHolds(comparison: Comparison, value: number): boolean {
  switch (comparison.operator) {
    case '<':
      return value < comparison.limit;
    case '<=':
      return value <= comparison.limit;
    case '>':
      return value > comparison.limit;
    case '>=':
      return value >= comparison.limit;
    case '==':
      return value === comparison.limit;
    case '!=':
      return value !== comparison.limit;
  }
}
