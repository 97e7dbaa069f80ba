import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Choice, Later } from '../../gen/attune/v1/decision_pb.ts';
import type { ChoiceExpectation } from '../file/shape-expect.ts';
import { listOf } from '../file/shape-words.ts';
import type { ScenarioRun } from '../step/scenario-run.ts';
import { type Complaint, complaint, either } from './failure.ts';
import { matchTreatment, treatmentText } from './match-treatment.ts';

/** Complaints about one choice of a decision. */
export function matchChoice(
  expected: ChoiceExpectation,
  choice: Choice | undefined,
  run: ScenarioRun,
): Complaint[] {
  if (choice === undefined) return [complaint('a choice', 'none')];
  const complaints: Complaint[] = [];
  const found = foundChoiceText(choice, run);
  const { outcome } = choice;
  const treatment = outcome.case === 'treatment' ? outcome.value : undefined;
  // What is put off is as much of its action, channel and variant as what goes now.
  const picked = outcome.case === 'later' ? outcome.value : treatment;
  const actions = listOf(expected.action);
  if (actions.length > 0 && !actions.includes(picked?.actionId ?? ''))
    complaints.push(complaint(`the action ${either(actions)}`, found));
  if (listOf(expected.not_action).includes(picked?.actionId ?? ''))
    complaints.push(complaint(`not ${picked?.actionId}`, found));
  if (expected.nothing !== undefined) complaints.push(...matchNothing(expected.nothing, choice, found));
  if (expected.later !== undefined) complaints.push(...matchLater(expected.later, choice, found, run));
  const channels = listOf(expected.channel);
  if (channels.length > 0 && !channels.includes((picked?.channel ?? '') as (typeof channels)[number]))
    complaints.push(complaint(`the channel ${either(channels)}`, found));
  const variants = listOf(expected.variant);
  if (variants.length > 0 && !variants.includes(picked?.variantId ?? ''))
    complaints.push(complaint(`the variant ${either(variants)}`, found));
  complaints.push(...matchAlternatives(expected, choice));
  return [...complaints, ...matchTreatment(expected, treatment, run.policy)];
}

function matchAlternatives(expected: ChoiceExpectation, { alternatives }: Choice): Complaint[] {
  const names = alternatives.map(({ actionId }) => actionId || 'nothing');
  const found = names.join(', ') || 'no alternative';
  const complaints = listOf(expected.alternatives)
    .filter((wanted) => !names.includes(wanted))
    .map((wanted) => complaint(`${wanted} among the alternatives`, found));
  const count = expected.alternatives_exactly;
  if (count !== undefined && count !== names.length)
    complaints.push(complaint(`${count} alternatives`, found));
  return complaints;
}

function matchNothing(expected: boolean | string, choice: Choice, found: string): Complaint[] {
  const reason = choice.outcome.case === 'noAction' ? choice.outcome.value.reason : undefined;
  if (expected === false) return reason === undefined ? [] : [complaint('something to be done', found)];
  if (reason === undefined) return [complaint('nothing to be done', found)];
  if (typeof expected !== 'string' || expected === reason) return [];
  return [complaint(`nothing to be done because of ${expected}`, found)];
}

function matchLater(
  expected: boolean | string,
  choice: Choice,
  found: string,
  run: ScenarioRun,
): Complaint[] {
  const at =
    choice.outcome.case === 'later' && choice.outcome.value.at !== undefined
      ? timestampMs(choice.outcome.value.at)
      : undefined;
  if (expected === false) return at === undefined ? [] : [complaint('an answer now', found)];
  if (at === undefined) return [complaint('the decision to be put off', found)];
  if (typeof expected !== 'string' || run.moments.instant(expected) === at) return [];
  return [complaint(`it to be put off until ${run.moments.show(run.moments.instant(expected))}`, found)];
}

function laterText({ actionId, variantId, channel, at }: Later, run: ScenarioRun): string {
  const when = at === undefined ? '' : run.moments.show(timestampMs(at));
  return `${actionId}/${variantId} on ${channel} later, ${when}`;
}

/** "nothing (HELD_OUT)", "reminder/plain on email later, +22h", or the treatment; with its odds. */
export function foundChoiceText({ outcome, propensity }: Choice, run: ScenarioRun): string {
  const odds = ` (drawn with ${(propensity * 100).toFixed(1)} %)`;
  switch (outcome.case) {
    case 'treatment':
      return `${treatmentText(outcome.value)}${odds}`;
    case 'noAction':
      return `nothing, ${outcome.value.reason}${odds}`;
    case 'later':
      return `${laterText(outcome.value, run)}${odds}`;
    default:
      return 'no outcome';
  }
}
