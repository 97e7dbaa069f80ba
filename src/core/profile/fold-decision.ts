import { BOUNDS } from '../bounds.ts';
import { recordedOffset } from '../calendar/customer-clock.ts';
import type { Choice, DecisionFact } from '../fact/fact.ts';
import { awaitedStages, stageEnd } from '../outcome/awaited-stages.ts';
import { enterAudience } from './audiences.ts';
import { channelStatsOf } from './channel-stats.ts';
import { bumpCounter, counterPlace } from './counter.ts';
import { CONTACT_MARKS } from './ledger-rows.ts';
import { rememberOnce } from './once.ts';
import { planId } from './plan-id.ts';
import { CONTACT_STATES, type Profile, TIMER_KINDS } from './profile.ts';
import { rememberDecide } from './seen.ts';
import { removeTimer, setTimer } from './timers.ts';

const MESSAGES = counterPlace('messages');
const HANDED = CONTACT_STATES.indexOf('handed');
const RETURNED = CONTACT_STATES.indexOf('returned');
const PLAN = TIMER_KINDS.indexOf('plan');

/** What a decision leaves behind: ledgers, plans, the outcome that is awaited, the request's id. */
export function foldDecision(profile: Profile, fact: DecisionFact, seq: number, index: number): void {
  if (fact.requestId !== '') {
    rememberDecide(profile.seenDecides, fact.requestHash, fact.bodyHash, fact.at, seq, index);
  }
  forget(profile, fact.at);
  for (let i = 0; i < fact.choices.length; i++) {
    const choice = fact.choices[i];
    if (choice === undefined) continue;
    if (choice.kind === 'treatment') foldTreatment(profile, fact, choice, seq, index, i);
    else if (choice.kind === 'later') foldLater(profile, fact, choice, seq, index, i);
    awaitOutcome(profile, fact, choice, seq, index, i);
  }
}

/**
 * What a decision means to somebody who was one person with the customer when it was made, and is another one now: its messages count for
 * their caps and offers all the same. Its plans and outcomes are the customer's, and only the customer may ask for one of them back.
 */
export function foldSharedDecision(profile: Profile, fact: DecisionFact, seq: number, index: number): void {
  if (fact.requestId !== '')
    rememberDecide(profile.seenDecides, fact.requestHash, fact.bodyHash, fact.at, seq, index);
  forget(profile, fact.at);
  for (const [i, choice] of fact.choices.entries()) {
    if (choice.kind !== 'treatment') continue;
    foldTreatment(profile, fact, choice, seq, index, i);
    profile.contacts.setMark(profile.contacts.length - 1, CONTACT_MARKS.recalled);
  }
}

function foldTreatment(
  profile: Profile,
  fact: DecisionFact,
  choice: Choice,
  seq: number,
  index: number,
  i: number,
): void {
  if (profile.contacts.length >= BOUNDS.contacts) rememberOnce(profile);
  profile.contacts.push({
    seq,
    index,
    choice: i,
    action: choice.action,
    variant: choice.variant,
    channel: choice.channel,
    at: fact.at,
    // The decision's append allows the first push: from here on a channel may have it.
    state: fact.dispatch ? HANDED : RETURNED,
    counts: fact.dispatch,
    offer: choice.offer?.offer ?? '',
    product: choice.product,
    promotion: choice.promotion,
    notAfter: choice.notAfter,
    dispatched: fact.dispatch,
    marks:
      (choice.once === true ? CONTACT_MARKS.once : 0) | (choice.apart === true ? CONTACT_MARKS.apart : 0),
  });
  if (fact.dispatch && choice.apart !== true) {
    bumpCounter(profile, MESSAGES, fact.at);
    const stats = channelStatsOf(profile, choice.channel);
    stats.sends = Math.fround(stats.sends + 1);
    stats.lastSentAt = fact.at;
  }
  if (choice.audience !== undefined) enterAudience(profile, choice, { seq, index, choice: i });
  const offer = choice.offer;
  if (offer === undefined) return;
  // The same code again is a reminder: the first one's time stands, so its window does not slide.
  if (profile.offers.some((live) => live.offer === offer.offer && live.until >= fact.at)) return;
  if (profile.offers.length >= BOUNDS.offers) profile.offers.shift();
  profile.offers.push({
    offer: offer.offer,
    kind: offer.kind,
    depth: offer.depth,
    code: offer.code,
    action: choice.action,
    at: fact.at,
    until: offer.until,
    seq,
    index,
    choice: i,
  });
}

function foldLater(
  profile: Profile,
  fact: DecisionFact,
  choice: Choice,
  seq: number,
  index: number,
  i: number,
): void {
  if (profile.plans.length >= BOUNDS.plans) {
    const dropped = profile.plans.shift();
    if (dropped !== undefined) removeTimer(profile, PLAN, dropped.id);
  }
  const id = planId(seq, index, i);
  profile.plans.push({
    id,
    action: choice.action,
    variant: choice.variant,
    channel: choice.channel,
    product: choice.product,
    offer: choice.offer?.offer ?? '',
    decidedAt: fact.at,
    at: choice.at,
    zone: fact.zone === '' ? profile.zone : fact.zone,
    offsetMin: recordedOffset(fact, choice.at),
    trigger: fact.trigger >= 0 ? fact.cause : '',
    seq,
    index,
    choice: i,
  });
  setTimer(profile, PLAN, id, choice.at);
}

function awaitOutcome(
  profile: Profile,
  fact: DecisionFact,
  choice: Choice,
  seq: number,
  index: number,
  i: number,
): void {
  const awaits = awaitedStages(fact, i);
  if (awaits === 0) return;
  // The runtime matures the oldest before the ledger is full; that a full one drops it is the last line of defence.
  profile.pending.push({
    seq,
    index,
    choice: i,
    decidedAt: fact.at,
    clickUntil: stageEnd(fact, i, 0),
    purchaseUntil: stageEnd(fact, i, 1),
    unsubscribeUntil: stageEnd(fact, i, 2),
    awaits,
    channel: choice.channel,
    engaged: false,
    unsubscribed: false,
    orders: 0,
    margin: 0,
  });
}

/** Drops what no rule looks at any more. */
function forget(profile: Profile, now: number): void {
  const { contacts } = profile;
  const oldest = now - BOUNDS.contactMs;
  while (contacts.length > 0 && contacts.at(0) < oldest) {
    rememberOnce(profile);
    contacts.dropOldest();
  }
  for (let i = profile.offers.length - 1; i >= 0; i--) {
    // An offer guards its incentive window even after it ran out, and no policy may ask for a longer one than contactMs.
    if ((profile.offers[i]?.until ?? 0) + BOUNDS.contactMs < now) profile.offers.splice(i, 1);
  }
}
