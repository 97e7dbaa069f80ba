/**
 * How many people became one customer lately. A key that many people use, such as a shop's tablet, would make one customer of all of
 * them; whoever holds it has the count, so that a bound of it bounds the key. Changed by the fold.
 */
import { DAY_MS } from '../../../base/clock.ts';
import { BOUNDS } from '../../bounds.ts';
import type { IdentifierRule } from '../../identity/identifier-rule.ts';
import { isDeviceKind, weakestKind } from '../../identity/sighting.ts';
import type { Profile } from '../profile.ts';

/** Shared, since nearly all customers have none. */
export const NO_UNIONS: readonly number[] = [];

/** Within the last 24 hours. */
export function unionsLately({ united }: Pick<Profile, 'united'>, now: number): number {
  let count = 0;
  for (const at of united) if (now - at < DAY_MS) count++;
  return count;
}

/** The times of both, and `at` where the one taken in is a person; what is older than a day counts for nothing any more. */
export function uniteUnions(into: Profile, from: Profile, at: number, isPerson: boolean): void {
  if (!isPerson && into.united.length === 0 && from.united.length === 0) return;
  const times = [...into.united, ...from.united, ...(isPerson ? [at] : [])];
  const lately = times.filter((time) => at - time < DAY_MS).sort((a, b) => a - b);
  into.united = lately.length === 0 ? NO_UNIONS : lately.slice(-BOUNDS.united);
}

/**
 * Whether these are keys of a person and not of a browser or a device alone: one of another kind than the weakest. Somebody who clears cookies is
 * many browsers in a day.
 */
export function isPerson(
  keys: readonly { readonly kind: string }[],
  rules: readonly IdentifierRule[],
): boolean {
  const weakest = weakestKind(rules);
  return keys.some(({ kind }) => kind !== weakest && !isDeviceKind(kind, rules));
}
