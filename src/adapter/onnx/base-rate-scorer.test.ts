import { expect, test } from 'vitest';
import { scorerContract } from '../../port/scorer.contract.ts';
import { BaseRateScorer } from './base-rate-scorer.ts';

scorerContract('BaseRateScorer', async () => new BaseRateScorer());

test('what it answers is its own fallback', async () => {
  const scorer = new BaseRateScorer();
  expect(await scorer.run(new Float32Array(scorer.info.features), 1)).toEqual(
    scorer.info.fallbackLogits.slice(0, 3),
  );
});
