/**
 * A binary heap: the least item by `compare` comes out first. Items that compare equal come out in no promised order;
 * compare by a sequence as well where order matters. Pushing and popping cost O(log n).
 */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The least item, left where it is; undefined when the heap is empty. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise();
  }

  /** Takes the least item out; undefined when the heap is empty. */
  pop(): T | undefined {
    const items = this.#items;
    if (items.length === 0) return undefined;
    const least = items[0];
    const last = items.pop() as T;
    if (items.length > 0) {
      items[0] = last;
      this.#sink();
    }
    return least;
  }

  clear(): void {
    this.#items.length = 0;
  }

  /** The items in the heap's own order, least first but otherwise unsorted. Do not change the heap while iterating. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items[Symbol.iterator]();
  }

  /** Lets the last item rise to its place. */
  #rise(): void {
    const items = this.#items;
    let at = items.length - 1;
    const item = items[at] as T;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      const parent = items[above] as T;
      if (this.#compare(item, parent) >= 0) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  /** Lets the first item sink to its place. */
  #sink(): void {
    const items = this.#items;
    const size = items.length;
    let at = 0;
    const item = items[at] as T;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && this.#compare(items[below + 1] as T, items[below] as T) < 0) below++;
      const child = items[below] as T;
      if (this.#compare(child, item) >= 0) break;
      items[at] = child;
      at = below;
    }
    items[at] = item;
  }
}
