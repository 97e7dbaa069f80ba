import type { ChoiceRef } from '../fact/fact.ts';
import type { Contact, Profile } from './profile.ts';

/** The ledger's entry of a choice; undefined when it fell out of the ledger. The newest are last. */
export function findContact(profile: Profile, ref: ChoiceRef): Contact | undefined {
  for (let i = profile.contacts.length - 1; i >= 0; i--) {
    const contact = profile.contacts[i];
    if (
      contact !== undefined &&
      contact.seq === ref.seq &&
      contact.index === ref.index &&
      contact.choice === ref.choice
    )
      return contact;
  }
  return undefined;
}

/** Gives back what a contact used up: it never reached her, so it counts for no cap and its offer is not live. */
export function refundContact(profile: Profile, contact: Contact): void {
  if (!contact.counts && contact.offer === '') return;
  if (contact.counts && contact.dispatched) {
    const stats = profile.channelStats[contact.channel];
    if (stats !== undefined && stats.sends > 0) stats.sends = Math.fround(stats.sends - 1);
  }
  contact.counts = false;
  const offer = profile.offers.findIndex(
    (live) => live.seq === contact.seq && live.index === contact.index && live.choice === contact.choice,
  );
  if (offer >= 0) profile.offers.splice(offer, 1);
}
