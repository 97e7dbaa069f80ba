/** "Why did the customer not get it?", answered in one sentence with the rule and the numbers. */

import { nearestName } from '../../base/nearest-name.ts';
import { civilText } from '../calendar/civil-time.ts';
import { recordedOffset } from '../calendar/customer-clock.ts';
import type { DecisionFact } from '../fact/fact.ts';
import type { Policy } from '../policy/policy.ts';
import type { Reason } from '../reason.ts';
import { candidateName, variantOf } from './candidate-name.ts';
import { type ExplainedCandidate, type ExplainedComparison, type Explanation, explain } from './explain.ts';
import { percent } from './reason-text.ts';

/** A decoded decision and the edition of the policy that it names. */
export interface WhyNotInput {
  readonly decisionId: string;
  readonly fact: DecisionFact;
  readonly policy: Policy;
}

/** What is asked: an action, and the time in question. */
export interface WhyNotQuestion {
  readonly action: string;
  readonly from: number;
  readonly to: number;
  /** Nothing older was looked at; later than `from` when that is too much for one question. Absent: `from`. */
  readonly lookedFrom?: number;
  /** To show times by, minutes east of UTC; NaN: UTC. */
  readonly offsetMin: number;
}

export interface WhyNotDecision {
  readonly decisionId: string;
  readonly at: number;
  /** 'NO_CANDIDATE': nobody proposed it; 'NONE': it was chosen. */
  readonly reason: Reason;
  readonly compared: readonly ExplainedComparison[];
}

export interface WhyNotAnswer {
  readonly answer: string;
  readonly decisions: readonly WhyNotDecision[];
  readonly wasChosen: boolean;
}

/** How near the action came in one decision. */
interface Seen {
  readonly input: WhyNotInput;
  readonly explanation: Explanation;
  readonly rows: readonly ExplainedCandidate[];
  /** 3 chosen, 2 scored, 1 removed, 0 not proposed. */
  readonly nearness: number;
}

/** `decisions`: all of the time in question, newest first, at least one candidate column each. */
export function whyNot(question: WhyNotQuestion, decisions: readonly WhyNotInput[]): WhyNotAnswer {
  const seen = decisions.map((input) => look(question.action, input));
  const nearest = seen.reduce<Seen | undefined>(
    (best, next) => (best === undefined || next.nearness > best.nearness ? next : best),
    undefined,
  );
  return {
    answer: `${nearest === undefined ? noDecision(question) : sentence(question, nearest, seen.length)}${cut(question)}`,
    decisions: seen.map(summary),
    wasChosen: nearest?.nearness === 3,
  };
}

function look(action: string, input: WhyNotInput): Seen {
  const explanation = explain(input.decisionId, input.fact, input.policy);
  const rows = explanation.candidates.filter((row) => row.action === action);
  const nearness = rows.reduce((best, row) => Math.max(best, nearnessOf(row)), 0);
  return { input, explanation, rows, nearness };
}

function nearnessOf(row: ExplainedCandidate): number {
  return row.stage === 'chosen' ? 3 : row.stage === 'scored' ? 2 : 1;
}

function noDecision(question: WhyNotQuestion): string {
  const { from, to } = spanOf(question);
  return `${question.action} was not chosen because no decision was made for this customer between ${from} and ${to}.`;
}

/** What was not looked at may hold another answer. */
function cut({ from, lookedFrom = from, offsetMin }: WhyNotQuestion): string {
  if (lookedFrom <= from) return '';
  return ` What was before ${civilText(lookedFrom, offsetMin)} is too much for one question and was not looked at: ask about a shorter time.`;
}

function spanOf(question: WhyNotQuestion): { readonly from: string; readonly to: string } {
  return {
    from: civilText(question.from, question.offsetMin),
    to: civilText(question.to, question.offsetMin),
  };
}

function sentence(question: WhyNotQuestion, seen: Seen, count: number): string {
  const { action } = question;
  const at = civilText(seen.input.fact.at, question.offsetMin);
  if (seen.nearness === 3) return `${action} was ${chosen(seen)} on ${at}.`;
  const { from, to } = spanOf(question);
  const many = `${action} was not chosen in ${count} decisions between ${from} and ${to}; it came nearest on ${at}, when it `;
  const lead = count === 1 ? `${action} was not chosen on ${at}: it ` : many;
  return `${lead}${what(seen, action)}.${didYouMean(seen, action)}`;
}

function didYouMean({ nearness, input: { policy } }: Seen, action: string): string {
  const known = policy.actions.map(({ id }) => id);
  const nearest = nearness > 0 || known.includes(action) ? undefined : nearestName(action, known);
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`;
}

function chosen(seen: Seen): string {
  const row = seen.rows.find((entry) => entry.stage === 'chosen');
  const choice = seen.input.fact.choices.find((entry) => entry.row === row?.row);
  const variant = row === undefined ? '' : withVariant(row, seen.input.policy);
  const on = `${variant}on ${row?.channel ?? ''} with probability ${percent(row?.propensity ?? 0)}`;
  if (choice?.kind !== 'later') return `chosen ${on}`;
  return `planned ${on}, for ${civilText(choice.at, recordedOffset(seen.input.fact, choice.at))},`;
}

function what(seen: Seen, action: string): string {
  if (seen.nearness === 2) return outdrawn(seen);
  if (seen.nearness === 1) return `was removed because ${clauses(seen.rows)}`;
  if (!seen.input.policy.actions.some((entry) => entry.id === action)) {
    return `did not exist in the policy ${seen.input.policy.version}`;
  }
  return `was not proposed, because ${occasion(seen)} does not list it`;
}

function occasion(seen: Seen): string {
  const { fact, policy } = seen.input;
  if (fact.placements.length > 0) return `the placement ${fact.placements.join(', ')}`;
  const trigger = policy.triggers[fact.trigger];
  return trigger === undefined ? 'an outbound decision without a trigger' : `the trigger ${trigger.id}`;
}

function outdrawn(seen: Seen): string {
  const own = best(seen.rows.filter((row) => row.stage === 'scored'));
  const winner = seen.explanation.candidates.find(
    (row) => row.stage === 'chosen' && row.placement === own.placement,
  );
  const { policy } = seen.input;
  const winnerName = winner === undefined ? 'doing nothing' : candidateName(winner, policy);
  const against = `${winnerName} was drawn with ${percent(winner?.propensity ?? 0)}`;
  const worth = `expected values ${(own.value?.ev ?? 0).toFixed(2)} and ${(winner?.value?.ev ?? 0).toFixed(2)} ${policy.currency}`;
  return `was in the running ${withVariant(own, policy)}on ${own.channel} with probability ${percent(own.propensity)}, but ${against} (${worth})`;
}

/** "with variant b " where the action has several. */
function withVariant(row: ExplainedCandidate, policy: Policy): string {
  return variantOf(row, policy) === '' ? '' : `with variant ${row.variant} `;
}

function best(rows: readonly ExplainedCandidate[]): ExplainedCandidate {
  return rows.reduce((top, row) => (row.propensity > top.propensity ? row : top));
}

/** Rules of a channel: their clause says nothing without its name. */
const OF_CHANNEL: ReadonlySet<Reason> = new Set([
  'CONSENT_MISSING',
  'UNREACHABLE',
  'QUIET_HOURS',
  'CAP_CHANNEL',
]);

/** One clause when all rows agree, else one for each reason, with the channels and variants that it is about. */
function clauses(rows: readonly ExplainedCandidate[]): string {
  const groups = new Map<string, ExplainedCandidate[]>();
  for (const row of rows) groups.set(row.why, [...(groups.get(row.why) ?? []), row]);
  const [only] = rows;
  if (groups.size === 1 && only !== undefined && !OF_CHANNEL.has(only.reason)) return only.why;
  const [channels, variants] = [namesOf(rows, 'channel').length, namesOf(rows, 'variant').length];
  return [...groups.values()]
    .map((group) => {
      const [first] = group;
      const named = namesOf(group, 'variant');
      const which =
        named.length === 0 || named.length === variants ? '' : `for variant ${named.join(' and ')} `;
      const places = namesOf(group, 'channel');
      const needed = which === '' || places.length < channels || OF_CHANNEL.has(first?.reason ?? 'NONE');
      const where = places.length > 0 && needed ? `on ${places.join(' and ')} ` : '';
      return `${where}${which}${first?.why ?? ''}`;
    })
    .join(', and ');
}

function namesOf(rows: readonly ExplainedCandidate[], what: 'channel' | 'variant'): string[] {
  return [...new Set(rows.map((row) => row[what]))].filter((name) => name !== '');
}

function summary(seen: Seen): WhyNotDecision {
  const { decisionId, fact } = seen.input;
  const nearest = seen.rows.find((row) => nearnessOf(row) === seen.nearness);
  return {
    decisionId,
    at: fact.at,
    reason: nearest === undefined ? 'NO_CANDIDATE' : nearest.reason,
    compared: seen.rows.flatMap((row) => (row.compared === undefined ? [] : [row.compared])),
  };
}
