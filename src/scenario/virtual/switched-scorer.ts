import { BaseRateScorer } from '../../adapter/onnx/base-rate-scorer.ts';
import type { Scorer } from '../../port/scorer.ts';
import type { ScorerMode } from './virtual-node-messages.ts';

/** Base rates, or a model that fails or is late, as `mode` says. Calls `letTimePass` for each run that is late. */
export class SwitchedScorer implements Scorer {
  readonly #inner = new BaseRateScorer();
  readonly #letTimePass: () => void;
  mode: ScorerMode;

  constructor(mode: ScorerMode, letTimePass: () => void) {
    this.mode = mode;
    this.#letTimePass = letTimePass;
  }

  get info() {
    return this.#inner.info;
  }

  run(rows: Float32Array, count: number): Promise<Float32Array> {
    if (this.mode === 'works') return this.#inner.run(rows, count);
    if (this.mode === 'fails') return Promise.reject(new Error('the model does not answer'));
    setImmediate(this.#letTimePass);
    return new Promise(() => {});
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
