/**
 * A first-in-first-out queue of fixed capacity that refuses when it is full; it never grows and never drops.
 * All calls cost O(1). Emptied places are cleared, so that nothing taken out is kept alive.
 */
export class Ring<T> {
  readonly capacity: number;
  readonly #slots: (T | undefined)[];
  #head = 0;
  #size = 0;

  /** `capacity` is a whole number ≥ 1. */
  constructor(capacity: number) {
    if (!(Number.isInteger(capacity) && capacity >= 1)) {
      throw new RangeError(`a ring's capacity is a whole number from 1, not ${capacity}`);
    }
    this.capacity = capacity;
    this.#slots = new Array<T | undefined>(capacity).fill(undefined);
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === this.capacity;
  }

  /** Appends behind the last item; false, and nothing changed, when the ring is full. */
  push(item: T): boolean {
    if (this.isFull) return false;
    this.#slots[this.#slot(this.#size)] = item;
    this.#size++;
    return true;
  }

  /** Puts an item back in front of the first; false when the ring is full. */
  pushFront(item: T): boolean {
    if (this.isFull) return false;
    this.#head = this.#head === 0 ? this.capacity - 1 : this.#head - 1;
    this.#slots[this.#head] = item;
    this.#size++;
    return true;
  }

  /** Takes the first item out; undefined when the ring is empty. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = this.#slot(1);
    this.#size--;
    return item;
  }

  /** The first item, left where it is. */
  peek(): T | undefined {
    return this.at(0);
  }

  /** The item `index` places behind the first; undefined outside 0 … size − 1. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#size) return undefined;
    return this.#slots[this.#slot(index)];
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#head = 0;
    this.#size = 0;
  }

  /** First to last. Do not change the ring while iterating. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.#size; index++) yield this.#slots[this.#slot(index)] as T;
  }

  #slot(offset: number): number {
    const slot = this.#head + offset;
    return slot >= this.capacity ? slot - this.capacity : slot;
  }
}
