/** What removed a candidate, in words with the numbers that were compared. */

import { civilText } from '../calendar/civil-time.ts';
import { CHANNELS } from '../channel.ts';
import { FRICTIONS, type Policy, STAGES } from '../policy/policy.ts';
import { REASONS, type Reason } from '../reason.ts';
import { conditionClause } from './condition-text.ts';
import { contentClause } from './content-text.ts';
import type { Removal } from './removal.ts';
import { number } from './shown-number.ts';

/** How times and money are shown. */
export interface ReasonContext {
  readonly policy: Policy;
  /** Minutes east of UTC of the customer, NaN: unknown, then UTC. */
  readonly offsetMin: number;
  /** It is decided dry, at this moment. */
  readonly isNow?: boolean | undefined;
}

/** Later than any index: tells a time from a place in a slate. */
const TIMES_FROM = 1e9;

/** A clause that goes behind "because": no capital, no full stop. */
export function reasonClause(removal: Removal, context: ReasonContext): string {
  const { value, limit, ref } = removal;
  const name: Reason = REASONS[removal.code] ?? 'NONE';
  const time = (at: number): string => civilText(at, context.offsetMin);
  const [was, were, had, have] = context.isNow ? ['is', 'are', 'has', 'have'] : ['was', 'were', 'had', 'had'];
  switch (name) {
    case 'ERASED':
      return `the customer asked on ${time(value)} to be forgotten, and has not agreed to messages since`;
    case 'HELD_OUT':
      return `the customer is in the ${percent(limit)} of customers held out of everything promotional`;
    case 'CASE_OPEN':
      return `the support case ${ref} ${was} open since ${time(value)}, and silences marketing until it is closed, on ${time(limit)} at the latest`;
    case 'ABSORB_PENDING':
      return `the customer ${was} being united with another one`;
    case 'CONSENT_MISSING':
      if (value === 3) return `consent to ${ref} waited for its confirmation`;
      return value === 2 ? `consent to ${ref} was withdrawn` : `consent to ${ref} was never given`;
    case 'UNREACHABLE':
      if (ref === 'soft bounces')
        return `${count(value, 'message')} bounced softly in a row, and the channel rests until ${time(limit)}`;
      return ref === 'bounces'
        ? `${count(value, 'message')} bounced, and ${number(limit)} make the channel unreachable`
        : `no ${ref} of the customer is known`;
    case 'UNSUBSCRIBED':
      return `the customer unsubscribed from ${ref} on ${time(value)}`;
    case 'COMPLAINED':
      return `the customer complained about ${ref} on ${time(value)}`;
    case 'QUIET_HOURS':
      return `it ${was} ${clock(value)} (${ref}), and hours are quiet until ${clock(limit)}`;
    case 'CAP_CHANNEL': {
      const { noun, window } = counted(ref);
      return ref === 'slate'
        ? `the choices above used up the channel's cap (${number(value)} of ${number(limit)} left)`
        : `${count(value, noun)} ${value === 1 ? had : have} gone out on the channel within ${window}, and the cap is ${number(limit)}`;
    }
    case 'CAP_KIND': {
      const { noun, kind, window } = counted(ref);
      if (ref === 'slate')
        return `the choices above used up the cap on channels of its kind (${number(value)} of ${number(limit)} left)`;
      const how = kind === 'push' ? 'gone out' : 'been shown';
      return `${count(value, noun)} ${value === 1 ? had : have} ${how} on ${kind} channels within ${window}, and the cap is ${number(limit)}`;
    }
    case 'CAP_ACTION':
      if (ref === 'full')
        return `${number(value)} actions that go once only had reached the customer, which is as many as are remembered`;
      return ref === 'ever'
        ? `the action ${had} reached the customer before, and it does once only`
        : `the action ${had} been sent ${times(value)} within ${ref}, and the cap is ${number(limit)}`;
    case 'CAP_TOTAL': {
      const { noun, window } = counted(ref);
      return ref === 'slate'
        ? `the choices above used up the cap over all channels (${number(value)} of ${number(limit)} left)`
        : `${count(value, noun)} ${value === 1 ? had : have} gone out over all channels within ${window}, and the cap is ${number(limit)}`;
    }
    case 'PURCHASED_PRODUCT':
      return `product ${ref} was bought on ${time(value)} and is not promoted before ${time(limit)}`;
    case 'PURCHASED_CATEGORY':
      return `something of category ${ref} was bought on ${time(value)}, and the category is not promoted before ${time(limit)}`;
    case 'OTHER_INCENTIVE_LIVE':
      return `the offer ${ref} was sent first, on ${time(value)}, and no other incentive may follow before ${time(limit)}`;
    case 'FULL_PRICE_BUYER':
      return `the customer buys at full price (${percent(value)} of the orders carried a discount, up to ${percent(limit)} counts as full price)`;
    case 'OUT_OF_STOCK':
      return `${number(value)} of product ${ref} ${value === 1 ? was : were} left in the customer's size, and at least ${number(limit)} is needed`;
    case 'STAGE_MISMATCH':
      return `the customer is in stage ${ref}, and the action is for ${masked(limit, STAGES)}`;
    case 'MARGIN_FLOOR':
      return `the offer ${ref} would leave a margin of ${percent(value)}, and the floor is ${percent(limit)}`;
    case 'PLACEMENT_MISMATCH':
      return `the placement is on ${ref}, and the action is for ${masked(limit, CHANNELS)}`;
    case 'CONTENT_UNFILLABLE':
      return contentClause(removal, context.policy);
    case 'CHANNEL_BACKLOG':
      return `the outbox of ${ref} ${was} full at ${number(limit)} dispatches`;
    case 'BUDGET_EXHAUSTED':
      return `it would draw ${money(value, context)} on the budget ${ref}, which had ${money(limit, context)}${ofTheDay(ref, context)} to give at that moment`;
    case 'CONDITION_FALSE':
      return conditionClause(removal, was);
    case 'TRIGGER_MISMATCH':
      return `the customer met ${FRICTIONS[value] ?? 'none'}, and the action answers ${masked(limit, FRICTIONS)}`;
    case 'PAUSED':
      return pausedClause(ref, `${was} paused since ${time(value)}`);
    case 'OUTDRAWN':
      return 'another candidate was drawn';
    case 'OUTRANKED':
      return 'more candidates were left than one decision scores, and it was among the least promising';
    case 'CHANNEL_UNSERVED':
      return `no channel system ${context.isNow ? 'serves' : 'served'} ${ref}, and there ${was} another way`;
    case 'CHANNEL_FAILING':
      return `${ref} ${context.isNow ? 'refuses' : 'refused'} messages for now, or did not answer them, again and again, and there ${was} another way`;
    case 'SUPERSEDED':
      return value > TIMES_FROM
        ? `it is planned already, for ${time(value)}`
        : `${ref} was chosen for a place above it`;
    default:
      return name.toLowerCase().replaceAll('_', ' ');
  }
}

/** What was compared, named for a table; '' when nothing was. */
export function comparedName(removal: Removal): string {
  const name: Reason = REASONS[removal.code] ?? 'NONE';
  switch (name) {
    case 'HELD_OUT':
      return 'share held out';
    case 'CASE_OPEN':
      return 'case opened at and silent until';
    case 'CONSENT_MISSING':
      return 'consent (0 unknown, 1 granted, 2 withdrawn, 3 to be confirmed)';
    case 'UNREACHABLE':
      if (removal.ref === 'soft bounces') return 'soft bounces and when the rest ends';
      return removal.ref === 'bounces' ? 'hard bounces' : 'addresses known';
    case 'UNSUBSCRIBED':
      return 'unsubscribed at';
    case 'COMPLAINED':
      return 'complained at';
    case 'QUIET_HOURS':
      return 'minute of the day and end of quiet hours';
    case 'CAP_CHANNEL':
    case 'CAP_KIND':
    case 'CAP_ACTION':
    case 'CAP_TOTAL':
      return removal.ref === 'slate' ? 'contacts of this slate' : `contacts in ${removal.ref}`;
    case 'PURCHASED_PRODUCT':
    case 'PURCHASED_CATEGORY':
      return 'bought at and suppressed until';
    case 'OTHER_INCENTIVE_LIVE':
      return 'sent at and alone until';
    case 'FULL_PRICE_BUYER':
      return 'share of discounted orders';
    case 'OUT_OF_STOCK':
      return "units left in the customer's size";
    case 'STAGE_MISMATCH':
      return 'stage and mask of stages';
    case 'MARGIN_FLOOR':
      return 'margin share left';
    case 'PLACEMENT_MISMATCH':
      return 'channel and mask of channels';
    case 'CONTENT_UNFILLABLE':
      return 'values';
    case 'CHANNEL_BACKLOG':
      return 'dispatches in the outbox';
    case 'CHANNEL_UNSERVED':
      return 'channel systems connected and needed';
    case 'CHANNEL_FAILING':
      return 'channel systems that worked and needed';
    case 'PAUSED':
      return 'paused since';
    case 'BUDGET_EXHAUSTED':
      return 'draw and what the budget has left';
    case 'CONDITION_FALSE':
      return Number.isNaN(removal.value) ? '' : 'first comparison that failed';
    case 'TRIGGER_MISMATCH':
      return 'friction and mask of frictions';
    default:
      return '';
  }
}

/** `ref` names what is paused, by whom and why (pauseRef in pause/pause.ts). */
function pausedClause(ref: string, how: string): string {
  const at = ref.indexOf(', ');
  const [scope, said] = [ref.slice(0, at), ref.slice(at + 2).replace(/\.$/, '')];
  return `${scope === 'outbound' ? 'everything outbound' : `the ${scope}`} ${how} by ${said}`;
}

/** What a cap's reference says: the window, the kind of channel before it, and first of all "service" where only such messages count. */
function counted(ref: string): { readonly noun: string; readonly kind: string; readonly window: string } {
  const words = ref.split(', ');
  const noun = words[0] === 'service' ? 'service message' : 'message';
  return { noun, kind: words.at(-2) ?? '', window: words.at(-1) ?? '' };
}

/** What the budget may give away on a day. */
function ofTheDay(budget: string, context: ReasonContext): string {
  const found = context.policy.budgets.find((known) => known.id === budget);
  return found === undefined ? '' : ` of the day's ${money(found.perDay, context)}`;
}

/** Two shares that are told apart, and from nothing: with one decimal, or two or three where it takes as many. */
export function percents(a: number, b: number): readonly [string, string] {
  const isNothing = (share: number, text: string): boolean => share > 0 && Number.parseFloat(text) === 0;
  for (const digits of [1, 2]) {
    const [first, second] = [a, b].map((share) => `${(share * 100).toFixed(digits)} %`) as [string, string];
    if (isNothing(a, first) || isNothing(b, second)) continue;
    if (first !== second || digits === 2) return [first, second];
  }
  return [`${(a * 100).toFixed(3)} %`, `${(b * 100).toFixed(3)} %`];
}

export function percent(share: number): string {
  const value = share * 100;
  return `${Math.abs(value) >= 10 || Number.isInteger(value) ? Math.round(value) : Math.round(value * 10) / 10} %`;
}

export function money(value: number, context: ReasonContext): string {
  return `${value.toFixed(2)} ${context.policy.currency}`;
}

function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function times(value: number): string {
  return value === 1 ? 'once' : value === 2 ? 'twice' : `${number(value)} times`;
}

function clock(minute: number): string {
  const hours = Math.floor(minute / 60);
  const minutes = Math.floor(minute % 60);
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

function masked(mask: number, names: readonly string[]): string {
  const named = names.filter((_, index) => (mask & (1 << index)) !== 0);
  return named.length === 0 ? 'nothing' : named.join(', ');
}
