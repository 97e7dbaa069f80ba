import { CHANNELS } from '../../core/channel.ts';
import { FEATURE_COUNT } from '../../core/feature/feature-spec.ts';
import type { Scorer, ScorerInfo } from '../../port/scorer.ts';

/** [p0, engage, unsubscribe] as logits where no model says better: 3 % buy, 10 % engage, 0.2 % unsubscribe. */
const LOGITS = [-3.476, -2.197, -6.213] as const;

/** The version that decisions without a model name. */
export const BASE_RATES = 'base-rates';

/** The scorer of a service without a model: the same base rates for everybody. */
export class BaseRateScorer implements Scorer {
  readonly info: ScorerInfo;

  /** `isStandIn`: there is a model, but it could not be loaded. */
  constructor(isStandIn = false) {
    this.info = {
      version: BASE_RATES,
      isStandIn,
      features: FEATURE_COUNT,
      fallbackLogits: Float32Array.from(CHANNELS.flatMap(() => LOGITS)),
      calibration: LOGITS.map(() => ({ a: 1, b: 0 })),
      buysPerWeek: 1 / (1 + Math.exp(-LOGITS[0])),
    };
  }

  run(_rows: Float32Array, count: number): Promise<Float32Array> {
    const logits = new Float32Array(count * LOGITS.length);
    for (let i = 0; i < logits.length; i++) logits[i] = LOGITS[i % LOGITS.length] ?? 0;
    return Promise.resolve(logits);
  }

  async close(): Promise<void> {}
}
