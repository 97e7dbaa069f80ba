/**
 * What is wrong with lines. The replies come in any order, the faults are printed in the order of the lines: a fault waits
 * until no line before it is open. Owned by one `send`.
 *
 * I1  A fault is printed after those of all lines before it, and at most once.
 * I2  Memory is bounded: at most `max` faults wait, the ones of the first lines; the others are counted.
 */
export class LineFaults {
  readonly #open = new Set<number>();
  readonly #max: number;
  readonly #print: (line: number, sentence: string) => void;
  /** In order of their lines. */
  #waiting: { readonly line: number; readonly sentence: string }[] = [];
  #printed = 0;
  #unprinted = 0;

  constructor(max: number, print: (line: number, sentence: string) => void) {
    this.#max = max;
    this.#print = print;
  }

  /** Faults that were not printed one by one. */
  get unprinted(): number {
    return this.#unprinted;
  }

  /** Lines are opened in their order. */
  open(line: number): void {
    this.#open.add(line);
  }

  /** An open line is done; `sentence`: what was wrong with it. */
  close(line: number, sentence?: string): void {
    this.#open.delete(line);
    if (sentence !== undefined) this.#keep(line, sentence);
    if (this.#waiting.length === 0) return;
    // A set keeps its order, so the first that is open is the least.
    const [first = Number.POSITIVE_INFINITY] = this.#open;
    while ((this.#waiting[0]?.line ?? Number.POSITIVE_INFINITY) < first) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#printed++;
      this.#print(next.line, next.sentence);
    }
  }

  #keep(line: number, sentence: string): void {
    const behind = this.#waiting.findIndex((fault) => fault.line > line);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, { line, sentence });
    if (this.#printed + this.#waiting.length <= this.#max) return;
    this.#waiting.pop();
    this.#unprinted++;
  }
}
