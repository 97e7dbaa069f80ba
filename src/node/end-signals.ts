/**
 * The signals that end a service. Owned by `serve`.
 *
 * I1  The first SIGINT or SIGTERM asks for a clean end. From then on no signal ends the process by Node's default: a
 *     Ctrl-C under npm comes twice, from the terminal and from npm, and the second would cut the clean end short.
 * I2  A signal that comes `REPEAT_MS` later or more is somebody who does not want to wait.
 */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
export type EndSignal = (typeof SIGNALS)[number];

/** Signals nearer than this are one wish, told by the terminal, by npm and by a supervisor. */
export const REPEAT_MS = 1_000;

/** Where signals come from; a part of `process`. */
export interface SignalSource {
  on(signal: EndSignal, listener: (signal: EndSignal) => void): unknown;
}

export class EndSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<void>;
  readonly #now: () => number;
  #firstAt: number | undefined;
  #impatient: ((signal: EndSignal) => void) | undefined;
  #resolveFirst: () => void = () => {};

  constructor(source: SignalSource = process, now: () => number = () => performance.now()) {
    this.#now = now;
    this.first = new Promise((resolve) => {
      this.#resolveFirst = resolve;
    });
    for (const signal of SIGNALS) source.on(signal, (heard) => this.#heard(heard));
  }

  /** `end` is called with a signal that comes `REPEAT_MS` after the first one, or later. */
  onImpatience(end: (signal: EndSignal) => void): void {
    this.#impatient = end;
  }

  #heard(signal: EndSignal): void {
    if (this.#firstAt === undefined) {
      this.#firstAt = this.#now();
      this.#resolveFirst();
    } else if (this.#now() - this.#firstAt >= REPEAT_MS) {
      this.#impatient?.(signal);
    }
  }
}
