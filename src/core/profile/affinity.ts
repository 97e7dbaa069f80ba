import { BOUNDS } from '../bounds.ts';
import type { Affinity } from './profile.ts';

const HALF_LIFE_MS = 30 * 86_400_000;
/** What rounding may leave of a weight that was taken back. */
const DUST = 1e-6;

/**
 * Adds weight to a key at a time. All weights share one reference time, so a late addition is decayed before it is
 * added; a negative weight takes back what was added, and a key of which nothing is left goes. Weights are rounded to float32. Beyond BOUNDS.affinityKeys keys the lightest one gives way.
 */
export function bumpAffinity(affinity: Affinity, key: string, at: number, by: number): void {
  if (key === '' || by === 0) return;
  const delta = at - affinity.at;
  let add = by;
  if (delta > 0) {
    if (affinity.keys.length > 0) {
      const factor = 2 ** (-delta / HALF_LIFE_MS);
      for (let i = 0; i < affinity.weights.length; i++)
        affinity.weights[i] = Math.fround((affinity.weights[i] ?? 0) * factor);
    }
    affinity.at = at;
  } else add = by * 2 ** (delta / HALF_LIFE_MS);
  const found = affinity.keys.indexOf(key);
  if (found >= 0) {
    const sum = Math.fround((affinity.weights[found] ?? 0) + add);
    affinity.weights[found] = sum;
    if (by < 0 && sum < DUST) {
      affinity.keys.splice(found, 1);
      affinity.weights.splice(found, 1);
    }
    return;
  }
  if (by < 0) return;
  if (affinity.keys.length < BOUNDS.affinityKeys) {
    affinity.keys.push(key);
    affinity.weights.push(Math.fround(add));
    return;
  }
  let lightest = 0;
  for (let i = 1; i < affinity.weights.length; i++) {
    if ((affinity.weights[i] ?? 0) < (affinity.weights[lightest] ?? 0)) lightest = i;
  }
  if ((affinity.weights[lightest] ?? 0) >= add) return;
  affinity.keys[lightest] = key;
  affinity.weights[lightest] = Math.fround(add);
}

/** The heaviest key, '' when nothing is known; the first seen wins a tie. */
export function affinityTop(affinity: Affinity): string {
  let best = '';
  let weight = 0;
  for (let i = 0; i < affinity.keys.length; i++) {
    const at = affinity.weights[i] ?? 0;
    if (at > weight) {
      weight = at;
      best = affinity.keys[i] ?? '';
    }
  }
  return best;
}
