import type { DeliveryFact, HandedFact, WithdrawFact } from '../fact/fact.ts';
import { refundContact } from './contact.ts';
import { CONTACT_MARKS } from './ledger-rows.ts';
import { CONTACT_STATES, type ContactState, type Profile } from './profile.ts';

const OPEN = CONTACT_STATES.indexOf('open');

/** The stored code of a contact's state. */
export function contactState(name: ContactState): number {
  return CONTACT_STATES.indexOf(name);
}

export function foldHanded(profile: Profile, fact: HandedFact): void {
  const { contacts } = profile;
  const place = contacts.find(fact.ref);
  if (place >= 0 && contacts.state(place) === OPEN) contacts.setState(place, contactState('handed'));
}

/** What the channel system answered. Only a rejection, a bounce or a withdrawal refunds; silence counts as sent. */
export function foldDelivery(profile: Profile, fact: DeliveryFact): void {
  const { contacts } = profile;
  const place = contacts.find(fact.ref);
  if (place < 0) return;
  const state = contacts.state(place);
  switch (fact.state) {
    case 'accepted':
      if (state <= contactState('handed')) contacts.setState(place, contactState('accepted'));
      return;
    case 'rejected':
      if (fact.retryable) {
        if (state <= contactState('handed')) contacts.setState(place, OPEN);
        return;
      }
      contacts.setState(place, contactState('rejected'));
      return refundContact(profile, place);
    case 'withdrawn':
      contacts.setState(place, contactState('withdrawn'));
      return refundContact(profile, place);
    case 'expired':
      contacts.setState(place, contactState('expired'));
      return refundContact(profile, place);
    case 'too_late':
      // It is with the customer: it stays counted.
      if (state < contactState('accepted')) contacts.setState(place, contactState('accepted'));
      return;
  }
}

/**
 * We want it back. What a channel gave back before (`open` again after a rejection) is back at once; else a channel may
 * have it, since the decision itself allows the first push: the answer decides, and silence counts as sent.
 */
export function foldWithdraw(profile: Profile, fact: WithdrawFact): void {
  const { contacts } = profile;
  const place = contacts.find(fact.ref);
  if (place < 0) return;
  contacts.setMark(place, CONTACT_MARKS.recalled);
  if (contacts.state(place) !== OPEN) return;
  contacts.setState(place, contactState('withdrawn'));
  refundContact(profile, place);
}
