import { z } from 'zod';
import { present } from '../../base/assert.ts';
import { err, ok, type Result } from '../../base/result.ts';

/** What a model answers, in the order of its output's columns. */
export const HEAD_NAMES = ['p0', 'engage', 'unsubscribe'] as const;

const finite = z.number();
const probability = z.number().gt(0).lt(1);

/** What stands beside a model as card.json: all that serving it needs, and what a person wants to know of it. */
const cardSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  /** Of model.onnx, in lower-case hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in lower-case hexadecimal'),
  /** Their names in order. */
  features: z.array(z.string().min(1)).min(1),
  featureSpecHash: z.string().min(1),
  heads: z.tuple([z.literal(HEAD_NAMES[0]), z.literal(HEAD_NAMES[1]), z.literal(HEAD_NAMES[2])]),
  /** Per head: calibrated logit = a · logit + b. */
  calibration: z.array(z.object({ a: finite, b: finite })).length(HEAD_NAMES.length),
  /**
   * Per channel in the order of CHANNELS, per head: the probability to use when the model does not answer. A card of before some channels
   * has fewer of them: it can be read, for what it decided, and is not served.
   */
  baseRates: z.array(z.array(probability).length(HEAD_NAMES.length)).min(1),
  /** Share of the customers who buy in a week, unprompted, where the model learned; absent in cards of before. */
  buysPerWeek: probability.optional(),
  /** Rows whose logits the model must give again, on the machine that serves it. */
  goldenRows: z
    .array(z.object({ features: z.array(finite), logits: z.array(finite).length(HEAD_NAMES.length) }))
    .min(1),
  /** For people: shown, never computed with. */
  dataWindow: z.unknown().optional(),
  metrics: z.unknown().optional(),
  calibrationTable: z.unknown().optional(),
  /** Per head, by days since the customer was seen and since they ordered, on customers that training had not seen. */
  calibrationByAge: z.unknown().optional(),
});

export type ModelCard = z.infer<typeof cardSchema>;

/** The card's base rates as logits: per channel, per head. */
export function baseRateLogits(card: ModelCard): Float32Array {
  return Float32Array.from(card.baseRates.flat(), (p) => Math.log(p / (1 - p)));
}

/** Share of the customers who buy in a week where the model learned; of a card of before the base rate of p0, which is of the moments that it was asked about. */
export function learnedBuysPerWeek(card: ModelCard): number {
  return card.buysPerWeek ?? present(card.baseRates[0]?.[0], 'the base rate of p0');
}

/** The card in `text`, or every fault in it as a sentence with its place. */
export function parseModelCard(text: string): Result<ModelCard, readonly string[]> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return err([`the card is no JSON: ${cause.message}`]);
    throw cause;
  }
  const parsed = cardSchema.safeParse(raw);
  if (!parsed.success) {
    return err(
      parsed.error.issues.map(({ path, message }) => `the card's ${path.join('.') || 'text'}: ${message}`),
    );
  }
  const card = parsed.data;
  const faults = card.goldenRows.flatMap(({ features }, i) =>
    features.length === card.features.length
      ? []
      : [
          `the card's goldenRows.${i} has ${features.length} features, and the card names ${card.features.length}`,
        ],
  );
  return faults.length > 0 ? err(faults) : ok(card);
}
