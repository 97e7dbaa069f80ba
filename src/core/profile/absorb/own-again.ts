/** What a customer who was parted from another one takes along, and what not. */

import { NO_CLAIMS } from '../empty-profile.ts';
import { contactState } from '../fold-delivery.ts';
import { type Profile, TIMER_KINDS } from '../profile.ts';

const PLAN = TIMER_KINDS.indexOf('plan');
const HANDED = contactState('handed');

/**
 * Timers of the one who comes back were set before they were united, and the other's have gone on instead: only those of plans that were never
 * used are left, and the turn that takes them back sets what the policy asks for. `isShared`: of the place of a contact, whether the message is
 * the other's; it counts, and is not this customer's to withdraw.
 */
export function ownAgain(profile: Profile, isShared: (place: number) => boolean): void {
  const timers = profile.timers.filter(
    ({ kind, key }) => kind === PLAN && profile.plans.some(({ id }) => id === key),
  );
  profile.timers.splice(0, profile.timers.length, ...timers);
  const { contacts } = profile;
  for (let place = 0; place < contacts.length; place++)
    if (isShared(place) && contacts.state(place) <= HANDED)
      contacts.setState(place, contactState('accepted'));
  profile.claims = NO_CLAIMS;
  profile.moved = undefined;
}
