import { policyIndex } from '../decide/policy-index.ts';
import { COMMON, limitsOf, NO_LIMITS, SERVICE } from '../guardrail/contact-limits.ts';
import { type Cap, EVER, type Policy } from '../policy/policy.ts';
import { actionHash } from '../profile/action-hash.ts';
import { CONTACT_MARKS, type Contact } from '../profile/ledger-rows.ts';
import { onceAction, onceChannel } from '../profile/once.ts';
import type { Profile } from '../profile/profile.ts';
import { type ReasonCode, reasonCode } from '../reason.ts';

/**
 * Which cap the customer is over with a contact of theirs that counts, at `now`; undefined: none. A decision never goes over one
 * (guardrail/caps.ts): two customers who became one may be, since each kept the caps for itself.
 */
export function overCap(
  profile: Profile,
  contact: Contact,
  policy: Policy,
  now: number,
): ReasonCode | undefined {
  const { channel } = contact;
  const index = policyIndex(policy);
  const action = policy.actions.findIndex(({ id }) => id === contact.action);
  const isOver = (cap: Cap): boolean => countIn(profile, contact, policy, cap, now) > cap.max;
  if (index.actionCaps[action]?.some((cap) => (cap.channel < 0 || cap.channel === channel) && isOver(cap)))
    return reasonCode('CAP_ACTION');
  const purpose = policy.actions[action]?.purpose ?? 'marketing';
  if (limitsOf(policy, purpose) === NO_LIMITS) return undefined;
  // As it was counted when it was decided (guardrail/caps.ts).
  const caps = index.contactCaps[isApart(contact.marks) ? SERVICE : COMMON];
  if (caps.channel[channel]?.some(isOver)) return reasonCode('CAP_CHANNEL');
  if (caps.kind[channel]?.some(isOver)) return reasonCode('CAP_KIND');
  return caps.total.some(isOver) ? reasonCode('CAP_TOTAL') : undefined;
}

function isApart(marks: number): boolean {
  return (marks & CONTACT_MARKS.apart) !== 0;
}

/** What counts under the cap, the contact itself with it. */
function countIn(
  { contacts, once }: Profile,
  { action, channel, marks }: Contact,
  { channels }: Policy,
  { scope, channel: only, windowMs }: Cap,
  now: number,
): number {
  const hash = actionHash(action);
  const isOfKind = (on: number): boolean => channels[on]?.push === channels[channel]?.push;
  const isMeant = (on: number): boolean => {
    if (scope === 'total') return true;
    return scope === 'kind' || (scope === 'action' && only < 0) ? isOfKind(on) : on === channel;
  };
  let count = 0;
  for (let i = 0; i < contacts.length; i++) {
    if (!contacts.counts(i) || contacts.at(i) <= now - windowMs) continue;
    if (scope === 'action' && contacts.actionHash(i) !== hash) continue;
    if (scope !== 'action' && contacts.hasMark(i, CONTACT_MARKS.apart) !== isApart(marks)) continue;
    if (isMeant(contacts.channel(i))) count++;
  }
  if (windowMs === EVER)
    for (const entry of once) if (onceAction(entry) === hash && isOfKind(onceChannel(entry))) count++;
  return count;
}
