/**
 * Counts what a peer costs without being a caller: it grows by a price each and drains with time (a leaky bucket). A debt
 * above its bound ends the peer's connection.
 */
export class Debt {
  readonly #max: number;
  readonly #drainPerMs: number;
  #amount = 0;
  #at = 0;

  /** `max`: the bound; `drainPerSecond`: how fast it is forgiven. */
  constructor(max: number, drainPerSecond: number) {
    this.#max = max;
    this.#drainPerMs = drainPerSecond / 1_000;
  }

  /** What is owed at `nowMs`, by a clock that never runs backwards. */
  owed(nowMs: number): number {
    this.#amount = Math.max(0, this.#amount - (nowMs - this.#at) * this.#drainPerMs);
    this.#at = nowMs;
    return this.#amount;
  }

  /** Adds to it; true when it is above the bound. */
  charge(price: number, nowMs: number): boolean {
    this.#amount = this.owed(nowMs) + price;
    return this.#amount > this.#max;
  }

  /** True while it is above the bound. */
  exceeded(nowMs: number): boolean {
    return this.owed(nowMs) > this.#max;
  }
}
