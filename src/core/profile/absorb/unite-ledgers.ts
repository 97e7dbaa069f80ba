/** Rows of two ledgers as those of one: by their names, in the order that each ledger keeps. */
import { BOUNDS } from '../../bounds.ts';
import type { ChoiceRef } from '../../fact/fact.ts';
import { bumpCounter, counterPlace } from '../counter.ts';
import { contactState } from '../fold-delivery.ts';
import { CONTACT_MARKS, type Contact } from '../ledger-rows.ts';
import { rememberOnce } from '../once.ts';
import {
  type LiveOffer,
  type Plan,
  type Profile,
  SEEN_DECIDE_WIDTH,
  SEEN_WIDTH,
  TIMER_KINDS,
} from '../profile.ts';
import { setTimer } from '../timers.ts';

const PLAN = TIMER_KINDS.indexOf('plan');
const LINK = TIMER_KINDS.indexOf('link');
const ESTATE = TIMER_KINDS.indexOf('estate');
const CONSIDER = TIMER_KINDS.indexOf('consider');
const MESSAGES = counterPlace('messages');
const ACCEPTED = contactState('accepted');
const SEEN_AT = 2;

/** Contacts count for every cap whoever they were sent to; what has no room is let go of like any other oldest one. */
export function uniteContacts(into: Profile, from: Profile): void {
  for (const entry of from.once)
    if (into.once.length < BOUNDS.once && !into.once.includes(entry)) into.once.push(entry);
  if (from.contacts.length === 0) return;
  const rows = into.contacts.toArray();
  for (const row of from.contacts.toArray()) {
    const place = rows.findIndex((one) => isSameChoice(one, row));
    if (place < 0) rows.push(row);
    else rows[place] = uniteContact(into, rows[place] as Contact, row);
  }
  rows.sort((a, b) => a.at - b.at || a.seq - b.seq || a.index - b.index || a.choice - b.choice);
  into.contacts.clear();
  for (const row of rows) {
    if (into.contacts.length >= BOUNDS.contacts) rememberOnce(into);
    into.contacts.push(row);
  }
}

/** A message to two who were one before counts once for the one whom they are again. */
function uniteContact(into: Profile, a: Contact, b: Contact): Contact {
  const isMarketing = (a.marks & CONTACT_MARKS.apart) === 0;
  // One that was given back stays in the counter, and is none of the channel's.
  const wasCounted = (row: Contact): boolean => row.dispatched || row.counts;
  if (isMarketing && wasCounted(a) && wasCounted(b)) bumpCounter(into, MESSAGES, a.at, -1);
  const stats = into.channelStats[a.channel];
  if (isMarketing && a.counts && b.counts && stats !== undefined && stats.sends > 0)
    stats.sends = Math.fround(stats.sends - 1);
  // To the one whose it is not it is accepted, whatever became of it (own-again.ts).
  const { state } = a.state === ACCEPTED ? b : a;
  return { ...a, state, counts: a.counts || b.counts, marks: a.marks | b.marks };
}

function isSameChoice(a: ChoiceRef, b: ChoiceRef): boolean {
  return a.seq === b.seq && a.index === b.index && a.choice === b.choice;
}

/** Of one offer that both have, the earlier one stands: its window does not slide. */
export function uniteOffers(into: Profile, from: Profile): void {
  const offers = [...into.offers, ...from.offers].sort(
    (a, b) => a.at - b.at || a.seq - b.seq || a.index - b.index || a.choice - b.choice,
  );
  into.offers.length = 0;
  for (const offer of offers)
    if (!into.offers.some((live) => isReminder(live, offer))) into.offers.push(offer);
  into.offers.splice(0, Math.max(0, into.offers.length - BOUNDS.offers));
}

function isReminder(live: LiveOffer, offer: LiveOffer): boolean {
  return live.offer === offer.offer && live.until >= offer.at;
}

/** Plans and timers go on; a pattern that both wait for is due at the later hour, since the customer has been seen by then. */
export function unitePlans(into: Profile, from: Profile): void {
  const plans = [...into.plans, ...from.plans].sort((a, b) => a.decidedAt - b.decidedAt || a.seq - b.seq);
  const kept = new Set<Plan>(plans.slice(-BOUNDS.plans));
  into.plans.length = 0;
  into.plans.push(...kept);
  for (let i = into.timers.length - 1; i >= 0; i--) {
    const timer = into.timers[i];
    if (timer?.kind === PLAN && !into.plans.some((plan) => plan.id === timer.key)) into.timers.splice(i, 1);
  }
  for (const { kind, key, due } of from.timers) {
    if (kind === LINK || kind === ESTATE) continue;
    if (kind === PLAN && !into.plans.some((plan) => plan.id === key)) continue;
    if (kind === CONSIDER && into.timers.some((timer) => timer.kind === CONSIDER)) continue;
    const known = into.timers.find((timer) => timer.kind === kind && timer.key === key);
    setTimer(into, kind, key, known === undefined ? due : Math.max(known.due, due));
  }
  for (const { trigger, at } of from.triggered) {
    const known = into.triggered.find((entry) => entry.trigger === trigger);
    if (known !== undefined) known.at = Math.max(known.at, at);
    else into.triggered.push({ trigger, at });
  }
  into.triggered.sort((a, b) => a.at - b.at);
  into.triggered.splice(0, Math.max(0, into.triggered.length - BOUNDS.triggered));
}

/** What is awaited of either is awaited of both. */
export function unitePending(into: Profile, from: Profile): void {
  if (from.pending.length === 0) return;
  const rows = [...into.pending.toArray(), ...from.pending.toArray()];
  rows.sort((a, b) => a.decidedAt - b.decidedAt || a.seq - b.seq || a.index - b.index || a.choice - b.choice);
  while (into.pending.length > 0) into.pending.remove(0);
  for (const row of rows) into.pending.push(row);
}

/** An id that either has seen is a duplicate. */
export function uniteSeen(into: Profile, from: Profile): void {
  uniteRows(into.seenEvents, from.seenEvents, SEEN_WIDTH);
  uniteRows(into.seenFeedback, from.seenFeedback, SEEN_WIDTH);
  uniteRows(into.seenDecides, from.seenDecides, SEEN_DECIDE_WIDTH);
}

/** Oldest first, as each of both is. */
function uniteRows(into: number[], from: readonly number[], width: number): void {
  const rows: number[][] = [];
  const known = new Set<string>();
  for (const ids of [into, from])
    for (let row = 0; row < ids.length; row += width) {
      const one = ids.slice(row, row + width);
      const name = one.join();
      if (!known.has(name)) rows.push(one);
      known.add(name);
    }
  rows.sort((a, b) => (a[SEEN_AT] ?? 0) - (b[SEEN_AT] ?? 0));
  into.length = 0;
  for (const row of rows) into.push(...row);
}
