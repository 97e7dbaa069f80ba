import type { Rng } from '../../base/rng.ts';
import { CHANNELS } from '../../core/channel.ts';
import { FEATURE_COUNT } from '../../core/feature/feature-spec.ts';
import type { RuntimeClock } from '../../port/clock.ts';
import { PortError } from '../../port/port-error.ts';
import type { Scorer, ScorerInfo } from '../../port/scorer.ts';
import type { WireWeather } from './wire.ts';

/** 5 % buy, 20 % engage, 0.1 % unsubscribe. */
const LOGITS = [-2.94, -1.39, -6.9] as const;
const SLOW_SHARE = 0.05;
const FAIL_SHARE = 0.03;
/** Of slow runs that begin a spell: the next ones are slower than any tick waits. */
const SPELL_SHARE = 0.3;

/** A model that knows nobody, and is slow, fails or is late for a spell at times. */
export class SimScorer implements Scorer {
  readonly info: ScorerInfo = {
    version: 'simulated',
    features: FEATURE_COUNT,
    fallbackLogits: Float32Array.from(CHANNELS.flatMap(() => LOGITS)),
    calibration: LOGITS.map(() => ({ a: 1, b: 0 })),
    buysPerWeek: 0.05,
  };
  readonly #clock: RuntimeClock;
  readonly #rng: Rng;
  readonly #weather: WireWeather;
  /** Runs that are still to be late. */
  #spell = 0;

  constructor(clock: RuntimeClock, rng: Rng, weather: WireWeather) {
    this.#clock = clock;
    this.#rng = rng;
    this.#weather = weather;
  }

  run(_rows: Float32Array, count: number): Promise<Float32Array> {
    const chance = this.#weather.calm ? 1 : this.#rng.float();
    const logits = new Float32Array(count * LOGITS.length);
    for (let i = 0; i < logits.length; i++) logits[i] = LOGITS[i % LOGITS.length] ?? 0;
    return new Promise((resolve, reject) => {
      this.#clock.after(this.#takes(chance), () => {
        if (chance > 1 - FAIL_SHARE && chance < 1) reject(new PortError('unavailable', 'the model failed'));
        else resolve(logits);
      });
    });
  }

  #takes(chance: number): number {
    if (this.#weather.calm) this.#spell = 0;
    if (this.#spell > 0) {
      this.#spell--;
      return 150 + this.#rng.intBelow(2_000);
    }
    if (chance >= SLOW_SHARE) return this.#rng.intBelow(2);
    if (this.#rng.float() < SPELL_SHARE) this.#spell = 2 + this.#rng.intBelow(4);
    return 15 + this.#rng.intBelow(400);
  }

  async close(): Promise<void> {}
}
