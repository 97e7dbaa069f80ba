import { fnv1a } from './hash.ts';

/**
 * A seeded source of chance: sfc32 (Chris Doty-Humphrey's PractRand, 128 bits of state, period at least 2^32).
 * The same seed gives the same draws on every machine. It is not for secrets.
 */
export interface Rng {
  /** Uniform over 0 … 2^32 − 1. */
  uint32(): number;
  /** Uniform over [0, 1) with 53 random bits. */
  float(): number;
  /** Uniform over 0 … n − 1 without bias; `n` is a whole number in 1 … 2^32. */
  intBelow(n: number): number;
  /** An independent generator whose draws depend on the present state and `label`; this one does not move. */
  fork(label: string): Rng;
}

/** A generator from two 32-bit seeds (higher bits are dropped). */
export function seedRng(seedA: number, seedB = 0): Rng {
  return warmed(seedA, seedB, 0);
}

function warmed(a: number, b: number, c: number): Sfc32 {
  const rng = new Sfc32(a, b, c, 1);
  // PractRand's own seeding by three words runs 15 rounds before the first draw.
  for (let round = 0; round < 15; round++) rng.uint32();
  return rng;
}

class Sfc32 implements Rng {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(a: number, b: number, c: number, counter: number) {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#counter = counter | 0;
  }

  uint32(): number {
    const a = this.#a;
    const b = this.#b;
    const c = this.#c;
    const sum = (((a + b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = b ^ (b >>> 9);
    this.#b = (c + (c << 3)) | 0;
    this.#c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  float(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  intBelow(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 4_294_967_296)) {
      throw new RangeError(`intBelow wants a whole number from 1 to 2^32, not ${n}`);
    }
    // Draws above the largest multiple of n would favour small results; fewer than half are thrown away.
    const limit = 4_294_967_296 - (4_294_967_296 % n);
    let draw = this.uint32();
    while (draw >= limit) draw = this.uint32();
    return draw % n;
  }

  fork(label: string): Rng {
    return warmed(this.#a ^ fnv1a(label), this.#b ^ fnv1a(`${label}\u0000`), this.#c ^ this.#counter);
  }
}
