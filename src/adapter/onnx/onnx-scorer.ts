import './no-telemetry.ts';
import { createHash } from 'node:crypto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { err, ok, type Result } from '../../base/result.ts';
import { CHANNELS } from '../../core/channel.ts';
import { FEATURE_COUNT, FEATURE_SPEC_HASH, FEATURES } from '../../core/feature/feature-spec.ts';
import { PortError } from '../../port/port-error.ts';
import type { Scorer, ScorerInfo } from '../../port/scorer.ts';
import {
  baseRateLogits,
  HEAD_NAMES,
  learnedBuysPerWeek,
  type ModelCard,
  parseModelCard,
} from './model-card.ts';

const INPUT = 'features';
const OUTPUT = 'logits';
/** A run blocks the event loop; 256 rows of the largest model here take under a millisecond. */
const RUN_ROWS_MAX = 256;
/** Of the probability a golden row gives here and in training: float32 sums differ by the machine's vector width. */
const GOLDEN_TOLERANCE = 1e-6;

export interface OnnxOptions {
  /** What the service computes; a model of other features is refused. */
  readonly features?: number;
  readonly featureSpecHash?: string;
  readonly channels?: number;
}

/**
 * Opens a model from its card and file. All that is wrong with it comes back together, a sentence each: the card, the
 * file's SHA-256, the features it was trained on, its shape, the golden rows.
 */
export async function openOnnxScorer(
  cardText: string,
  model: Uint8Array,
  options: OnnxOptions = {},
): Promise<Result<Scorer, readonly string[]>> {
  const parsed = parseModelCard(cardText);
  if (!parsed.ok) return parsed;
  const card = parsed.value;
  const faults = identityFaults(card, model, options);
  if (faults.length > 0) return err(faults);
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(model, {
      // More threads make the tail longer than a run; the process has one core.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    return err([`model ${card.version} cannot be loaded: ${reasonOf(cause)}`]);
  }
  const shape = shapeFaults(session, card);
  if (shape.length > 0) return err(shape);
  const scorer = new OnnxScorer(session, card);
  const golden = await goldenFaults(scorer, card);
  return golden.length > 0 ? err(golden) : ok(scorer);
}

class OnnxScorer implements Scorer {
  readonly info: ScorerInfo;
  readonly #session: InferenceSession;

  constructor(session: InferenceSession, card: ModelCard) {
    this.info = {
      version: card.version,
      sha256: card.sha256,
      features: card.features.length,
      fallbackLogits: baseRateLogits(card),
      calibration: card.calibration,
      buysPerWeek: learnedBuysPerWeek(card),
    };
    this.#session = session;
  }

  async run(rows: Float32Array, count: number): Promise<Float32Array> {
    const width = this.info.features;
    if (count === 0) return new Float32Array(0);
    if (rows.length < count * width)
      throw new RangeError(`${rows.length} numbers are no ${count} rows of ${width}`);
    let logits: Float32Array;
    try {
      logits = count <= RUN_ROWS_MAX ? await this.#once(rows, 0, count) : await this.#inParts(rows, count);
    } catch (cause) {
      throw this.#unavailable(`failed: ${reasonOf(cause)}`, cause);
    }
    if (!logits.every(Number.isFinite)) throw this.#unavailable('gave a logit that is no number');
    return logits;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  async #inParts(rows: Float32Array, count: number): Promise<Float32Array> {
    const logits = new Float32Array(count * HEAD_NAMES.length);
    for (let first = 0; first < count; first += RUN_ROWS_MAX) {
      const part = await this.#once(rows, first, Math.min(RUN_ROWS_MAX, count - first));
      logits.set(part, first * HEAD_NAMES.length);
    }
    return logits;
  }

  async #once(rows: Float32Array, first: number, count: number): Promise<Float32Array> {
    const width = this.info.features;
    const input = new Tensor('float32', rows.subarray(first * width, (first + count) * width), [
      count,
      width,
    ]);
    const { [OUTPUT]: output } = await this.#session.run({ [INPUT]: input });
    const logits = output?.data;
    if (!(logits instanceof Float32Array) || logits.length !== count * HEAD_NAMES.length) {
      throw new Error(
        `it gave ${logits?.length ?? 'no'} numbers for ${count} rows of ${HEAD_NAMES.length} heads`,
      );
    }
    return logits;
  }

  #unavailable(reason: string, cause?: unknown): PortError {
    return new PortError('unavailable', `a run of model ${this.info.version} ${reason}`, { cause });
  }
}

function identityFaults(card: ModelCard, model: Uint8Array, options: OnnxOptions): string[] {
  const faults: string[] = [];
  const sha256 = createHash('sha256').update(model).digest('hex');
  if (sha256 !== card.sha256) {
    faults.push(`model ${card.version} has the SHA-256 ${sha256}, and its card names ${card.sha256}`);
  }
  const hash = options.featureSpecHash ?? FEATURE_SPEC_HASH;
  if (card.featureSpecHash !== hash) {
    const fault = `model ${card.version} was trained on the features ${card.featureSpecHash}, and this version computes ${hash}`;
    // What follows from it is not told as well.
    return [...faults, `${fault}${differenceOf(card, options)}`];
  }
  const channels = options.channels ?? CHANNELS.length;
  if (card.baseRates.length !== channels) {
    faults.push(
      `model ${card.version} has base rates of ${card.baseRates.length} channels, and this version has ${channels}`,
    );
  }
  const features = options.features ?? FEATURE_COUNT;
  if (card.features.length !== features) {
    faults.push(
      `model ${card.version} wants ${card.features.length} features, and this version computes ${features}`,
    );
  }
  return faults;
}

/** What the service computes and the model does not know, or the other way round, and what to do about it. */
function differenceOf({ features }: ModelCard, options: OnnxOptions): string {
  if (options.featureSpecHash !== undefined) return '';
  const unknown = FEATURES.filter((name) => !features.includes(name));
  const former = features.filter((name) => !FEATURES.includes(name));
  const parts = [
    ...(unknown.length > 0 ? [`it does not know ${unknown.join(', ')}`] : []),
    ...(former.length > 0 ? [`it wants ${former.join(', ')}`] : []),
  ];
  return `${parts.length === 0 ? '' : `: ${parts.join(', and ')}`}. Use one that was trained with this version (npm run models:train)`;
}

function shapeFaults(session: InferenceSession, card: ModelCard): string[] {
  const faults: string[] = [];
  const inputs = tensors(session.inputMetadata);
  const outputs = tensors(session.outputMetadata);
  const input = `${INPUT}: float32 [n, ${card.features.length}]`;
  const output = `${OUTPUT}: float32 [n, ${HEAD_NAMES.length}]`;
  if (inputs !== input) faults.push(`model ${card.version} takes ${inputs}, wanted is ${input}`);
  if (outputs !== output) faults.push(`model ${card.version} gives ${outputs}, wanted is ${output}`);
  return faults;
}

/** "features: float32 [n, 40]": the rows' dimension, however it is named, as n. */
function tensors(metadata: InferenceSession['inputMetadata']): string {
  return metadata
    .map((each) => {
      if (!each.isTensor) return `${each.name}: no tensor`;
      const [rows, ...rest] = each.shape;
      return `${each.name}: ${each.type} [${[typeof rows === 'number' ? rows : 'n', ...rest].join(', ')}]`;
    })
    .join(' and ');
}

async function goldenFaults(scorer: OnnxScorer, { version, goldenRows }: ModelCard): Promise<string[]> {
  const rows = Float32Array.from(goldenRows.flatMap(({ features }) => features));
  let logits: Float32Array;
  try {
    logits = await scorer.run(rows, goldenRows.length);
  } catch (cause) {
    return [reasonOf(cause)];
  }
  return goldenRows.flatMap((row, i) =>
    row.logits.flatMap((wanted, head) => {
      const found = logits[i * HEAD_NAMES.length + head] ?? Number.NaN;
      if (Math.abs(sigmoid(found) - sigmoid(wanted)) <= GOLDEN_TOLERANCE) return [];
      return [
        `model ${version} gives golden row ${i} the ${HEAD_NAMES[head]} logit ${found}, and its card says ${wanted}`,
      ];
    }),
  );
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
