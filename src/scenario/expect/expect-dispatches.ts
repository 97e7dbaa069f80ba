import type { DispatchExpectation, DispatchInOrder, WithdrawalExpectation } from '../file/shape-expect.ts';
import { listOf } from '../file/shape-words.ts';
import type { Dispatch, Withdrawal } from '../step/channel-desk.ts';
import type { ScenarioRun } from '../step/scenario-run.ts';
import { type Complaint, complaint, either } from './failure.ts';
import { matchTreatment, treatmentText } from './match-treatment.ts';
import { whyNotHints } from './why-not-hints.ts';

interface Selection {
  readonly customer?: string | undefined;
  readonly channel?: string | string[] | undefined;
  readonly action?: string | string[] | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** Complaints about the dispatches so far: what came instead, and why the expected one did not. */
export async function expectDispatches(
  run: ScenarioRun,
  expected: DispatchExpectation,
): Promise<Complaint[]> {
  const found = run.dispatches.filter((one) => fitsDispatch(run, expected, one));
  const complaints = matchCount(expected, found.length, selectionText(run, expected, 'dispatch'), () =>
    list(
      run,
      run.dispatches.filter((one) => fitsCustomer(run, expected, one.customer)),
    ),
  );
  for (const one of found) complaints.push(...matchDispatch(run, expected, one));
  const missing = found.length < (expected.exactly ?? expected.at_least ?? 0);
  if (!missing) return complaints;
  const asked = expected.customer === undefined ? undefined : run.scenario.groups.get(expected.customer)?.[0];
  const hints = await whyNotHints(run, run.customer(asked).name, listOf(expected.action));
  return complaints.map((one, at) => (at === 0 ? { ...one, hints } : one));
}

export function expectWithdrawals(run: ScenarioRun, expected: WithdrawalExpectation): Complaint[] {
  const reasons = listOf(expected.reason);
  const found = run.withdrawals.filter(
    (one) =>
      fits(run, expected, {
        customer: one.dispatch?.customer ?? '',
        channel: one.channel,
        action: one.dispatch?.treatment.actionId ?? '',
        at: one.at,
      }) &&
      (reasons.length === 0 || reasons.includes(one.reason)),
  );
  const because = reasons.length === 0 ? '' : ` because of ${either(reasons)}`;
  return matchCount(expected, found.length, `${selectionText(run, expected, 'withdrawal')}${because}`, () =>
    run.withdrawals.length === 0
      ? 'none at all'
      : run.withdrawals.map((one) => withdrawalText(run, one)).join('; '),
  );
}

/** A complaint when the dispatches did not come one after the other as listed. */
export function expectInOrder(run: ScenarioRun, expected: readonly DispatchInOrder[]): Complaint[] {
  let from = 0;
  for (const [at, one] of expected.entries()) {
    const found = run.dispatches.findIndex(
      (dispatch, place) => place >= from && fitsDispatch(run, one, dispatch),
    );
    if (found < 0) {
      const behind = at === 0 ? '' : `, behind ${at} others of the list`;
      return [complaint(`a ${selectionText(run, one, 'dispatch')}${behind}`, list(run, run.dispatches))];
    }
    from = found + 1;
  }
  return [];
}

/** A complaint when something was handed to a channel system between `from` and now. */
export function expectNothing(run: ScenarioRun, from: number): Complaint[] {
  const found = run.dispatches.filter((one) => one.at > from);
  return found.length === 0
    ? []
    : [complaint(`no dispatch after ${run.moments.show(from)}`, list(run, found))];
}

function fitsDispatch(run: ScenarioRun, selection: Selection, one: Dispatch): boolean {
  const { customer, channel, at } = one;
  return fits(run, selection, { customer, channel, action: one.treatment.actionId, at });
}

function fits(
  run: ScenarioRun,
  selection: Selection,
  one: { readonly customer: string; readonly channel: string; readonly action: string; readonly at: number },
): boolean {
  const channels = listOf(selection.channel);
  const actions = listOf(selection.action);
  return (
    fitsCustomer(run, selection, one.customer) &&
    (channels.length === 0 || channels.includes(one.channel)) &&
    (actions.length === 0 || actions.includes(one.action)) &&
    (selection.from === undefined || one.at >= run.moments.instant(selection.from)) &&
    (selection.until === undefined || one.at <= run.moments.instant(selection.until))
  );
}

/** Within `for_each` it is about the one whose turn it is; a name may stand for several. */
function fitsCustomer(run: ScenarioRun, selection: Selection, customer: string): boolean {
  const wanted = selection.customer ?? run.turnOf;
  return (
    wanted === undefined ||
    wanted === customer ||
    (run.scenario.groups.get(wanted)?.includes(customer) ?? false)
  );
}

function matchCount(
  expected: {
    readonly exactly?: number | undefined;
    readonly at_least?: number | undefined;
    readonly at_most?: number | undefined;
  },
  found: number,
  what: string,
  instead: () => string,
): Complaint[] {
  const complaints: Complaint[] = [];
  const tell = (wanted: string): void => {
    complaints.push(complaint(`${wanted} ${what}`, `${found}; there is: ${instead()}`));
  };
  if (expected.exactly !== undefined && found !== expected.exactly) tell(`exactly ${expected.exactly}`);
  if (expected.at_least !== undefined && found < expected.at_least) tell(`at least ${expected.at_least}`);
  if (expected.at_most !== undefined && found > expected.at_most) tell(`at most ${expected.at_most}`);
  return complaints;
}

function matchDispatch(run: ScenarioRun, expected: DispatchExpectation, one: Dispatch): Complaint[] {
  const complaints = matchTreatment(expected, one.treatment, run.policy);
  if (expected.at !== undefined && run.moments.instant(expected.at) !== one.at)
    complaints.push(
      complaint(`it at ${run.moments.show(run.moments.instant(expected.at))}`, dispatchText(run, one)),
    );
  if (expected.attempts !== undefined && expected.attempts !== one.deliveries)
    complaints.push(
      complaint(`${expected.attempts} attempts`, `${one.deliveries} of ${dispatchText(run, one)}`),
    );
  return complaints;
}

function selectionText(run: ScenarioRun, selection: Selection, noun: string): string {
  const parts = [`${noun}(s)`];
  const actions = listOf(selection.action);
  if (actions.length > 0) parts.push(`of ${either(actions)}`);
  const channels = listOf(selection.channel);
  if (channels.length > 0) parts.push(`on ${either(channels)}`);
  if (selection.customer !== undefined) parts.push(`for ${selection.customer}`);
  if (selection.from !== undefined)
    parts.push(`from ${run.moments.since(run.moments.instant(selection.from))}`);
  if (selection.until !== undefined)
    parts.push(`until ${run.moments.since(run.moments.instant(selection.until))}`);
  return parts.join(' ');
}

function list(run: ScenarioRun, dispatches: readonly Dispatch[]): string {
  return dispatches.length === 0 ? 'none at all' : dispatches.map((one) => dispatchText(run, one)).join('; ');
}

function dispatchText(run: ScenarioRun, one: Dispatch): string {
  return `${treatmentText(one.treatment)} for ${one.customer} at ${run.moments.since(one.at)}`;
}

function withdrawalText(run: ScenarioRun, one: Withdrawal): string {
  return `${one.dispatch?.treatment.actionId ?? one.dispatchId} on ${one.channel} at ${run.moments.since(one.at)} because of ${one.reason}`;
}
