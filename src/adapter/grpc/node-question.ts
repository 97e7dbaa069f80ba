/** A question until it is ended: answered, or given up. Its `done` is called once, and never throws into whoever ends it. */
export class NodeQuestion {
  /** In ms, by `performance.now()`. */
  readonly askedAt = performance.now();
  readonly expiresAt: number;
  /** Called when it ends, before its asker is told; whoever holds it lets it go. */
  onEnd: () => void = () => {};
  readonly body: Uint8Array;
  readonly #parts: NodeQuestionParts;
  readonly #timer: NodeJS.Timeout;
  #isEnded = false;

  constructor(parts: NodeQuestionParts) {
    this.#parts = parts;
    this.body = parts.body;
    this.expiresAt = this.askedAt + parts.timeoutMs;
    this.#timer = setTimeout(() => this.end(undefined), parts.timeoutMs);
  }

  /** Does nothing where it has ended. */
  end(answer: Uint8Array | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.onEnd();
    this.#parts.ended();
    tell(this.#parts, answer);
  }
}

export interface NodeQuestionParts extends Asker {
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** Its place is free. */
  readonly ended: () => void;
}

export interface Asker {
  readonly done: (answer: Uint8Array | undefined) => void;
  /** Gets what `done` threw. */
  readonly threw: (error: unknown) => void;
}

export function tell({ done, threw }: Asker, answer: Uint8Array | undefined): void {
  try {
    done(answer);
  } catch (error) {
    threw(error);
  }
}
