const SUB_BITS = 6;
const SUB = 1 << SUB_BITS;
/** Above this (about 134 s) a value is counted in the last bucket; the exact maximum is kept beside. */
const VALUE_MAX = 2 ** 27 - 1;
const BUCKETS = (27 - SUB_BITS + 1) * SUB;

/** Latencies in whole microseconds, in logarithmic buckets that are at most 1.6 % wide; memory is fixed. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;
  #sum = 0;

  /** Adds one duration in milliseconds; negative ones (clock granularity) count as zero. */
  addMs(ms: number): void {
    const micros = ms > 0 ? Math.round(ms * 1000) : 0;
    this.#count++;
    this.#sum += micros;
    if (micros > this.#max) this.#max = micros;
    const bucket = bucketOf(micros > VALUE_MAX ? VALUE_MAX : micros);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  /** Takes in all that another histogram has counted. */
  merge(other: Histogram): void {
    for (let i = 0; i < BUCKETS; i++) {
      this.#counts[i] = (this.#counts[i] as number) + (other.#counts[i] as number);
    }
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#max / 1000;
  }

  /** NaN when nothing was counted. */
  get meanMs(): number {
    return this.#sum / this.#count / 1000;
  }

  /** The upper edge, in milliseconds, of the bucket that holds the nearest-rank quantile; NaN when nothing was counted. */
  quantileMs(q: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(q * this.#count));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i] as number;
      if (seen >= rank) return Math.min(upperEdge(i), this.#max) / 1000;
    }
    return this.#max / 1000;
  }
}

function bucketOf(micros: number): number {
  if (micros < SUB) return micros;
  const shift = 31 - Math.clz32(micros) - SUB_BITS;
  return (shift + 1) * SUB + ((micros >>> shift) - SUB);
}

function upperEdge(bucket: number): number {
  if (bucket < SUB) return bucket;
  const shift = Math.floor(bucket / SUB) - 1;
  return ((bucket % SUB) + SUB + 1) * 2 ** shift - 1;
}
