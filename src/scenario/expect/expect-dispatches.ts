import type { DispatchExpectation, WithdrawalExpectation } from '../file/shape-expect.ts';
import { listOf } from '../file/shape-words.ts';
import type { Dispatch, Withdrawal } from '../step/channel-desk.ts';
import type { World } from '../step/world.ts';
import { type Complaint, complaint, either } from './failure.ts';
import { matchTreatment, treatmentText } from './match-treatment.ts';
import { whyNotNow } from './why-not-hints.ts';

interface Selection {
  readonly customer?: string | undefined;
  readonly channel?: string | string[] | undefined;
  readonly action?: string | string[] | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** Whether the dispatches so far are as expected; complaints say what came instead, and why the awaited one did not. */
export async function expectDispatches(world: World, expected: DispatchExpectation): Promise<Complaint[]> {
  const found = world.dispatches.filter((one) =>
    fits(world, expected, {
      customer: one.customer,
      channel: one.channel,
      action: one.treatment.actionId,
      at: one.at,
    }),
  );
  const complaints = matchCount(expected, found.length, selectionText(world, expected, 'dispatch'), () =>
    list(
      world,
      world.dispatches.filter((one) => expected.customer === undefined || one.customer === expected.customer),
    ),
  );
  for (const one of found) complaints.push(...matchDispatch(world, expected, one));
  const missing = found.length < (expected.exactly ?? expected.at_least ?? 0);
  if (!missing) return complaints;
  const hints = await whyNotNow(world, world.customer(expected.customer).name, listOf(expected.action));
  return complaints.map((one, at) => (at === 0 ? { ...one, hints } : one));
}

export function expectWithdrawals(world: World, expected: WithdrawalExpectation): Complaint[] {
  const reasons = listOf(expected.reason);
  const found = world.withdrawals.filter(
    (one) =>
      fits(world, expected, {
        customer: one.dispatch?.customer ?? '',
        channel: one.channel,
        action: one.dispatch?.treatment.actionId ?? '',
        at: one.at,
      }) &&
      (reasons.length === 0 || reasons.includes(one.reason)),
  );
  const because = reasons.length === 0 ? '' : ` because of ${either(reasons)}`;
  return matchCount(
    expected,
    found.length,
    `${selectionText(world, expected, 'withdrawal')}${because}`,
    () =>
      world.withdrawals.length === 0
        ? 'none at all'
        : world.withdrawals.map((one) => withdrawalText(world, one)).join('; '),
  );
}

/** Nothing was handed to any channel system between `from` and now. */
export function expectNothing(world: World, from: number): Complaint[] {
  const found = world.dispatches.filter((one) => one.at > from);
  return found.length === 0
    ? []
    : [complaint(`no dispatch after ${world.moments.show(from)}`, list(world, found))];
}

function fits(
  world: World,
  selection: Selection,
  one: { readonly customer: string; readonly channel: string; readonly action: string; readonly at: number },
): boolean {
  const channels = listOf(selection.channel);
  const actions = listOf(selection.action);
  return (
    (selection.customer === undefined || selection.customer === one.customer) &&
    (channels.length === 0 || channels.includes(one.channel)) &&
    (actions.length === 0 || actions.includes(one.action)) &&
    (selection.from === undefined || one.at >= world.moments.instant(selection.from)) &&
    (selection.until === undefined || one.at <= world.moments.instant(selection.until))
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

function matchDispatch(world: World, expected: DispatchExpectation, one: Dispatch): Complaint[] {
  const complaints = matchTreatment(expected, one.treatment, world.policy);
  if (expected.at !== undefined && world.moments.instant(expected.at) !== one.at)
    complaints.push(
      complaint(`it at ${world.moments.show(world.moments.instant(expected.at))}`, dispatchText(world, one)),
    );
  if (expected.attempts !== undefined && expected.attempts !== one.deliveries)
    complaints.push(
      complaint(`${expected.attempts} attempts`, `${one.deliveries} of ${dispatchText(world, one)}`),
    );
  return complaints;
}

function selectionText(world: World, selection: Selection, noun: string): string {
  const parts = [`${noun}(s)`];
  const actions = listOf(selection.action);
  if (actions.length > 0) parts.push(`of ${either(actions)}`);
  const channels = listOf(selection.channel);
  if (channels.length > 0) parts.push(`on ${either(channels)}`);
  if (selection.customer !== undefined) parts.push(`for ${selection.customer}`);
  if (selection.from !== undefined)
    parts.push(`from ${world.moments.since(world.moments.instant(selection.from))}`);
  if (selection.until !== undefined)
    parts.push(`until ${world.moments.since(world.moments.instant(selection.until))}`);
  return parts.join(' ');
}

function list(world: World, dispatches: readonly Dispatch[]): string {
  return dispatches.length === 0
    ? 'none at all'
    : dispatches.map((one) => dispatchText(world, one)).join('; ');
}

function dispatchText(world: World, one: Dispatch): string {
  return `${treatmentText(one.treatment)} for ${one.customer} at ${world.moments.since(one.at)}`;
}

function withdrawalText(world: World, one: Withdrawal): string {
  return `${one.dispatch?.treatment.actionId ?? one.dispatchId} on ${one.channel} at ${world.moments.since(one.at)} because of ${one.reason}`;
}
