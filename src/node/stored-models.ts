import { BASE_RATES, BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import { baseRateLogits, learnedBuysPerWeek, parseModelCard } from '../adapter/onnx/model-card.ts';
import { openOnnxScorer } from '../adapter/onnx/onnx-scorer.ts';
import { decodeModelEdition } from '../codec/stored/model-edition-codec.ts';
import { StoredBytesError } from '../codec/stored/stored-bytes-error.ts';
import type { HeadCalibration } from '../core/decide/decide-env.ts';
import type { Editions } from '../port/editions.ts';
import type { Scorer } from '../port/scorer.ts';

/** A model that decided, as far as it can be had again. */
export interface StoredModel {
  readonly calibration: readonly HeadCalibration[];
  /** Share of the customers who buy in a week where it learned. */
  readonly buysPerWeek: number;
  /** What stands for its answer when a run fails: per channel, per head. */
  readonly fallbackLogits: Float32Array;
  /** Undefined: this program can no longer run it; `why` says why. */
  readonly scorer: Scorer | undefined;
  readonly why: string;
}

/** The models of a data directory, from its editions: each is opened once, for explaining and verifying. */
export class StoredModels {
  readonly #editions: Editions;
  readonly #opened = new Map<string, Promise<StoredModel | undefined>>();

  constructor(editions: Editions) {
    this.#editions = editions;
  }

  /** Undefined when no such model is among the editions, or none that can be read. Throws PortError. */
  get(version: string): Promise<StoredModel | undefined> {
    let opened = this.#opened.get(version);
    if (opened === undefined) {
      opened = this.#open(version);
      this.#opened.set(version, opened);
    }
    return opened;
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.values()) await (await opened)?.scorer?.close();
    this.#opened.clear();
  }

  async #open(version: string): Promise<StoredModel | undefined> {
    if (version === BASE_RATES) {
      const scorer = new BaseRateScorer();
      const { calibration, buysPerWeek, fallbackLogits } = scorer.info;
      return { calibration, buysPerWeek, fallbackLogits, scorer, why: '' };
    }
    const edition = await this.#editions.get('model', version);
    const files = edition === undefined ? undefined : decoded(edition.bytes);
    const card = files === undefined ? undefined : parseModelCard(files.card);
    if (files === undefined || card === undefined || !card.ok) return undefined;
    // One of an earlier feature specification is not served any more, and answers its own records as it did.
    const { features, featureSpecHash, baseRates } = card.value;
    const own = { features: features.length, featureSpecHash, channels: baseRates.length };
    const opened = await openOnnxScorer(files.card, files.model, own);
    return {
      calibration: card.value.calibration,
      buysPerWeek: learnedBuysPerWeek(card.value),
      fallbackLogits: baseRateLogits(card.value),
      scorer: opened.ok ? opened.value : undefined,
      why: opened.ok ? '' : opened.error.join('; '),
    };
  }
}

function decoded(bytes: Uint8Array) {
  try {
    return decodeModelEdition(bytes);
  } catch (fault) {
    if (fault instanceof StoredBytesError) return undefined;
    throw fault;
  }
}
