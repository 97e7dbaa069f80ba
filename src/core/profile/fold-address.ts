import type { KeyReleasedFact, ReaddressedFact } from '../fact/fact.ts';
import { keyOf } from '../identity/customer.ts';
import { dropDevice } from './devices.ts';
import { CONTACT_MARKS } from './ledger-rows.ts';
import type { Profile } from './profile.ts';

/** A new address has bounced nothing yet, and what a message to the old one says later is no word about it. */
export function foldReaddressed({ channelStats, contacts }: Profile, fact: ReaddressedFact): void {
  for (let channel = 0; channel < channelStats.length; channel++) {
    const stats = channelStats[channel];
    if (stats === undefined || (fact.channels & (1 << channel)) === 0) continue;
    stats.bounces = 0;
    stats.bouncedAt = 0;
    stats.softBounces = 0;
    stats.softBouncedAt = 0;
  }
  for (let i = 0; i < contacts.length; i++)
    if ((fact.channels & (1 << contacts.channel(i))) !== 0) contacts.setMark(i, CONTACT_MARKS.bounced);
}

/** The key leads nobody to the customer any more, as far as they know; it may come back like any other. */
export function foldKeyReleased(profile: Profile, fact: KeyReleasedFact): void {
  const { identifiers } = profile;
  dropDevice(profile, fact.released);
  const place = identifiers.findIndex((one) => keyOf(one) === fact.released);
  if (place >= 0) identifiers.splice(place, 1);
}
