import { BOUNDS } from '../bounds.ts';
import { CHANNELS, PURPOSES } from '../channel.ts';
import type { FeedbackFact } from '../fact/fact.ts';
import { bumpAffinity } from './affinity.ts';
import { channelStatsOf } from './channel-stats.ts';
import { findContact, refundContact } from './contact.ts';
import { bumpCounter, counterPlace } from './counter.ts';
import { contactState } from './fold-delivery.ts';
import type { Contact, Profile } from './profile.ts';
import { rememberSeen } from './seen.ts';

const OPENS = counterPlace('opens');
const CLICKS = counterPlace('clicks');
const MESSAGES = counterPlace('messages');

/** What came back from a channel: the ledger, the channel's statistics, consent, and outcomes awaited. */
export function foldFeedback(profile: Profile, fact: FeedbackFact): void {
  rememberSeen(profile.seenFeedback, BOUNDS.seenFeedback, fact.idHash, fact.bodyHash, fact.receivedAt);
  const contact = fact.ref === undefined ? undefined : findContact(profile, fact.ref);
  const stats = fact.channel >= 0 ? channelStatsOf(profile, fact.channel) : undefined;
  switch (fact.feedback) {
    case 'delivered':
      return advance(contact, contactState('delivered'));
    case 'bounced_hard':
      if (stats !== undefined) stats.bounces = Math.fround(stats.bounces + 1);
      return bounced(profile, contact);
    case 'bounced_soft':
      return bounced(profile, contact);
    case 'shown':
      return foldShown(profile, fact, contact);
    case 'opened':
    case 'clicked':
    case 'replied':
    case 'converted':
      return foldEngaged(profile, fact, contact);
    case 'dismissed':
      return;
    case 'unsubscribed':
    case 'complained':
      return foldRefusal(profile, fact);
  }
}

function advance(contact: Contact | undefined, state: number): void {
  if (contact === undefined) return;
  const final = contact.state >= contactState('rejected') && contact.state !== contactState('returned');
  if (final) return;
  if (contact.state < state || contact.state === contactState('returned')) contact.state = state;
}

function bounced(profile: Profile, contact: Contact | undefined): void {
  if (contact === undefined) return;
  contact.state = contactState('bounced');
  refundContact(profile, contact);
}

/** Placements count from when they were seen; a dispatched message counted when it was decided. */
function foldShown(profile: Profile, fact: FeedbackFact, contact: Contact | undefined): void {
  if (contact === undefined) return;
  advance(contact, contactState('shown'));
  if (contact.counts || contact.dispatched) return;
  contact.counts = true;
  bumpCounter(profile, MESSAGES, fact.at);
  const stats = channelStatsOf(profile, contact.channel);
  stats.sends = Math.fround(stats.sends + 1);
  if (fact.at > stats.lastSentAt) stats.lastSentAt = fact.at;
}

function foldEngaged(profile: Profile, fact: FeedbackFact, contact: Contact | undefined): void {
  const opened = fact.feedback === 'opened';
  advance(contact, contactState(opened ? 'opened' : 'clicked'));
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
  for (const pending of profile.pending) {
    if (
      pending.seq !== fact.ref.seq ||
      pending.index !== fact.ref.index ||
      pending.choice !== fact.ref.choice
    )
      continue;
    if (fact.at <= pending.clickUntil) pending.engaged = true;
  }
}

/** "No more": consent is withdrawn on that channel for the scope given, for good until she says yes again. */
function foldRefusal(profile: Profile, fact: FeedbackFact): void {
  for (let channel = 0; channel < CHANNELS.length; channel++) {
    if (fact.channel >= 0 && channel !== fact.channel) continue;
    const stats = channelStatsOf(profile, channel);
    if (fact.feedback === 'complained') stats.complainedAt = fact.at;
    else stats.unsubscribedAt = fact.at;
    for (let purpose = 0; purpose < PURPOSES.length; purpose++) {
      // Without a scope an unsubscribe ends marketing; a complaint ends everything.
      const meant =
        fact.scope >= 0 ? purpose === fact.scope : purpose === 0 || fact.feedback === 'complained';
      if (meant) profile.consent[channel * PURPOSES.length + purpose] = 2;
    }
  }
  for (const pending of profile.pending) {
    if (fact.ref === undefined) continue;
    if (
      pending.seq === fact.ref.seq &&
      pending.index === fact.ref.index &&
      pending.choice === fact.ref.choice
    ) {
      pending.unsubscribed = fact.at <= pending.dueAt || pending.unsubscribed;
    }
  }
}
