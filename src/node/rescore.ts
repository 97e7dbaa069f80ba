import { CHANNELS } from '../core/channel.ts';
import type { DecisionFact } from '../core/fact/fact.ts';
import type { StoredModel } from './stored-models.ts';

const HEADS = ['p0', 'engage', 'unsubscribe'] as const;

/**
 * Runs the model again on the features in a decision's record. '' when its logits are those of the record, bit for bit;
 * else where they differ. Undefined: there is nothing to compare, or no scorer to compare with.
 */
export async function rescore(fact: DecisionFact, model: StoredModel): Promise<string | undefined> {
  const { scoreRows, features, logits, scoreChannel } = fact.record;
  if (scoreRows === 0) return undefined;
  if (!fact.fallback && model.scorer === undefined) return undefined;
  const again = fact.fallback
    ? fallbackOf(model.fallbackLogits, scoreChannel)
    : await model.scorer?.run(features, scoreRows);
  if (again === undefined) return undefined;
  for (let i = 0; i < logits.length; i++) {
    if (Object.is(again[i], logits[i])) continue;
    const row = Math.floor(i / HEADS.length);
    const channel = CHANNELS[scoreChannel[row] ?? -1] ?? 'an unknown channel';
    return `${HEADS[i % HEADS.length]} on ${channel}: ${logits[i]} became ${again[i]}`;
  }
  return '';
}

function fallbackOf(rates: Float32Array, channels: Uint8Array): Float32Array {
  const logits = new Float32Array(channels.length * HEADS.length);
  for (let row = 0; row < channels.length; row++) {
    const from = (channels[row] as number) * HEADS.length;
    logits.set(rates.subarray(from, from + HEADS.length), row * HEADS.length);
  }
  return logits;
}
