import { BOUNDS } from '../bounds.ts';
import { CHANNELS, PURPOSES } from '../channel.ts';
import type { FeedbackFact } from '../fact/fact.ts';
import { bumpAffinity } from './affinity.ts';
import { channelStatsOf } from './channel-stats.ts';
import { wordAfterRefusal } from './consent.ts';
import { refundContact } from './contact.ts';
import { bumpCounter, counterPlace } from './counter.ts';
import { contactState } from './fold-delivery.ts';
import type { Profile } from './profile.ts';
import { rememberSeen } from './seen.ts';

const MARKETING = PURPOSES.indexOf('marketing');
const OPENS = counterPlace('opens');
const CLICKS = counterPlace('clicks');
const MESSAGES = counterPlace('messages');

/** What came back from a channel: the ledger, the channel's statistics, consent, and outcomes awaited. */
export function foldFeedback(profile: Profile, fact: FeedbackFact): void {
  rememberSeen(profile.seenFeedback, BOUNDS.seenFeedback, fact.idHash, fact.bodyHash, fact.receivedAt);
  const place = fact.ref === undefined ? -1 : profile.contacts.find(fact.ref);
  const stats = fact.channel >= 0 ? channelStatsOf(profile, fact.channel) : undefined;
  switch (fact.feedback) {
    case 'delivered':
      return advance(profile, place, contactState('delivered'));
    case 'bounced_hard':
      if (stats !== undefined) stats.bounces = Math.fround(stats.bounces + 1);
      return bounced(profile, place);
    case 'bounced_soft':
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
  if (fact.channel >= 0) {
    const stats = channelStatsOf(profile, fact.channel);
    if (opened) stats.opens = Math.fround(stats.opens + 1);
    else stats.clicks = Math.fround(stats.clicks + 1);
    if (fact.at > stats.lastOpenAt) stats.lastOpenAt = fact.at;
    bumpAffinity(profile.channels, CHANNELS[fact.channel] ?? '', fact.at, 1);
  }
  bumpAffinity(profile.hours, String(fact.hourOfWeek % 24), fact.at, 1);
  bumpCounter(profile, opened ? OPENS : CLICKS, fact.at);
  if (fact.ref === undefined) return;
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
  for (let channel = 0; channel < CHANNELS.length; channel++) {
    if (fact.channel >= 0 && channel !== fact.channel) continue;
    const stats = channelStatsOf(profile, channel);
    // A report that was late must not move it back: a yes from before the newest one would then lift it.
    if (fact.feedback === 'complained') stats.complainedAt = later(stats.complainedAt, fact.at);
    else stats.unsubscribedAt = later(stats.unsubscribedAt, fact.at);
    for (let purpose = 0; purpose < PURPOSES.length; purpose++) {
      const place = channel * PURPOSES.length + purpose;
      if (isRefused(fact, purpose))
        profile.consent[place] = wordAfterRefusal(profile.consent[place] as number, fact.at);
    }
  }
  const awaited = fact.ref === undefined ? -1 : profile.pending.find(fact.ref);
  if (awaited >= 0) profile.pending.unsubscribe(awaited, fact.at);
}

/** The later of two times; 0 and NaN mean no time. */
function later(known: number, reported: number): number {
  return reported > known ? reported : known;
}
