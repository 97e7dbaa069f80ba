/** Keys that were claimed and belong to somebody else: rows of two numbers in one flat array, the oldest first. Changed by the fold. */
import { murmur3 } from '../../../base/hash.ts';
import { BOUNDS } from '../../bounds.ts';
import type { Profile } from '../profile.ts';

const WIDTH = 2;
const AT = 1;
const SEED = 0x57a9_6e12;

export function rememberStranger(profile: Profile, key: string, at: number): void {
  const hash = murmur3(key, SEED);
  const others = profile.strangers.filter((_, i, all) => all[i - (i % WIDTH)] !== hash);
  profile.strangers = [...others, hash, at].slice(-BOUNDS.strangers * WIDTH);
}

/** Whether the key was a stranger's within the last day. One of 2^32 other keys looks the same. */
export function isStranger({ strangers }: Profile, key: string, now: number): boolean {
  if (strangers.length === 0) return false;
  const hash = murmur3(key, SEED);
  for (let row = 0; row < strangers.length; row += WIDTH)
    if (strangers[row] === hash) return now - (strangers[row + AT] ?? 0) < BOUNDS.strangerMs;
  return false;
}
