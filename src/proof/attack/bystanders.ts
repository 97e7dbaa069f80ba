import { Histogram } from '../../base/histogram.ts';
import { decideBody } from './sound-bodies.ts';
import { SoundCaller } from './sound-caller.ts';

export interface BystanderFigures {
  readonly canaryP50Ms: number;
  readonly canaryP99Ms: number;
  readonly canaryErrors: number;
  readonly newcomersFailed: number;
  /** Decisions that the canary asked for, and newcomers that came. */
  readonly canaryCalls: number;
  readonly newcomers: number;
  /** Error sentences of the first calls that failed. */
  readonly failures: readonly string[];
}

const CANARY = '127.0.0.2';
const NEWCOMER = '127.0.0.3';
const CANARY_EVERY_MS = 20;
const NEWCOMER_EVERY_MS = 250;
const CUSTOMERS = 200;
const FAILURES_SHOWN = 3;

let asked = 0;

/**
 * Those who do no harm while others do: the canary, a caller with one connection that asks for a decision every 20 ms whether or
 * not the last one came, and a newcomer every 250 ms that connects, asks once and leaves. They begin when they are made.
 */
export class Bystanders {
  readonly #port: number;
  readonly #token: string;
  readonly #canary: SoundCaller;
  readonly #latencies = new Histogram();
  readonly #open = new Set<Promise<void>>();
  readonly #failures: string[] = [];
  readonly #timers: readonly NodeJS.Timeout[];
  #canaryCalls = 0;
  #canaryErrors = 0;
  #newcomers = 0;
  #newcomersFailed = 0;

  constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
    this.#canary = new SoundCaller({ port, token, from: CANARY });
    this.#timers = [
      setInterval(() => this.#track(this.#ask()), CANARY_EVERY_MS),
      setInterval(() => this.#track(this.#come()), NEWCOMER_EVERY_MS),
    ];
  }

  /** Nobody else begins; resolves when those who have begun are answered. */
  async end(): Promise<BystanderFigures> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#open);
    this.#canary.close();
    return {
      canaryP50Ms: rounded(this.#latencies.quantileMs(0.5)),
      canaryP99Ms: rounded(this.#latencies.quantileMs(0.99)),
      canaryErrors: this.#canaryErrors,
      newcomersFailed: this.#newcomersFailed,
      canaryCalls: this.#canaryCalls,
      newcomers: this.#newcomers,
      failures: this.#failures,
    };
  }

  #track(work: Promise<void>): void {
    this.#open.add(work);
    void work.finally(() => this.#open.delete(work));
  }

  async #ask(): Promise<void> {
    this.#canaryCalls++;
    try {
      this.#latencies.addMs(await this.#canary.decide(nextBody()));
    } catch (fault) {
      this.#canaryErrors++;
      this.#failed('canary', fault);
    }
  }

  async #come(): Promise<void> {
    this.#newcomers++;
    const newcomer = new SoundCaller({ port: this.#port, token: this.#token, from: NEWCOMER });
    try {
      await newcomer.decide(nextBody());
    } catch (fault) {
      this.#newcomersFailed++;
      this.#failed('newcomer', fault);
    } finally {
      newcomer.close();
    }
  }

  #failed(who: string, fault: unknown): void {
    const why = fault instanceof Error ? fault.message : String(fault);
    if (this.#failures.length < FAILURES_SHOWN) this.#failures.push(`${who}: ${why}`);
  }
}

function nextBody(): Buffer {
  asked++;
  return decideBody(`bystander${asked}`, asked % CUSTOMERS);
}

/** Unanswered by anybody: no latency that could be kept. */
function rounded(ms: number): number {
  return Number.isNaN(ms) ? -1 : Math.round(ms * 10) / 10;
}
