/** "Why did the customer not get it?", answered in one sentence with the rule and the numbers. */

import { nearestName } from '../../base/nearest-name.ts';
import { civilText } from '../calendar/civil-time.ts';
import { considerText } from '../consideration/consider-text.ts';
import type { DecisionFact } from '../fact/fact.ts';
import type { SeqPlace } from '../identity/home-seq.ts';
import type { ConsiderTime, Policy } from '../policy/policy.ts';
import type { Reason } from '../reason.ts';
import { candidateName, variantOf } from './candidate-name.ts';
import { type ExplainedCandidate, type ExplainedComparison, type Explanation, explain } from './explain.ts';
import { rankRemovals, removalRank } from './rank-removals.ts';
import { percent } from './reason-text.ts';
import { removalClauses, wherever } from './removal-clauses.ts';
import { type ChoicePlace, type ChoiceStory, type Happened, storyOf } from './story.ts';
import { termsText } from './value-terms.ts';

/** A decoded decision and the edition of the policy that it names. */
export interface WhyNotInput {
  readonly decisionId: string;
  readonly fact: DecisionFact;
  readonly policy: Policy;
  /** Where it stands in its shard's log. Absent: it was never committed. */
  readonly place?: SeqPlace & { readonly index: number };
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
  /** When the policy in force has customers considered; absent: not asked about. */
  readonly consider?: readonly ConsiderTime[];
  /** The decisions are dry ones of this moment. */
  readonly isNow?: boolean;
}

export interface WhyNotDecision {
  readonly decisionId: string;
  readonly at: number;
  /** 'NO_CANDIDATE': nobody proposed it; 'NONE': it was chosen, and nothing stopped it since. */
  readonly reason: Reason;
  readonly compared: readonly ExplainedComparison[];
}

export interface WhyNotAnswer {
  readonly answer: string;
  readonly decisions: readonly WhyNotDecision[];
  /** It was chosen, and nothing that is known kept it from the customer. */
  readonly wasChosen: boolean;
}

/**
 * How near the action came in one decision: from one that is nothing for it (a page where it is for messages), over one that
 * could have proposed it and did not, to chosen and not stopped since.
 */
const NEARNESS = {
  elsewhere: 0,
  unproposed: 1,
  removed: 2,
  scored: 3,
  planned: 4,
  stopped: 5,
  chosen: 6,
} as const;

/** What one decision says of the action; holds nothing of the decision's columns, which a next dry one overwrites. */
export interface Seen {
  readonly input: WhyNotInput;
  readonly explanation: Explanation;
  /** The action's candidates; of removed ones the one first that a marketer would name. */
  readonly rows: readonly ExplainedCandidate[];
  readonly nearness: number;
  /** What became of it where it was chosen. */
  readonly story: ChoiceStory | undefined;
}

/** `decisions`: all of the time in question, newest first. `since`: the customer's facts of that time and after it, oldest first. */
export function whyNot(
  question: WhyNotQuestion,
  decisions: readonly WhyNotInput[],
  since: readonly Happened[] = [],
): WhyNotAnswer {
  return whyNotOf(
    question,
    decisions.map((input) => look(question, input, since)),
  );
}

/** The answer that rests on what was seen, newest first. */
export function whyNotOf(question: WhyNotQuestion, seen: readonly Seen[]): WhyNotAnswer {
  const nearest = seen.reduce<Seen | undefined>(
    (best, next) => (best === undefined || isNearer(next, best, question) ? next : best),
    undefined,
  );
  return {
    answer: `${nearest === undefined ? noDecision(question) : sentence(question, nearest, seen.length)}${cut(question)}`,
    decisions: seen.map(summary),
    wasChosen: nearest?.nearness === NEARNESS.chosen,
  };
}

/** Of equally near ones the newest stands; dry ones are of the same moment, and the one counts that came furthest through the rules. */
function isNearer(a: Seen, b: Seen, { isNow = false }: WhyNotQuestion): boolean {
  if (a.nearness !== b.nearness || !isNow) return a.nearness > b.nearness;
  return a.nearness === NEARNESS.removed && furthest(a) > furthest(b);
}

function furthest({ rows: [first] }: Seen): number {
  return first === undefined ? -1 : removalRank(first);
}

/** What one decision says of the action that is asked about. */
export function look(question: WhyNotQuestion, input: WhyNotInput, since: readonly Happened[] = []): Seen {
  const explanation = explain(input.decisionId, input.fact, input.policy, question.isNow);
  const own = explanation.candidates.filter((row) => row.action === question.action);
  const [removed, left] = [own.filter((row) => row.stage === 'removed'), own.filter(isLeft)];
  const rows = [...left, ...rankRemovals(removed)];
  const { fact, place } = input;
  const chosen = left.find((row) => row.stage === 'chosen');
  const at = fact.choices.findIndex((choice) => choice.row === chosen?.row);
  const choice = chosen === undefined ? undefined : fact.choices[at];
  const ref: ChoicePlace | undefined = place === undefined ? undefined : { ...place, choice: at };
  const story =
    choice === undefined || ref === undefined ? undefined : storyOf(choice, ref, since, question.offsetMin);
  let nearness: number = NEARNESS.removed;
  if (rows.length === 0)
    nearness = isOccasionFor(input, question.action) ? NEARNESS.unproposed : NEARNESS.elsewhere;
  if (left.length > 0) nearness = NEARNESS.scored;
  if (choice !== undefined)
    nearness =
      choice.kind === 'later'
        ? NEARNESS.planned
        : story?.end === undefined
          ? NEARNESS.chosen
          : NEARNESS.stopped;
  return { input, explanation, rows, nearness, story };
}

/** Whether the decision was of the kind that the action is for: of messages, or of a page. */
function isOccasionFor({ fact, policy }: WhyNotInput, id: string): boolean {
  const action = policy.actions.findIndex((one) => one.id === id);
  const lists = ({ actions }: { readonly actions: readonly number[] }): boolean => actions.includes(action);
  if (fact.placements.length > 0) return policy.placements.some(lists);
  return policy.proactive.includes(action) || policy.triggers.some(lists);
}

function isLeft({ stage }: ExplainedCandidate): boolean {
  return stage === 'scored' || stage === 'chosen';
}

function noDecision(question: WhyNotQuestion): string {
  const { from, to } = spanOf(question);
  return `${question.action} was not chosen because no decision was made for this customer between ${from} and ${to}.${whoAsks(question)}`;
}

/** Why nobody made one. */
function whoAsks({ consider }: WhyNotQuestion): string {
  if (consider === undefined) return '';
  if (consider.length === 0)
    return ' Nobody asked for one, and without `consider` in policy.yaml the service does not ask by itself.';
  return ` Nobody asked for one; the service considers customers by itself ${considerText(consider)}, if a proactive action could reach them.`;
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
  const { action, isNow = false } = question;
  const at = civilText(seen.input.fact.at, question.offsetMin);
  if (seen.nearness >= NEARNESS.planned) {
    const end = seen.story?.end === undefined ? '' : `, but ${seen.story.end.text}`;
    if (isNow) return `${action} would be ${chosen(seen, question)} now${ifFired(seen)}.`;
    return `${action} was ${chosen(seen, question)} on ${at}${end}.`;
  }
  if (isNow) return `${action} ${whatNow(seen, action)}.${didYouMean(seen, action)}`;
  const { from, to } = spanOf(question);
  const many = `${action} was not chosen in ${count} decisions between ${from} and ${to}; it came nearest on ${at}, when it `;
  const lead = count === 1 ? `${action} was not chosen on ${at}: it ` : many;
  return `${lead}${what(seen, action)}.${didYouMean(seen, action)}`;
}

/** A dry decision may be one of a trigger that did not fire. */
function ifFired({ input: { fact, policy } }: Seen): string {
  const trigger = policy.triggers[fact.trigger];
  return trigger === undefined ? '' : ` if the trigger ${trigger.id} fired`;
}

function didYouMean({ nearness, input: { policy } }: Seen, action: string): string {
  const known = policy.actions.map(({ id }) => id);
  const nearest =
    nearness > NEARNESS.unproposed || known.includes(action) ? undefined : nearestName(action, known);
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`;
}

function chosen(seen: Seen, question: WhyNotQuestion): string {
  const row = seen.rows.find((entry) => entry.stage === 'chosen');
  const choice = seen.input.fact.choices.find((entry) => entry.row === row?.row);
  const variant = row === undefined ? '' : withVariant(row, seen.input.policy);
  const on = `${variant}on ${row?.channel ?? ''} with probability ${percent(row?.propensity ?? 0)}`;
  if (choice?.kind !== 'later') return `chosen ${on}`;
  return `planned ${on}, for ${civilText(choice.at, question.offsetMin)},`;
}

/** What stood against it, behind "it". */
function what(seen: Seen, action: string): string {
  if (seen.nearness === NEARNESS.scored) return `was in the running ${outdrawn(seen, 'was drawn')}`;
  if (seen.nearness === NEARNESS.removed) return `was removed because ${removalClauses(seen.rows)}`;
  if (!isKnown(seen, action)) return `did not exist in the policy ${seen.input.policy.version}`;
  return `was not proposed, because ${notListed(seen, action)}`;
}

/** What would stand against it now, behind the action. */
function whatNow(seen: Seen, action: string): string {
  if (seen.nearness === NEARNESS.scored)
    return `would not be chosen now${ifFired(seen)}: it would be in the running ${outdrawn(seen, 'would be drawn')}`;
  if (seen.nearness === NEARNESS.removed)
    return `would be removed now${ifFired(seen)} because ${removalClauses(seen.rows)}${wherever(seen.rows, seen.input.policy, action)}`;
  if (!isKnown(seen, action)) return `does not exist in the policy ${seen.input.policy.version}`;
  return `would not be proposed now, because ${notListed(seen, action)}`;
}

function isKnown({ input: { policy } }: Seen, action: string): boolean {
  return policy.actions.some(({ id }) => id === action);
}

function notListed(seen: Seen, action: string): string {
  return `${occasion(seen)} does not list it${occasionsOf(seen.input.policy, action)}`;
}

function occasion(seen: Seen): string {
  const { fact, policy } = seen.input;
  if (fact.placements.length > 0) return `the placement ${fact.placements.join(', ')}`;
  const trigger = policy.triggers[fact.trigger];
  return trigger === undefined ? 'an outbound decision without a trigger' : `the trigger ${trigger.id}`;
}

/** Where the policy does list it. */
function occasionsOf(policy: Policy, action: string): string {
  const index = policy.actions.findIndex(({ id }) => id === action);
  const named = [
    ...policy.placements
      .filter(({ actions }) => actions.includes(index))
      .map(({ id }) => `the placement ${id}`),
    ...policy.triggers.filter(({ actions }) => actions.includes(index)).map(({ id }) => `the trigger ${id}`),
  ];
  return named.length === 0 ? '' : ` (it is for ${named.join(', ')})`;
}

/** How it stood, and what won; `drawn`: the verb of that. */
function outdrawn(seen: Seen, drawn: string): string {
  const own = best(seen.rows.filter((row) => row.stage === 'scored'));
  const winner = seen.explanation.candidates.find(
    (row) => row.stage === 'chosen' && row.placement === own.placement,
  );
  const { policy } = seen.input;
  const winnerName = winner === undefined ? 'doing nothing' : candidateName(winner, policy);
  const against = `${winnerName} ${drawn} with ${percent(winner?.propensity ?? 0)}`;
  const worth = `expected values ${(own.value?.ev ?? 0).toFixed(2)} and ${(winner?.value?.ev ?? 0).toFixed(2)} ${policy.currency}`;
  // What loses against silence is asked about most: what it would bring, and what eats that up.
  const terms = winner === undefined || winner.action === '' ? termsText(own) : '';
  return `${withVariant(own, policy)}on ${own.channel} with probability ${percent(own.propensity)}, but ${against} (${worth}${terms === '' ? '' : `: ${terms}`})`;
}

/** "with variant b " where the action has several. */
function withVariant(row: ExplainedCandidate, policy: Policy): string {
  return variantOf(row, policy) === '' ? '' : `with variant ${row.variant} `;
}

function best(rows: readonly ExplainedCandidate[]): ExplainedCandidate {
  return rows.reduce((top, row) => (row.propensity > top.propensity ? row : top));
}

function summary({ input, rows, nearness, story }: Seen): WhyNotDecision {
  const { decisionId, fact } = input;
  const found = { decisionId, at: fact.at };
  const compared = rows.flatMap((row) => (row.compared === undefined ? [] : [row.compared]));
  const chosen = nearness >= NEARNESS.planned;
  const reason = chosen ? (story?.end?.reason ?? 'NONE') : (rows[0]?.reason ?? 'NO_CANDIDATE');
  return { ...found, reason, compared };
}
