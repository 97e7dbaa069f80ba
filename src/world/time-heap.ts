/**
 * A heap of at most `capacity` (time, item) pairs in flat arrays: 12 bytes a place, no object per entry, so a million waiting
 * customers cost 12 MB. The earliest comes out first; equal times by the smaller item.
 */
export class TimeHeap {
  readonly #times: Float64Array;
  readonly #items: Uint32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#times = new Float64Array(capacity);
    this.#items = new Uint32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Time of the earliest entry; infinite when there is none. */
  get earliest(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
  }

  /** Throws a RangeError when the heap is full. */
  push(time: number, item: number): void {
    if (this.#size === this.#items.length)
      throw new RangeError(`the heap holds its ${this.#size} entries already`);
    let at = this.#size++;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      if (!this.#before(time, item, above)) break;
      this.#move(above, at);
      at = above;
    }
    this.#times[at] = time;
    this.#items[at] = item;
  }

  /** Takes the earliest item out; -1 when there is none. */
  pop(): number {
    if (this.#size === 0) return -1;
    const least = this.#items[0] as number;
    const last = --this.#size;
    const time = this.#times[last] as number;
    const item = this.#items[last] as number;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= last) break;
      if (
        below + 1 < last &&
        this.#before(this.#times[below + 1] as number, this.#items[below + 1] as number, below)
      )
        below++;
      if (this.#before(time, item, below)) break;
      this.#move(below, at);
      at = below;
    }
    this.#times[at] = time;
    this.#items[at] = item;
    return least;
  }

  #before(time: number, item: number, place: number): boolean {
    const other = this.#times[place] as number;
    return time < other || (time === other && item < (this.#items[place] as number));
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#items[to] = this.#items[from] as number;
  }
}
