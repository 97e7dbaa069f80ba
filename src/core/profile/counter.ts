import { COUNTERS, type Counter, HALF_LIVES_MS, type Profile } from './profile.ts';

/** Far more than rounding leaves of a thing that was counted and taken back, far less than one that counts. */
const DUST = 1e-6;
const WINDOWS = HALF_LIVES_MS.length;
const place: ReadonlyMap<string, number> = new Map(COUNTERS.map((name, index) => [name, index]));

/** The place of a counter, for code that is called often. */
export function counterPlace(counter: Counter): number {
  return place.get(counter) ?? 0;
}

/**
 * Adds `by` at time `at` to all four decayed windows. Order does not matter: an older event is decayed to the counter's
 * time before it is added. Values are rounded to float32, the precision in which they are stored.
 */
export function bumpCounter(profile: Profile, counter: number, at: number, by = 1): void {
  const delta = at - (profile.counterAt[counter] ?? 0);
  for (let window = 0; window < WINDOWS; window++) {
    const slot = counter * WINDOWS + window;
    const value = profile.counters[slot] ?? 0;
    const halfLife = HALF_LIVES_MS[window] ?? 1;
    const sum =
      delta >= 0
        ? Math.fround((value === 0 ? 0 : value * 2 ** (-delta / halfLife)) + by)
        : Math.fround(value + by * 2 ** (delta / halfLife));
    // What is taken back leaves no dust of rounding behind.
    profile.counters[slot] = by < 0 && sum < DUST ? 0 : sum;
  }
  if (delta > 0) profile.counterAt[counter] = at;
}

/** The decayed value at `now` (events ahead of `now` are not amplified). `window`: index into HALF_LIVES_MS. */
export function readCounter(profile: Profile, counter: number, window: number, now: number): number {
  const value = profile.counters[counter * WINDOWS + window] ?? 0;
  if (value === 0) return 0;
  const delta = now - (profile.counterAt[counter] ?? 0);
  return delta <= 0 ? value : value * 2 ** (-delta / (HALF_LIVES_MS[window] ?? 1));
}
