import { type Rng, seedRng } from '../base/rng.ts';

/** What a keyed stream of chance is for: draws for one purpose never move those for another. */
const CHANCE_PURPOSES = [
  'catalog',
  'truth',
  'arrival',
  'dropout',
  'visit',
  'detour',
  'reaction',
  'return',
  'ad',
  'outreach',
  'later',
] as const;
type ChancePurpose = (typeof CHANCE_PURPOSES)[number];

/**
 * The chance of one customer's n-th visit, reaction and so on. Because the stream is named and not shared, what is done to one
 * customer changes nobody else's life, and two policies meet the same people with the same luck (common random numbers).
 */
export function keyedRng(seed: number, purpose: ChancePurpose, customer: number, n: number): Rng {
  const purposeCode = CHANCE_PURPOSES.indexOf(purpose);
  return seedRng(
    Math.imul(seed, 0x9e3779b1) ^ Math.imul(customer + 1, 0x85ebca6b),
    Math.imul(n + 1, CHANCE_PURPOSES.length) + purposeCode,
  );
}

/** A standard normal draw (Box and Muller; the second of the pair is dropped so that every call costs the same). */
export function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.float())) * Math.cos(2 * Math.PI * rng.float());
}

/** An exponential draw with that mean. */
export function exponential(rng: Rng, mean: number): number {
  return -mean * Math.log(1 - rng.float());
}

/** A log-normal draw with that median. */
export function logNormal(rng: Rng, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(rng));
}

/** An index drawn with these shares, which sum to 1. */
export function pickShare(rng: Rng, shares: readonly number[]): number {
  let left = rng.float();
  for (let i = 0; i < shares.length - 1; i++) {
    left -= shares[i] as number;
    if (left < 0) return i;
  }
  return shares.length - 1;
}

/** Uniform between two bounds. */
export function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.float();
}

export function clip(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
