/**
 * Keys that were claimed and could not be had: rows of two numbers in one flat array, the oldest first. The first is a hash of the key of
 * 32 bits, with why it could not be had above them. Changed by the fold.
 */
import { murmur3 } from '../../../base/hash.ts';
import { BOUNDS } from '../../bounds.ts';
import { CLAIM_ENDS, type ClaimEnd } from '../../fact/fact.ts';
import type { Profile } from '../profile.ts';

const WIDTH = 2;
const AT = 1;
const SEED = 0x57a9_6e12;
const WHY_UNIT = 2 ** 32;

export function rememberStranger(profile: Profile, key: string, end: ClaimEnd, at: number): void {
  const hash = murmur3(key, SEED);
  const others = profile.strangers.filter(
    (_, i, all) => (all[i - (i % WIDTH)] as number) % WHY_UNIT !== hash,
  );
  // The oldest ends are not told apart: rows of before there were others have nothing above the hash.
  const why = end === 'conflict' || end === 'crowded' ? 0 : CLAIM_ENDS.indexOf(end);
  profile.strangers = [...others, hash + why * WHY_UNIT, at].slice(-BOUNDS.strangers * WIDTH);
}

/** Why the key could not be had within the last day; undefined: it was not asked for in vain. One of 2^32 other keys looks the same. */
export function whyStranger({ strangers }: Profile, key: string, now: number): ClaimEnd | undefined {
  if (strangers.length === 0) return undefined;
  const hash = murmur3(key, SEED);
  for (let row = 0; row < strangers.length; row += WIDTH) {
    const value = strangers[row] as number;
    if (value % WHY_UNIT !== hash) continue;
    if (now - (strangers[row + AT] ?? 0) >= BOUNDS.strangerMs) return undefined;
    const why = Math.floor(value / WHY_UNIT);
    return why === 0 ? 'conflict' : CLAIM_ENDS[why];
  }
  return undefined;
}
