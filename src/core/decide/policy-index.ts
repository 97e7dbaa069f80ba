import type { Action, Cap, Condition, Policy } from '../policy/policy.ts';
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
  /** By channel. */
  readonly channelCaps: readonly (readonly Cap[])[];
  /** By action: its own cap and the policy's caps that apply to it. */
  readonly actionCaps: readonly (readonly Cap[])[];
  /** By condition: the plain comparisons joined by && at its top, for naming the numbers when it is false. */
  readonly comparisons: readonly (readonly Comparison[])[];
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
    channelCaps: policy.channels.map((channel) =>
      policy.caps.filter(
        (cap) => cap.scope === 'channel' && (cap.channel === channel.index || cap.channel < 0),
      ),
    ),
    actionCaps: policy.actions.map((action) => capsOf(policy, action)),
    comparisons: policy.conditions.map(comparisonsOf),
  };
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
