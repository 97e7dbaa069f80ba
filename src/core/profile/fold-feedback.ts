import { BOUNDS } from '../bounds.ts';
import { CHANNELS, PURPOSES } from '../channel.ts';
import { hash48 } from '../event/derive-event.ts';
import type { FeedbackFact } from '../fact/fact.ts';
import { bumpAffinity } from './affinity.ts';
import { dropRefused } from './ask-consent.ts';
import { channelStatsOf } from './channel-stats.ts';
import { wordAfterRefusal } from './consent.ts';
import { NO_WORDS, withProof } from './consent-proof.ts';
import { refundContact } from './contact.ts';
import { bumpCounter, counterPlace } from './counter.ts';
import { contactState } from './fold-delivery.ts';
import { CONTACT_MARKS, type ContactMark } from './ledger-rows.ts';
import type { ChannelStats, Profile } from './profile.ts';
import { findSeen, rememberSeen } from './seen.ts';

const MARKETING = PURPOSES.indexOf('marketing');
/** Systems that tell one bounce do it one after the other. */
const BOUNCE_APART_MS = 3_600_000;
const OPENS = counterPlace('opens');
const CLICKS = counterPlace('clicks');
const MESSAGES = counterPlace('messages');

/**
 * What came back from a channel: the ledger, the channel's statistics, consent, and outcomes awaited. It counts per message,
 * not per report: nine opens of one mail are one, and so is a bounce that three systems tell.
 */
export function foldFeedback(profile: Profile, fact: FeedbackFact): void {
  rememberSeen(profile.seenFeedback, BOUNDS.seenFeedback, fact.idHash, fact.bodyHash, fact.receivedAt);
  const place = fact.ref === undefined ? -1 : profile.contacts.find(fact.ref);
  const stats = fact.channel >= 0 ? channelStatsOf(profile, fact.channel) : undefined;
  switch (fact.feedback) {
    case 'delivered':
      arrived(stats, fact);
      return advance(profile, place, contactState('delivered'));
    case 'bounced_hard':
      if (stats !== undefined && isNewBounce(profile, fact, stats, place))
        stats.bounces = Math.fround(stats.bounces + 1);
      return bounced(profile, place);
    case 'bounced_soft':
      if (stats !== undefined && isNewSoftBounce(profile, fact, stats, place)) bouncedSoft(stats, fact);
      return bounced(profile, place);
    // Only when it tells by its message that the one address is gone: what else was sent may have arrived at another.
    case 'address_gone':
      return bounced(profile, place);
    case 'shown':
      return foldShown(profile, fact, place);
    case 'opened':
    case 'clicked':
    case 'replied':
    case 'converted':
      return foldEngaged(profile, fact, place);
    case 'dismissed':
      return;
    case 'unsubscribed':
    case 'complained':
      return foldRefusal(profile, fact);
  }
}

/**
 * Whether nothing like it was counted of the message before. One that fell out of the contact ledger is remembered like an
 * id: for BOUNDS.seenMs, among the last BOUNDS.seenFeedback.
 */
function isFirst(profile: Profile, fact: FeedbackFact, place: number, mark: ContactMark): boolean {
  if (place >= 0) return profile.contacts.setMark(place, mark);
  const { seq = 0, index = 0, choice = 0 } = fact.ref ?? {};
  const id = hash48(`mark ${mark}`, `${seq}-${index}-${choice}`);
  if (findSeen(profile.seenFeedback, BOUNDS.seenFeedback, id, fact.receivedAt) >= 0) return false;
  rememberSeen(profile.seenFeedback, BOUNDS.seenFeedback, id, 0, fact.receivedAt);
  return true;
}

/** Without a message of ours to tell bounces apart by, those within BOUNCE_APART_MS of the last one are the same one. */
function isNewBounce(profile: Profile, fact: FeedbackFact, stats: ChannelStats, place: number): boolean {
  if (fact.ref !== undefined) return isFirst(profile, fact, place, CONTACT_MARKS.bounced);
  const isNew = stats.bounces === 0 || Math.abs(fact.at - stats.bouncedAt) >= BOUNCE_APART_MS;
  if (isNew) stats.bouncedAt = later(stats.bouncedAt, fact.at);
  return isNew;
}

/** Of one message, whoever tells it, one; without a message to tell them apart by, as for hard ones. */
function isNewSoftBounce(profile: Profile, fact: FeedbackFact, stats: ChannelStats, place: number): boolean {
  if (place >= 0) return profile.contacts.state(place) !== contactState('bounced');
  return stats.softBounces === 0 || Math.abs(fact.at - stats.softBouncedAt) >= BOUNCE_APART_MS;
}

/** What bounced long ago is no part of the row. */
function bouncedSoft(stats: ChannelStats, fact: FeedbackFact): void {
  const goesOn = stats.softBouncedAt > 0 && fact.at - stats.softBouncedAt < BOUNDS.softBounceRowMs;
  stats.softBounces = goesOn ? stats.softBounces + 1 : 1;
  stats.softBouncedAt = later(stats.softBouncedAt, fact.at);
}

/** Something arrived: the row of what bounced before it is over. */
function arrived(stats: ChannelStats | undefined, { at }: FeedbackFact): void {
  if (stats === undefined || stats.softBounces === 0 || at < stats.softBouncedAt) return;
  stats.softBounces = 0;
  stats.softBouncedAt = 0;
}

/** `place`: of the contact in its ledger, -1 when it fell out. */
function advance({ contacts }: Profile, place: number, state: number): void {
  if (place < 0) return;
  const known = contacts.state(place);
  const final = known >= contactState('rejected') && known !== contactState('returned');
  if (final) return;
  if (known < state || known === contactState('returned')) contacts.setState(place, state);
}

function bounced(profile: Profile, place: number): void {
  if (place < 0) return;
  profile.contacts.setState(place, contactState('bounced'));
  refundContact(profile, place);
}

/** Placements count from when they were seen; a dispatched message counted when it was decided. */
function foldShown(profile: Profile, fact: FeedbackFact, place: number): void {
  if (place < 0) return;
  const { contacts } = profile;
  advance(profile, place, contactState('shown'));
  if (contacts.counts(place) || contacts.dispatched(place)) return;
  contacts.setCounts(place, true);
  if (contacts.hasMark(place, CONTACT_MARKS.apart)) return;
  bumpCounter(profile, MESSAGES, fact.at);
  const stats = channelStatsOf(profile, contacts.channel(place));
  stats.sends = Math.fround(stats.sends + 1);
  if (fact.at > stats.lastSentAt) stats.lastSentAt = fact.at;
}

function foldEngaged(profile: Profile, fact: FeedbackFact, place: number): void {
  const opened = fact.feedback === 'opened';
  advance(profile, place, contactState(opened ? 'opened' : 'clicked'));
  // A robot opened it: delivered, but nobody has read it.
  if (fact.machine) return;
  const stats = fact.channel >= 0 ? channelStatsOf(profile, fact.channel) : undefined;
  if (stats !== undefined && fact.at > stats.lastOpenAt) stats.lastOpenAt = fact.at;
  arrived(stats, fact);
  // What was no message of ours is a sign of life; shares of our messages do not count it.
  if (fact.ref === undefined) return;
  if (isFirst(profile, fact, place, opened ? CONTACT_MARKS.opened : CONTACT_MARKS.answered)) {
    // Whoever looks at every parcel does not look at every offer: shares of what was sent are those of marketing.
    const isApart = place >= 0 && profile.contacts.hasMark(place, CONTACT_MARKS.apart);
    if (stats !== undefined) {
      if (!isApart && opened) stats.opens = Math.fround(stats.opens + 1);
      else if (!isApart) stats.clicks = Math.fround(stats.clicks + 1);
      bumpAffinity(profile.channels, CHANNELS[fact.channel] ?? '', fact.at, 1);
    }
    bumpAffinity(profile.hours, String(fact.hourOfWeek % 24), fact.at, 1);
    if (!isApart) bumpCounter(profile, opened ? OPENS : CLICKS, fact.at);
  }
  const awaited = profile.pending.find(fact.ref);
  if (awaited >= 0) profile.pending.engage(awaited, fact.at);
}

/** Whether an unsubscribe or a complaint is about a purpose: without a scope the one ends marketing, the other everything. */
export function isRefused(fact: FeedbackFact, purpose: number): boolean {
  if (fact.scope >= 0) return purpose === fact.scope;
  return purpose === MARKETING || fact.feedback === 'complained';
}

/** "No more": consent is withdrawn on that channel for the scope given, for good until the customer says yes again. */
function foldRefusal(profile: Profile, fact: FeedbackFact): void {
  let places = 0;
  for (let channel = 0; channel < CHANNELS.length; channel++) {
    if (fact.channel >= 0 && channel !== fact.channel) continue;
    const stats = channelStatsOf(profile, channel);
    // A report that was late must not move it back: a yes from before the newest one would then lift it.
    if (fact.feedback === 'complained') stats.complainedAt = later(stats.complainedAt, fact.at);
    else stats.unsubscribedAt = later(stats.unsubscribedAt, fact.at);
    for (let purpose = 0; purpose < PURPOSES.length; purpose++) {
      const place = channel * PURPOSES.length + purpose;
      if (!isRefused(fact, purpose)) continue;
      const before = profile.consent[place] as number;
      const word = wordAfterRefusal(before, fact.at, fact.receivedAt);
      dropRefused(profile, place, word);
      if (word === before) continue;
      profile.consent[place] = word;
      places |= 1 << place;
    }
  }
  profile.consentProofs = withProof(profile.consentProofs, {
    places,
    way: fact.feedback === 'complained' ? 'complained' : 'unsubscribed',
    source: '',
    channel: fact.channel,
    at: fact.at,
    heardAt: fact.receivedAt,
    id: fact.id ?? '',
    words: NO_WORDS,
    confirmed: undefined,
  });
  const awaited = fact.ref === undefined ? -1 : profile.pending.find(fact.ref);
  if (awaited >= 0) profile.pending.unsubscribe(awaited, fact.at);
}

/** The later of two times; 0 and NaN mean no time. */
function later(known: number, reported: number): number {
  return reported > known ? reported : known;
}
