import { ContactLedger } from '../contact-ledger.ts';
import { PendingLedger } from '../pending-ledger.ts';
import type { Profile } from '../profile.ts';
import { ViewedLedger } from '../viewed-ledger.ts';

/** A profile that shares nothing with the other one: a fact that holds one stays as it is, whatever is folded afterwards. */
export function copyProfile(profile: Profile): Profile {
  const { viewed, contacts, pending, ...rest } = profile;
  const copy = { viewed: new ViewedLedger(), contacts: new ContactLedger(), pending: new PendingLedger() };
  for (const row of viewed.toArray()) copy.viewed.add(row);
  for (const row of contacts.toArray()) copy.contacts.push(row);
  for (const row of pending.toArray()) copy.pending.push(row);
  return { ...structuredClone(rest), ...copy };
}
