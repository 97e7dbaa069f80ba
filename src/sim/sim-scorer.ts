import type { Rng } from '../base/rng.ts';
import { CHANNELS } from '../core/channel.ts';
import { FEATURE_COUNT } from '../core/feature/feature-spec.ts';
import type { RuntimeClock } from '../port/clock.ts';
import { PortError } from '../port/port-error.ts';
import type { Scorer, ScorerInfo } from '../port/scorer.ts';
import type { WireWeather } from './wire.ts';

/** 5 % buy, 20 % engage, 0.1 % unsubscribe. */
const LOGITS = [-2.94, -1.39, -6.9] as const;
const SLOW_SHARE = 0.05;
const FAIL_SHARE = 0.03;

/** A model that knows nobody, and is slow or fails at times. */
export class SimScorer implements Scorer {
  readonly info: ScorerInfo = {
    version: 'simulated',
    features: FEATURE_COUNT,
    fallbackLogits: Float32Array.from(CHANNELS.flatMap(() => LOGITS)),
    calibration: LOGITS.map(() => ({ a: 1, b: 0 })),
  };
  readonly #clock: RuntimeClock;
  readonly #rng: Rng;
  readonly #weather: WireWeather;

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
      const slow = chance < SLOW_SHARE ? 15 + this.#rng.intBelow(400) : this.#rng.intBelow(2);
      this.#clock.after(slow, () => {
        if (chance > 1 - FAIL_SHARE && chance < 1) reject(new PortError('unavailable', 'the model failed'));
        else resolve(logits);
      });
    });
  }

  async close(): Promise<void> {}
}
