/**
 * How many requests are open under each key; owned by one pipeline. A request may have several keys, and opens when there is
 * room under all of them.
 */
export class KeyGate {
  readonly #max: number;
  readonly #open = new Map<string, number>();

  /** `max`: open under one key. */
  constructor(max: number) {
    this.#max = max;
  }

  hasRoom(keys: readonly string[]): boolean {
    return keys.every((key) => (this.#open.get(key) ?? 0) < this.#max);
  }

  enter(keys: readonly string[]): void {
    for (const key of keys) this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
  }

  leave(keys: readonly string[]): void {
    for (const key of keys) {
      const others = (this.#open.get(key) ?? 1) - 1;
      if (others > 0) this.#open.set(key, others);
      else this.#open.delete(key);
    }
  }

  clear(): void {
    this.#open.clear();
  }
}
