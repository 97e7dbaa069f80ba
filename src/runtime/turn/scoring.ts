/**
 * The scorer's runs of one process. Owned by the engine, which asks once a tick: one run serves all shards.
 *
 * I1  A scorer that fails or is late costs quality, never an answer: the model card's base rates are used.
 * I2  What a run computed in spite of being late is used, if its tick still waits.
 * I3  A run that was given up still reads its rows: the next tick gets others.
 * I4  Runs that ticks gave up and that have not come back are at most `scorerLateRunsMax`, and one probe.
 */
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { Scorer } from '../../port/scorer.ts';
import type { Runtime } from '../runtime.ts';
import type { ScoreRows } from './turn.ts';

const HEADS = 3;
const FAILED = 'the scorer failed; base rates are used';

export interface Scores {
  /** HEADS for each row. */
  readonly logits: Float32Array;
  /** Base rates, not the model's. */
  readonly fallback: boolean;
}

type ScoringRuntime = Pick<Runtime, 'clock' | 'observer' | 'scorer'>;

/** Why base rates answer; the label of the counter. */
type Reason = 'late' | 'deadline' | 'resting' | 'failed';

export class Scoring {
  readonly #runtime: ScoringRuntime;
  readonly #waitMsMax: number;
  /** Runs that took longer than a tick may wait, since the last one that did not. */
  #lateInRow = 0;
  /** Asked and not back. Between two ticks these are runs that were given up, and the probe. */
  #underWay = 0;
  #isProbing = false;
  #probedAt = 0;

  /** `waitMsMax`: how long a tick waits for a run, in ms. */
  constructor(runtime: ScoringRuntime, waitMsMax: number) {
    this.#runtime = runtime;
    this.#waitMsMax = waitMsMax;
  }

  /** Ticks do not wait for the scorer: it was late too often, and no probe has come back in time since. */
  get isResting(): boolean {
    return this.#lateInRow >= LIMITS.scorerLateRunsMax || this.#underWay >= LIMITS.scorerLateRunsMax;
  }

  /**
   * The scores of a tick's rows, within the wait and before `deadlineAt` (ms by the runtime's clock), else base rates.
   * `rows.features` is another array afterwards when the run was given up.
   */
  async score(rows: ScoreRows, deadlineAt: number): Promise<Scores> {
    const { count, width } = rows;
    // Another one may come into force while this tick waits.
    const { scorer } = this.#runtime;
    if (count === 0) return { logits: new Float32Array(0), fallback: false };
    if (this.isResting) {
      this.#probe(rows);
      return this.#baseRates(rows, scorer, 'resting');
    }
    const { observer } = this.#runtime;
    try {
      const logits = await this.#within(rows.features.subarray(0, count * width), count, deadlineAt);
      if (typeof logits !== 'string') return { logits, fallback: scorer.info.isStandIn === true };
      rows.features = new Float32Array(rows.features.length);
      return this.#baseRates(rows, scorer, logits);
    } catch (fault) {
      observer.fault(FAILED, fault);
      return this.#baseRates(rows, scorer, 'failed');
    }
  }

  /** The run's logits; when they do not come while the tick may wait, why it no longer does. */
  #within(features: Float32Array, count: number, deadlineAt: number): Promise<Float32Array | Reason> {
    const { clock } = this.#runtime;
    const leftMs = deadlineAt - clock.now();
    return new Promise((resolve, reject) => {
      const cancel =
        leftMs < this.#waitMsMax ? clock.after(leftMs, () => resolve('deadline')) : () => undefined;
      this.#run(features, count, () => resolve('late'))
        .then(resolve, reject)
        .finally(cancel);
    });
  }

  /** Asks the scorer, and notes whether the answer took longer than a tick may wait. Rejects when it is no answer. */
  async #run(features: Float32Array, count: number, whenLate: () => void): Promise<Float32Array> {
    const { clock, scorer } = this.#runtime;
    const startedAt = clock.now();
    let isLate = false;
    const late = (): void => {
      isLate = true;
      this.#cameLate();
      whenLate();
    };
    const cancel = clock.after(this.#waitMsMax, late);
    this.#underWay++;
    try {
      const logits = await scorer.run(features, count);
      if (logits.length === count * HEADS) return logits;
      throw new Error(`it returned ${logits.length} values for ${count} rows`);
    } finally {
      cancel();
      this.#underWay--;
      // A run that holds the event loop is back before a timer can tell.
      if (!isLate && clock.now() - startedAt > this.#waitMsMax) this.#cameLate();
      else if (!isLate) this.#cameInTime();
    }
  }

  #cameLate(): void {
    this.#lateInRow++;
    this.#runtime.observer.count('attune_scorer_late_total', 1);
    if (this.#lateInRow !== LIMITS.scorerLateRunsMax) return;
    this.#probedAt = this.#runtime.clock.now();
    this.#runtime.observer.info(
      `the scorer was late ${this.#lateInRow} times in a row: base rates answer until it is back in time`,
    );
  }

  #cameInTime(): void {
    if (this.#lateInRow >= LIMITS.scorerLateRunsMax)
      this.#runtime.observer.info('the scorer is back in time, and asked again');
    this.#lateInRow = 0;
  }

  /** Asks for a tick's rows without waiting for what comes of it. */
  #probe({ features, count, width }: ScoreRows): void {
    const { clock, observer } = this.#runtime;
    const now = clock.now();
    if (this.#isProbing || now - this.#probedAt < INTERVALS.scorerProbeMs) return;
    this.#isProbing = true;
    this.#probedAt = now;
    this.#run(features.slice(0, count * width), count, () => undefined)
      .catch((fault: unknown) => observer.fault(FAILED, fault))
      .finally(() => {
        this.#isProbing = false;
      });
  }

  /** The card's base rates of each row's channel. */
  #baseRates({ count, channels }: ScoreRows, scorer: Scorer, reason: Reason): Scores {
    this.#runtime.observer.count('attune_scorer_fallbacks_total', 1, reason);
    const { fallbackLogits } = scorer.info;
    const logits = new Float32Array(count * HEADS);
    for (let row = 0; row < count; row++) {
      const from = (channels[row] ?? 0) * HEADS;
      logits.set(fallbackLogits.subarray(from, from + HEADS), row * HEADS);
    }
    return { logits, fallback: true };
  }
}
