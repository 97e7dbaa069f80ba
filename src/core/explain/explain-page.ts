/** An explanation as a page of plain text for a marketer: what was asked, chosen, considered, and what removed the rest. */

import { civilText } from '../calendar/civil-time.ts';
import { recordedOffset } from '../calendar/customer-clock.ts';
import { CHANNELS } from '../channel.ts';
import { isConsideration } from '../consideration/slot.ts';
import type { DecisionRecord } from '../fact/fact.ts';
import type { Policy } from '../policy/policy.ts';
import { candidateName } from './candidate-name.ts';
import { considerationText } from './consideration-text.ts';
import type { ExplainedCandidate, ExplainedChoice, Explanation } from './explain.ts';
import { percent, percents } from './reason-text.ts';
import type { ChoiceStory } from './story.ts';
import { termsOf } from './value-terms.ts';

const WIDTH = 100;
/** Actions named in full behind one reason; the rest are counted. */
const NAMED_MAX = 12;

/** The page; `stories`: what became of each choice. Lines end with "\n", at most about 100 characters wide save for long names. */
export function explainPage(
  explanation: Explanation,
  policy: Policy,
  stories: readonly ChoiceStory[] = [],
): string {
  const lines = [...header(explanation, policy), ''];
  for (const [at, choice] of explanation.choices.entries()) {
    lines.push(...placementPage(explanation, choice, policy, stories[at]), '');
  }
  lines.push(...footer(explanation));
  return `${lines.join('\n')}\n`;
}

function header(explanation: Explanation, policy: Policy): string[] {
  const { fact } = explanation;
  const zone = Number.isNaN(fact.offsetMin)
    ? "UTC, the customer's zone is unknown"
    : "the customer's local time";
  const channel = CHANNELS[fact.contextChannel];
  const asked =
    explanation.cause !== 'request'
      ? `the service itself (${isConsideration(fact.cause) ? considerationText(fact, policy) : fact.cause})`
      : `a request${channel === undefined ? '' : ` from ${channel}`} (${fact.requestId})`;
  const lines = [
    `Decision ${explanation.decisionId}`,
    `for customer ${fact.customer}, ${civilText(fact.at, fact.offsetMin)} (${zone})`,
    `asked by ${asked}; ${fact.dispatch ? 'a channel system sends it' : 'the caller shows it'}`,
  ];
  if (fact.heldOut)
    lines.push('The customer is in the holdout: nothing promotional is ever chosen, so that we can compare.');
  if (fact.mixed)
    lines.push(
      'Before they became one customer, something was decided for keys of theirs in the other group (holdout or not): what comes of it counts for neither.',
    );
  if (fact.provisional)
    lines.push(
      'Only a link in a message says whose browser this is: nothing that would show who the customer is was chosen.',
    );
  if (fact.fallback) lines.push('No model answered in time: base rates were used instead of predictions.');
  return lines;
}

function placementPage(
  explanation: Explanation,
  chosen: ExplainedChoice,
  policy: Policy,
  story: ChoiceStory | undefined,
): string[] {
  const { choice } = chosen;
  const rows = explanation.candidates.filter((row) => row.placement === choice.placement);
  const own = explanation.candidates[chosen.candidate];
  const runnerUp = explanation.candidates[chosen.runnerUp];
  const lines = [choice.placement === '' ? 'OUTBOUND' : `PLACEMENT ${choice.placement}`];
  lines.push(...wrap(`Chosen: ${chosenText(chosen, explanation)}`, '  '));
  if (own !== undefined && runnerUp !== undefined)
    lines.push(...wrap(overRunnerUp(own, runnerUp, policy), '  '));
  if (story !== undefined && story.steps.length > 0)
    lines.push(...wrap(`Since then: ${story.steps.join('; ')}.`, '  '));
  lines.push(...wrap(countText(rows), '  '));
  const scored = rows
    .filter((row) => row.value !== undefined)
    .sort((a, b) => b.propensity - a.propensity || a.row - b.row);
  if (scored.length > 0) lines.push('', ...scoreTable(scored, policy));
  lines.push(...addedText(scored));
  const removed = rows.filter((row) => row.stage === 'removed');
  if (removed.length > 0) lines.push('', '  Removed:', ...removedText(removed));
  return lines;
}

function chosenText(chosen: ExplainedChoice, explanation: Explanation): string {
  const { choice } = chosen;
  const odds = `with probability ${percent(choice.propensity)}`;
  if (choice.kind === 'nothing') return `nothing, ${odds} (${chosen.reason}).`;
  const own = explanation.candidates[chosen.candidate];
  const about = choice.product === '' ? '' : ` about ${choice.product}`;
  const offer = choice.offer === undefined ? '' : `, offering ${choice.offer.offer}`;
  const when =
    choice.kind === 'later'
      ? `, planned for ${civilText(choice.at, recordedOffset(explanation.fact, choice.at))}`
      : '';
  const text = choice.content?.rendered ?? '';
  const says = text === '' ? '' : ` It says: "${text}"`;
  const channel = CHANNELS[choice.channel] ?? '';
  const waits = waitsFor(explanation.fact.record, choice.channel);
  return `${own?.title ?? choice.action} (${choice.action}, variant ${choice.variant}) on ${channel}${about}${offer}${when}, ${odds}.${says}${waits}`;
}

/** What stood in its way on its channel, which was the only one. */
function waitsFor({ unserved, failing }: DecisionRecord, channel: number): string {
  const bit = channel < 0 ? 0 : 1 << channel;
  const name = CHANNELS[channel] ?? '';
  if ((unserved & bit) !== 0) return ` No channel system served ${name} then: it waits for one.`;
  if ((failing & bit) !== 0)
    return ` ${name} refused messages for now, or did not answer them, then: it waits.`;
  return '';
}

/** Worths that differ by less than this share of the larger are told as equal: a model knows no better. */
const EQUAL_SHARE = 0.05;

/** The sentence that compares the two: what each is worth, and the terms that make most of the difference. */
function overRunnerUp(own: ExplainedCandidate, other: ExplainedCandidate, policy: Policy): string {
  const name = candidateName(other, policy);
  const a = own.value?.ev ?? 0;
  const b = other.value?.ev ?? 0;
  const currency = policy.currency;
  const odds = `${percent(own.propensity)} to ${percent(other.propensity)}`;
  if (Math.abs(a - b) <= EQUAL_SHARE * Math.max(Math.abs(a), Math.abs(b))) {
    return `It was drawn over ${name} by chance: they are equally good (${a.toFixed(2)} against ${b.toFixed(2)} ${currency}; odds ${odds}).`;
  }
  if (a < b) {
    return `It was drawn over ${name} although that was worth more (${a.toFixed(2)} against ${b.toFixed(2)} ${currency}; odds ${odds}): a part of the draws goes to lesser candidates, so that the log shows what they do.`;
  }
  const why = mainDifference(own, other);
  return `It was drawn over ${name}, because it is expected to earn ${a.toFixed(2)} against ${b.toFixed(2)} ${currency}${why} (odds ${odds}).`;
}

function mainDifference(own: ExplainedCandidate, other: ExplainedCandidate): string {
  const others = new Map(termsOf(other));
  let most = 0;
  let text = '';
  for (const [name, amount] of termsOf(own)) {
    const more = amount - (others.get(name) ?? 0);
    if (more <= most) continue;
    most = more;
    text = `, above all through ${name} (${more.toFixed(2)} more)`;
  }
  return text;
}

function countText(rows: readonly ExplainedCandidate[]): string {
  const proposed = rows.filter((row) => row.action !== '');
  const actions = new Set(proposed.map((row) => row.action)).size;
  const removed = proposed.filter((row) => row.stage === 'removed').length;
  return `Considered: ${plural(proposed.length, 'candidate')} of ${plural(actions, 'action')}; ${removed} removed by rules, ${proposed.length - removed} scored against doing nothing.`;
}

function scoreTable(rows: readonly ExplainedCandidate[], policy: Policy): string[] {
  const cells = rows.map((row) => {
    const value = row.value;
    const name = row.action === '' ? 'do nothing' : `${row.action}/${row.variant}`;
    if (value === undefined || row.action === '')
      return [mark(row), name, '', percent(row.propensity), '0.00', '', '', ''];
    return [
      mark(row),
      name,
      row.channel,
      percent(row.propensity),
      value.ev.toFixed(2),
      percents(value.p0, value.p1).join(' > '),
      value.discount > 0
        ? `${value.margin.toFixed(2)} - ${value.discount.toFixed(2)}`
        : value.margin.toFixed(2),
      percent(value.engage),
    ];
  });
  const title = [
    '',
    'candidate',
    'channel',
    'drawn with',
    `worth ${policy.currency}`,
    'buys',
    'margin',
    'reads it',
  ];
  const table = [title, ...cells];
  const widths = title.map((_, column) => Math.max(...table.map((line) => (line[column] ?? '').length)));
  return table.map((line) =>
    `  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}

/** Where each candidate's added purchases come from, for an author to follow; once for all variants on a channel. */
function addedText(rows: readonly ExplainedCandidate[]): string[] {
  const products = new Map<string, string>();
  for (const { action, channel, value } of rows) {
    if (value === undefined || action === '') continue;
    products.set(
      `${action} (${channel})`,
      `${value.lift} x ${twoDigits(value.reach)} = ${twoDigits(value.tau)}`,
    );
  }
  if (products.size === 0) return [];
  const each = [...products].map(([name, product]) => `${name} ${product}`).join('; ');
  return [
    '',
    ...wrap(
      `Purchases added = lift per reader, as the policy says, x chance that the customer is reached: ${each}.`,
      '  ',
    ),
  ];
}

function twoDigits(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function mark(row: ExplainedCandidate): string {
  return row.stage === 'chosen' ? '*' : '';
}

/** Grouped by what was against them, because a rule that holds for the customer removes many at once. */
function removedText(rows: readonly ExplainedCandidate[]): string[] {
  const groups = new Map<string, string[]>();
  for (const row of rows) {
    const key = `${row.reason}: ${row.why}`;
    const names = groups.get(key) ?? [];
    const name = row.channel === '' ? row.action : `${row.action} (${row.channel})`;
    if (!names.includes(name)) names.push(name);
    groups.set(key, names);
  }
  return [...groups].flatMap(([why, names]) => {
    const shown = names.slice(0, NAMED_MAX).join(', ');
    const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
    return [...wrap(`- ${why}`, '  ', '    '), ...wrap(`${shown}${more}`, '      ')];
  });
}

function footer(explanation: Explanation): string[] {
  const { fact } = explanation;
  return [
    `Policy ${fact.policy}, model ${fact.model || 'none'}, head ${fact.head || 'none'}, catalogue ${fact.catalogSequence}, profile ${fact.profileVersion}, seed ${fact.seedA}/${fact.seedB}.`,
  ];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Breaks at spaces; a word longer than the line stands alone. */
function wrap(text: string, indent: string, hanging = indent): string[] {
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = hanging;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines;
}
