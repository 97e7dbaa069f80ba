import type { ChoiceRef } from '../fact/fact.ts';
import { CONTACT_MARKS, type Contact } from './ledger-rows.ts';
import type { Profile } from './profile.ts';

/** The ledger's entry of a choice, a copy; undefined when it fell out of the ledger. */
export function findContact(profile: Profile, ref: ChoiceRef): Contact | undefined {
  const place = profile.contacts.find(ref);
  return place < 0 ? undefined : profile.contacts.get(place);
}

/** Gives back what the contact at `place` used up: it never reached the customer, so it counts for no cap and its offer is not live. */
export function refundContact(profile: Profile, place: number): void {
  const contact = profile.contacts.get(place);
  if (!contact.counts && contact.offer === '') return;
  if (contact.counts && contact.dispatched && (contact.marks & CONTACT_MARKS.apart) === 0) {
    const stats = profile.channelStats[contact.channel];
    if (stats !== undefined && stats.sends > 0) stats.sends = Math.fround(stats.sends - 1);
  }
  profile.contacts.setCounts(place, false);
  const offer = profile.offers.findIndex(
    (live) => live.seq === contact.seq && live.index === contact.index && live.choice === contact.choice,
  );
  if (offer >= 0) profile.offers.splice(offer, 1);
}
