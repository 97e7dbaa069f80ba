import type { DeliveryFact, HandedFact, WithdrawFact } from '../fact/fact.ts';
import { findContact, refundContact } from './contact.ts';
import { CONTACT_STATES, type ContactState, type Profile } from './profile.ts';

const OPEN = CONTACT_STATES.indexOf('open');

/** The stored code of a contact's state. */
export function contactState(name: ContactState): number {
  return CONTACT_STATES.indexOf(name);
}

export function foldHanded(profile: Profile, fact: HandedFact): void {
  const contact = findContact(profile, fact.ref);
  if (contact !== undefined && contact.state === OPEN) contact.state = contactState('handed');
}

/** What the channel system answered. Only a rejection, a bounce or a withdrawal refunds; silence counts as sent. */
export function foldDelivery(profile: Profile, fact: DeliveryFact): void {
  const contact = findContact(profile, fact.ref);
  if (contact === undefined) return;
  switch (fact.state) {
    case 'accepted':
      if (contact.state <= contactState('handed')) contact.state = contactState('accepted');
      return;
    case 'rejected':
      if (fact.retryable) {
        if (contact.state <= contactState('handed')) contact.state = OPEN;
        return;
      }
      contact.state = contactState('rejected');
      return refundContact(profile, contact);
    case 'withdrawn':
      contact.state = contactState('withdrawn');
      return refundContact(profile, contact);
    case 'expired':
      contact.state = contactState('expired');
      return refundContact(profile, contact);
    case 'too_late':
      // It is with her: it stays counted.
      if (contact.state < contactState('accepted')) contact.state = contactState('accepted');
      return;
  }
}

/**
 * We want it back. What a channel gave back before (`open` again after a rejection) is back at once; else a channel may
 * have it, since the decision itself allows the first push: the answer decides, and silence counts as sent.
 */
export function foldWithdraw(profile: Profile, fact: WithdrawFact): void {
  const contact = findContact(profile, fact.ref);
  if (contact === undefined || contact.state !== OPEN) return;
  contact.state = contactState('withdrawn');
  refundContact(profile, contact);
}
