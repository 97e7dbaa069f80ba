import { murmur3 } from '../../base/hash.ts';

const KNOWN_MAX = 4_096;
const known = new Map<string, number>();

/**
 * 48 bits of an action's id, so that contacts of an action are found by number: an index of the policy would not outlive
 * its edition. Two ids of one hash (1 in 10^14 a pair) would count for each other's caps, which errs on the quiet side.
 */
export function actionHash(id: string): number {
  const found = known.get(id);
  if (found !== undefined) return found;
  const hash = murmur3(id) * 0x1_0000 + (murmur3(id, 0x5bd1e995) & 0xffff);
  // Policies have hundreds of actions; the bound keeps the ids of many editions from gathering.
  if (known.size < KNOWN_MAX) known.set(id, hash);
  return hash;
}
