/** What two profiles say of one person's habits: sums that decay, the latest word, the stricter consent. */
import { BOUNDS } from '../../bounds.ts';
import { CHANNELS } from '../../channel.ts';
import { holdsKey } from '../../identity/customer.ts';
import { bumpAffinity } from '../affinity.ts';
import { uniteRequests } from '../ask-consent.ts';
import { withAttributes } from '../attributes.ts';
import { channelStatsOf } from '../channel-stats.ts';
import { uniteProofs } from '../consent-proof.ts';
import { type Affinity, COUNTERS, HALF_LIVES_MS, type Profile } from '../profile.ts';
import { withEnd } from '../subscription.ts';

const WINDOWS = HALF_LIVES_MS.length;

/** Decayed to the later of both times, then added. */
export function uniteCounters(into: Profile, from: Profile): void {
  for (let counter = 0; counter < COUNTERS.length; counter++) {
    const [a, b] = [into.counterAt[counter] ?? 0, from.counterAt[counter] ?? 0];
    const at = Math.max(a, b);
    for (let window = 0; window < WINDOWS; window++) {
      const slot = counter * WINDOWS + window;
      const halfLife = HALF_LIVES_MS[window] ?? 1;
      const decayed = (value: number, since: number): number =>
        value === 0 ? 0 : value * 2 ** ((since - at) / halfLife);
      into.counters[slot] = Math.fround(
        decayed(into.counters[slot] ?? 0, a) + decayed(from.counters[slot] ?? 0, b),
      );
    }
    into.counterAt[counter] = at;
  }
}

export function uniteAffinities(into: Profile, from: Profile): void {
  for (const name of ['categories', 'brands', 'sizes', 'channels', 'hours', 'discounts'] as const)
    uniteAffinity(into[name], from[name]);
}

function uniteAffinity(into: Affinity, from: Affinity): void {
  for (let i = 0; i < from.keys.length; i++)
    bumpAffinity(into, from.keys[i] as string, from.at, from.weights[i] as number);
}

/** A product that both viewed was viewed as often as both say, and last when the later one says. */
export function uniteViewed(into: Profile, from: Profile): void {
  const rows = into.viewed.toArray();
  for (const row of from.viewed.toArray()) {
    const known = rows.find(({ productId }) => productId === row.productId);
    if (known === undefined) rows.push(row);
    else {
      const views = known.views + row.views;
      const size = row.size === '' ? known.size : row.size;
      if (row.lastAt >= known.lastAt) Object.assign(known, row, { size });
      known.views = views;
    }
  }
  into.viewed.clear();
  rows.sort((a, b) => a.lastAt - b.lastAt);
  for (const row of rows) into.viewed.add(row);
}

/** A refusal of either stands until a word that is later than both. Nothing said is no word. */
export function uniteConsent(into: Profile, from: Profile): void {
  into.consentProofs = uniteProofs(into.consentProofs, from.consentProofs, into.consent, from.consent);
  for (let i = 0; i < into.consent.length; i++) {
    const [a, b] = [into.consent[i] ?? 0, from.consent[i] ?? 0];
    const latest = Math.max(Math.abs(a), Math.abs(b));
    into.consent[i] = a < 0 || b < 0 ? -latest : latest;
  }
  uniteRequests(into, from);
  for (let channel = 0; channel < CHANNELS.length; channel++) {
    const theirs = from.channelStats[channel];
    if (theirs === undefined) continue;
    if (into.channelStats[channel] === undefined) {
      into.channelStats[channel] = { ...theirs };
      continue;
    }
    const own = channelStatsOf(into, channel);
    own.sends = Math.fround(own.sends + theirs.sends);
    own.opens = Math.fround(own.opens + theirs.opens);
    own.clicks = Math.fround(own.clicks + theirs.clicks);
    own.bounces += theirs.bounces;
    own.lastSentAt = Math.max(own.lastSentAt, theirs.lastSentAt);
    own.lastOpenAt = Math.max(own.lastOpenAt, theirs.lastOpenAt);
    own.lastSeenAt = Math.max(own.lastSeenAt, theirs.lastSeenAt);
    own.unsubscribedAt = Math.max(own.unsubscribedAt, theirs.unsubscribedAt);
    own.complainedAt = Math.max(own.complainedAt, theirs.complainedAt);
    own.bouncedAt = Math.max(own.bouncedAt, theirs.bouncedAt);
    own.softBounces += theirs.softBounces;
    own.softBouncedAt = Math.max(own.softBouncedAt, theirs.softBouncedAt);
  }
}

/** Where the customer was seen last is where they are. */
export function unitePresence(into: Profile, from: Profile): void {
  if (from.locale !== '' && (into.locale === '' || from.lastAt > into.lastAt)) into.locale = from.locale;
  if (from.zone !== '' && (into.zone === '' || from.zoneAt > into.zoneAt)) {
    into.zone = from.zone;
    into.zoneAt = from.zoneAt;
  }
  const { session } = into;
  const seenAt = session.lastAt;
  const count = session.count + from.session.count;
  if (from.session.lastAt > session.lastAt) Object.assign(session, from.session);
  session.count = count;
  const born = [into.createdAt, from.createdAt].filter((at) => at > 0);
  into.createdAt = born.length === 0 ? 0 : Math.min(...born);
  for (const end of from.subscriptionEnds) into.subscriptionEnds = withEnd(into.subscriptionEnds, end);
  if (from.checkout !== undefined && from.checkout.lastAt > (into.checkout?.lastAt ?? 0))
    into.checkout = { ...from.checkout };
  // Whoever is seen anywhere is still there.
  if (into.checkout !== undefined)
    into.checkout.lastAt = Math.max(into.checkout.lastAt, seenAt, from.session.lastAt);
  if (from.lastAt > into.lastAt) into.lastAt = from.lastAt;
}

/** Of each attribute the word that happened last, whoever it was told as. */
export function uniteAttributes(into: Profile, from: Profile): void {
  for (const row of from.attributes) into.attributes = withAttributes(into.attributes, [row], row.at);
}

/** Keys keep the actor under which they were first seen; one that leads to either leads to both, whoever was only seen with it. */
export function uniteIdentifiers(into: Profile, from: Profile): void {
  for (const one of from.identifiers) {
    const known = into.identifiers.findIndex(({ kind, value }) => kind === one.kind && value === one.value);
    if (known < 0) {
      if (into.identifiers.length < BOUNDS.identifiers) into.identifiers.push({ ...one });
    } else if (!holdsKey(into, one) && holdsKey(from, one)) into.identifiers[known] = { ...one };
  }
}
