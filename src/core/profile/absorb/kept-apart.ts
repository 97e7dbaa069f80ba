/** Who was parted from a customer by an Unlink: no event unites them again, and only a Link does. Changed by the fold. */
import type { IdentifierKey } from '../../../base/brand.ts';
import { BOUNDS } from '../../bounds.ts';
import { holdsKey, keyOf } from '../../identity/customer.ts';
import { NO_KEPT_APART } from '../empty-profile.ts';
import type { KeptApart } from '../link.ts';
import type { Profile } from '../profile.ts';

/** Keys that lead to the customer; their own first. */
export function keysHeld(profile: Profile): readonly IdentifierKey[] {
  const held = profile.identifiers.filter((one) => holdsKey(profile, one)).map(keyOf);
  return [profile.key, ...held.filter((key) => key !== profile.key)];
}

/**
 * `profile` and the customer of `keys`, the first of which is their own, are two. Nobody is kept apart from themselves: a request by a key that leads to
 * them would be sent on to them for ever.
 */
export function keepApart(profile: Profile, keys: readonly IdentifierKey[]): void {
  const [person] = keys;
  if (person === undefined || person === profile.key) return;
  const own = keysHeld(profile);
  const apart = keys.filter((key) => !own.includes(key));
  const others = profile.keptApart.filter(({ key }) => !apart.includes(key));
  profile.keptApart = [...others, ...apart.map((key) => ({ key, person }))].slice(-BOUNDS.keptApart);
}

/** Whether one of `keys` was parted from the customer. */
export function isKeptApart({ keptApart }: Profile, keys: readonly IdentifierKey[]): boolean {
  return keptApart.length > 0 && keptApart.some(({ key }) => keys.includes(key));
}

/** Whoever was parted from either is parted from both; not the two from each other, whom a Link has united. */
export function uniteKeptApart(into: Profile, from: Profile): void {
  if (into.keptApart.length === 0 && from.keptApart.length === 0) return;
  const own = new Set([...keysHeld(into), ...keysHeld(from)]);
  const rows = new Map<IdentifierKey, KeptApart>();
  for (const row of [...into.keptApart, ...from.keptApart]) if (!own.has(row.key)) rows.set(row.key, row);
  into.keptApart = rows.size === 0 ? NO_KEPT_APART : [...rows.values()].slice(-BOUNDS.keptApart);
}
