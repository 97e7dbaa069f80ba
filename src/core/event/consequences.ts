/** What follows from an event or a refusal, as further facts: windows armed or disarmed, messages withdrawn, plans dropped. */
import { BOUNDS } from '../bounds.ts';
import type { Zones } from '../calendar/zones.ts';
import { PURPOSES } from '../channel.ts';
import type { DecideEnv } from '../decide/decide-env.ts';
import type { ChoiceRef, CustomerFact, EventFact, FeedbackFact } from '../fact/fact.ts';
import { overCap } from '../ledger/over-cap.ts';
import { recheck } from '../ledger/recheck.ts';
import type { Policy } from '../policy/policy.ts';
import { CONSENT_DENIED, consentState } from '../profile/consent.ts';
import { contactState } from '../profile/fold-delivery.ts';
import { isRefused } from '../profile/fold-feedback.ts';
import { CONTACT_MARKS, type Contact } from '../profile/ledger-rows.ts';
import { type Plan, type Profile, TIMER_KINDS } from '../profile/profile.ts';
import { openCase } from '../profile/support-case.ts';
import { PURPOSE_RULES } from '../purpose.ts';
import { reasonCode } from '../reason.ts';
import { causeAbout } from './cause.ts';
import { eventMeaning } from './event-name.ts';
import type { EventWarning } from './event-warning.ts';
import { moments } from './moments.ts';
import { plannedFor } from './planned-for.ts';

const CHECKOUT_EXIT = TIMER_KINDS.indexOf('checkout-exit');
const PLAN = TIMER_KINDS.indexOf('plan');
const MARKETING = PURPOSES.indexOf('marketing');
const HANDED_MAX = contactState('accepted');

/** After `fact` was folded into `profile`. Calls `emit` for each further fact; the caller folds it before the next one. Warns of what does not follow. */
export function eventConsequences(
  profile: Profile,
  fact: EventFact,
  policy: Policy | undefined,
  now: number,
  zones: Zones,
  emit: (fact: CustomerFact) => void,
): readonly EventWarning[] | undefined {
  if (profile.plans.length > 0 && fact.zone !== '') movePlans(profile, zones, emit);
  if (policy !== undefined) {
    armCheckout(profile, fact, policy, now, emit);
    readdress(profile, fact.identifiers, policy, now, emit);
  }
  const meaning = eventMeaning(fact.name);
  if (meaning.kind === 'order') {
    const owned = new Set(profile.owned.map((product) => product.productId));
    const bought = new Set(fact.products.map(({ productId }) => productId).filter((id) => owned.has(id)));
    withdrawWhere(
      profile,
      now,
      reasonCode('PURCHASED_PRODUCT'),
      emit,
      (entry) => entry.promotion && bought.has(entry.product),
      // News of an order is about what was bought.
      (plan) => bought.has(plan.product) && causeAbout(plan.trigger) === '',
    );
    // The moment that a message waits for the morning with is over.
    if (profile.checkout === undefined) {
      const isOver = ({ trigger }: Plan): boolean => trigger !== '' && causeAbout(trigger) === '';
      withdrawWhere(profile, now, reasonCode('ORDERED'), emit, () => false, isOver);
    }
    // A cart reminder has nothing left to remind of, whatever it named.
    if (profile.cart.length === 0) {
      withdrawWhere(
        profile,
        now,
        reasonCode('ORDERED'),
        emit,
        (entry) => entry.promotion && isCartAction(policy, entry.action),
        (plan) => isCartAction(policy, plan.action),
      );
    }
  }
  if (meaning.kind === 'consent' && fact.consent !== undefined && !fact.consent.granted) {
    const { channel, purpose } = fact.consent;
    // A refusal older than the consent that stands changes nothing.
    const refused = (on: number, about: number): boolean =>
      (channel < 0 || on === channel) &&
      (purpose < 0 || about === purpose) &&
      consentState(profile.consent[on * PURPOSES.length + about] ?? 0) === CONSENT_DENIED;
    withdrawRefused(profile, policy, now, reasonCode('CONSENT_MISSING'), emit, refused);
  }
  if (meaning.kind === 'case-open') withdrawSilenced(profile, policy, now, emit);
  return policy === undefined ? undefined : moments(profile, fact, policy, now, emit);
}

/** Nothing of what an open support case silences may arrive while it is on its way. */
function withdrawSilenced(
  profile: Profile,
  policy: Policy | undefined,
  now: number,
  emit: (fact: CustomerFact) => void,
): void {
  if (policy === undefined || openCase(profile.supportCases, now, policy.openCaseMs) === undefined) return;
  const isSilenced = ({ action }: Contact | Plan): boolean => {
    const known = policy.actions.find(({ id }) => id === action);
    return known === undefined || known.promotion || PURPOSE_RULES[known.purpose].isSilenced;
  };
  withdrawWhere(profile, now, reasonCode('CASE_OPEN'), emit, isSilenced, isSilenced);
}

/** The customer is in another zone: what is planned for half past eight comes at half past eight there, be it earlier or later. */
function movePlans(profile: Profile, zones: Zones, emit: (fact: CustomerFact) => void): void {
  for (const plan of profile.plans) {
    const due = plannedFor(plan, profile, zones);
    const timer = profile.timers.find((known) => known.kind === PLAN && known.key === plan.id);
    if (timer !== undefined && timer.due !== due)
      emit({ kind: 'timer', customer: profile.id, op: 'set', timer: PLAN, key: plan.id, due });
  }
}

/** After a key was claimed that was nobody's: it may be a new address. */
export function keyConsequences(
  profile: Profile,
  kind: string,
  policy: Policy | undefined,
  now: number,
  emit: (fact: CustomerFact) => void,
): void {
  if (policy !== undefined) readdress(profile, [{ kind }], policy, now, emit);
}

/**
 * After another customer was taken in: what either was sent may be nothing for the person that they are, or more than one of them may
 * have. `isUnsent`: no channel has seen it.
 */
export function absorbConsequences(
  profile: Profile,
  env: DecideEnv,
  isUnsent: (ref: ChoiceRef) => boolean,
  emit: (fact: CustomerFact) => void,
): void {
  movePlans(profile, env.zones, emit);
  // Either's sign of life is the person's.
  armCheckout(profile, { historical: false, at: profile.checkout?.lastAt ?? 0 }, env.policy, env.now, emit);
  for (const { seq, index, choice } of contactsOnTheWay(profile, env.now)) {
    const ref = { seq, index, choice };
    const verdict = recheck(profile, ref, env);
    if (verdict.kind === 'never')
      emit({ kind: 'withdraw', customer: profile.id, ref, reason: verdict.reason, at: env.now });
  }
  for (const contact of contactsOnTheWay(profile, env.now).reverse()) {
    const ref = { seq: contact.seq, index: contact.index, choice: contact.choice };
    const reason = isUnsent(ref) ? overCap(profile, contact, env.policy, env.now) : undefined;
    if (reason !== undefined) emit({ kind: 'withdraw', customer: profile.id, ref, reason, at: env.now });
  }
}

/** Before a customer is forgotten: nothing that is on its way may arrive, and what it holds of budgets is given back. */
export function erasureConsequences(profile: Profile, now: number, emit: (fact: CustomerFact) => void): void {
  withdrawWhere(profile, now, reasonCode('ERASED'), emit, isAny, isAny);
}

const isAny = (): boolean => true;

/** After an unsubscribe or a complaint was folded: nothing of what the customer refused that is still on its way may arrive. */
export function feedbackConsequences(
  profile: Profile,
  fact: FeedbackFact,
  policy: Policy | undefined,
  now: number,
  emit: (fact: CustomerFact) => void,
): void {
  if (fact.feedback !== 'unsubscribed' && fact.feedback !== 'complained') return;
  const complained = fact.feedback === 'complained';
  withdrawRefused(
    profile,
    policy,
    now,
    reasonCode(complained ? 'COMPLAINED' : 'UNSUBSCRIBED'),
    emit,
    // As in guardrail/opt-out.ts: a complaint ends everything, and an unsubscribe marketing, whatever else it names.
    (on, about) =>
      (fact.channel < 0 || on === fact.channel) &&
      (complained || about === MARKETING || isRefused(fact, about)),
  );
}

/** What is on its way on a channel for a purpose that the customer refused: the news of their own order is not marketing. */
function withdrawRefused(
  profile: Profile,
  policy: Policy | undefined,
  now: number,
  reason: number,
  emit: (fact: CustomerFact) => void,
  refused: (channel: number, purpose: number) => boolean,
): void {
  const is = ({ channel, action }: Contact | Plan): boolean => refused(channel, purposeOf(policy, action));
  withdrawWhere(profile, now, reason, emit, is, is);
}

/** Index into PURPOSES, whose consent counts; an action that the policy does not know any more counts as marketing. */
function purposeOf(policy: Policy | undefined, id: string): number {
  const purpose = policy?.actions.find((action) => action.id === id)?.purpose ?? 'marketing';
  return PURPOSE_RULES[purpose].consent;
}

/** Takes back what is on its way and what is planned, where it is so of it. */
export function withdrawWhere(
  profile: Profile,
  now: number,
  reason: number,
  emit: (fact: CustomerFact) => void,
  contactIs: (contact: Contact) => boolean,
  planIs: (plan: Plan) => boolean,
): void {
  const contacts = contactsOnTheWay(profile, now).filter(contactIs);
  for (const contact of contacts) {
    const ref = { seq: contact.seq, index: contact.index, choice: contact.choice };
    emit({ kind: 'withdraw', customer: profile.id, ref, reason, at: now });
  }
  for (const plan of profile.plans.filter(planIs)) {
    emit({ kind: 'plan-dropped', customer: profile.id, plan: plan.id, reason, at: now });
  }
}

/** What a channel may still deliver and was not asked for yet, oldest first: one dispatch, one withdrawal. */
export function contactsOnTheWay({ contacts }: Profile, now: number): Contact[] {
  const found: Contact[] = [];
  for (let i = 0; i < contacts.length; i++) {
    if (!contacts.dispatched(i) || contacts.state(i) > HANDED_MAX) continue;
    if (contacts.hasMark(i, CONTACT_MARKS.recalled)) continue;
    const contact = contacts.get(i);
    if (contact.notAfter > now) found.push(contact);
  }
  return found;
}

/** A new identifier of a kind by which a channel reaches people is a new address there: what bounced was the old one. */
function readdress(
  profile: Profile,
  identifiers: readonly { readonly kind: string }[],
  policy: Policy,
  now: number,
  emit: (fact: CustomerFact) => void,
): void {
  if (identifiers.length === 0) return;
  let channels = 0;
  for (const { index, reachableBy } of policy.channels) {
    const { bounces = 0, softBounces = 0 } = profile.channelStats[index] ?? {};
    if (bounces === 0 && softBounces === 0) continue;
    if (identifiers.some(({ kind }) => reachableBy.includes(kind))) channels |= 1 << index;
  }
  if (channels !== 0) emit({ kind: 'readdressed', customer: profile.id, channels, at: now });
}

function isCartAction(policy: Policy | undefined, id: string): boolean {
  return policy?.actions.find((action) => action.id === id)?.subject === 'cart';
}

/** The window runs from the customer's last sign of life; an order or an empty checkout disarms it. */
function armCheckout(
  profile: Profile,
  fact: Pick<EventFact, 'historical' | 'at'>,
  policy: Policy,
  now: number,
  emit: (fact: CustomerFact) => void,
): void {
  const checkout = profile.checkout;
  for (const trigger of policy.triggers) {
    if (trigger.kind !== 'checkout_exit') continue;
    const timer = profile.timers.find((known) => known.kind === CHECKOUT_EXIT && known.key === trigger.id);
    if (checkout === undefined || checkout.exitedAt > 0) {
      if (timer !== undefined)
        emit({
          kind: 'timer',
          customer: profile.id,
          op: 'cancel',
          timer: CHECKOUT_EXIT,
          key: trigger.id,
          due: 0,
        });
      continue;
    }
    if (fact.historical || now - fact.at > BOUNDS.freshMs) continue;
    const due = checkout.lastAt + trigger.windowMs;
    if (timer?.due === due) continue;
    emit({ kind: 'timer', customer: profile.id, op: 'set', timer: CHECKOUT_EXIT, key: trigger.id, due });
  }
}
