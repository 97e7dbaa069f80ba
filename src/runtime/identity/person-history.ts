import type { IdentifierKey } from '../../base/brand.ts';
import { type Addressee, addresseeOfKey, holdsKey, keyOf } from '../../core/identity/customer.ts';
import { lifeKeys } from '../../core/profile/devices.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Committed, History } from '../../port/customers.ts';

/** The customer's own actor, and those of the keys that lead to it, under which they may have been somebody of their own. */
export function keysOf(profile: Profile): readonly Addressee[] {
  const held = profile.identifiers.filter((one) => holdsKey(profile, one)).map(keyOf);
  // What is in the log under the key of a device is theirs who were known by it alone.
  const isOthers = (key: IdentifierKey): boolean =>
    key !== profile.key && profile.devices.some((row) => row.key === key && !row.isLife);
  const keys = new Set([profile.key, ...held.filter((key) => !isOthers(key)), ...lifeKeys(profile)]);
  return [...keys].map(addresseeOfKey);
}

/** The newest `limit` facts of all, oldest first. */
export function joinHistories(parts: readonly History[], limit: number): History {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const committed = parts.flatMap(dated).sort((a, b) => a.time - b.time);
  const kept = committed.slice(-limit);
  const first = kept[0];
  let lookedFrom = Math.max(...parts.map((part) => part.lookedFrom));
  if (first !== undefined && kept.length < committed.length) lookedFrom = Math.max(lookedFrom, first.time);
  return { kind: 'history', committed: kept.map(({ one }) => one), lookedFrom };
}

/** Each fact with a time at which it was known: those of one log stay in its order. */
function dated({ committed }: History): { readonly one: Committed; readonly time: number }[] {
  let time = 0;
  return committed.map((one) => {
    time = Math.max(time, timeOf(one));
    return { one, time };
  });
}

/** When a fact was committed, as far as it says so itself. */
function timeOf({ fact }: Committed): number {
  if (fact.kind === 'event' || fact.kind === 'feedback') return fact.receivedAt;
  return 'at' in fact ? fact.at : 0;
}
