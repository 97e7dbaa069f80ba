import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../core/channel.ts';
import { FEATURE_SPEC_HASH } from '../../core/feature/feature-spec.ts';
import { SPECS } from '../../core/feature/former-specs.ts';
import { scorerContract } from '../../port/scorer.contract.ts';
import type { Scorer } from '../../port/scorer.ts';
import { scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { readModelDirectory } from './model-directory.ts';
import { openOnnxScorer } from './onnx-scorer.ts';

const linear = readFileSync(new URL('./fixture/linear.onnx', import.meta.url));
const twoOutputs = readFileSync(new URL('./fixture/two-outputs.onnx', import.meta.url));
const options = { features: 4, featureSpecHash: 'spec' };

/** The card of fixture/linear.onnx, with changes. */
function cardOf(changes: object = {}, model: Uint8Array = linear): string {
  return JSON.stringify({
    name: 'linear',
    version: 'linear-1',
    sha256: createHash('sha256').update(model).digest('hex'),
    features: ['one', 'two', 'three', 'four'],
    featureSpecHash: 'spec',
    heads: ['p0', 'engage', 'unsubscribe'],
    calibration: [
      { a: 1, b: 0 },
      { a: 0.9, b: -0.1 },
      { a: 1.1, b: 0.2 },
    ],
    baseRates: CHANNELS.map(() => [0.03, 0.1, 0.002]),
    goldenRows: [
      { features: [0, 0, 0, 0], logits: [-3, -2, -6] },
      {
        features: [1, 1, 1, 1],
        logits: [-3 + 0.5 + 0 + 1 - 0.25, -2 - 1 + 2 + 0 + 0.75, -6 + 0.25 - 0.5 + 0.125 + 1.5],
      },
    ],
    metrics: { auc: 0.7 },
    ...changes,
  });
}

async function opened(): Promise<Scorer> {
  const scorer = await openOnnxScorer(cardOf(), linear, options);
  if (!scorer.ok) throw new Error(scorer.error.join('\n'));
  return scorer.value;
}

async function faultsOf(card: string, model: Uint8Array = linear): Promise<readonly string[]> {
  const scorer = await openOnnxScorer(card, model, options);
  return scorer.ok ? [] : scorer.error;
}

scorerContract('OnnxScorer', () => opened());

const BYTES_MAX = 1_000_000;

describe('a model from its card', () => {
  test('gives its logits, its calibration and its base rates as logits', async () => {
    const scorer = await opened();
    const logits = await scorer.run(Float32Array.of(2, 0, 0, 0, 0, 0, 0, -4), 2);
    expect([...logits]).toEqual([-2, -4, -5.5, -2, -5, -12]);
    expect(scorer.info).toMatchObject({ version: 'linear-1', features: 4 });
    expect(scorer.info.calibration[1]).toEqual({ a: 0.9, b: -0.1 });
    expect(scorer.info.fallbackLogits[1]).toBeCloseTo(Math.log(0.1 / 0.9), 6);
    await scorer.close();
  });

  test('is refused when file, features or golden rows are not those of the card, with a sentence each', async () => {
    expect(await faultsOf(cardOf())).toEqual([]);
    expect(await faultsOf(cardOf({ sha256: 'a'.repeat(64), featureSpecHash: 'older' }))).toEqual([
      expect.stringMatching(/^model linear-1 has the SHA-256 [0-9a-f]{64}, and its card names a{64}$/),
      'model linear-1 was trained on the features older, and this version computes spec',
    ]);
    expect(
      await faultsOf(cardOf({ goldenRows: [{ features: [0, 0, 0, 0], logits: [-3, -2.00002, -6] }] })),
    ).toEqual(['model linear-1 gives golden row 0 the engage logit -2, and its card says -2.00002']);
    expect(await faultsOf(cardOf({ baseRates: [[0.03, 0.1, 0.002]] }))).toEqual([
      `model linear-1 has base rates of 1 channels, and this version has ${CHANNELS.length}`,
    ]);
    const wide = {
      features: ['a', 'b', 'c', 'd', 'e'],
      goldenRows: [{ features: [0, 0, 0, 0, 0], logits: [-3, -2, -6] }],
    };
    expect(await faultsOf(cardOf(wide))).toEqual([
      'model linear-1 wants 5 features, and this version computes 4',
    ]);
  });

  test('of earlier features is refused with what it does not know, and what to do', async () => {
    const names = SPECS[1] ?? [];
    const row = { features: names.map(() => 0), logits: [-3, -2, -6] };
    const card = { features: names, featureSpecHash: '9bb6ded4', baseRates: [[0.03, 0.1, 0.002]] };
    const former = await openOnnxScorer(cardOf({ ...card, goldenRows: [row] }), linear);
    expect(former.ok ? [] : former.error).toEqual([
      `model linear-1 was trained on the features 9bb6ded4, and this version computes ${FEATURE_SPEC_HASH}: it does not know channel_story, channel_web_push. Use one that was trained with this version (npm run models:train)`,
    ]);
  });

  test('is refused when it has another shape, or is no model', async () => {
    expect(await faultsOf(cardOf({}, twoOutputs), twoOutputs)).toEqual([
      'model linear-1 gives logits: float32 [n, 2], wanted is logits: float32 [n, 3]',
    ]);
    const noise = Buffer.from('this is no model');
    expect(await faultsOf(cardOf({}, noise), noise)).toEqual([
      expect.stringMatching(/^model linear-1 cannot be loaded: /),
    ]);
  });

  test('is refused with all faults of its card together', async () => {
    const faults = await faultsOf(
      cardOf({
        version: '',
        heads: ['p0', 'unsubscribe', 'engage'],
        baseRates: [[0.1, 0.1, 0], []],
        calibration: [{ a: 1 }],
      }),
    );
    for (const place of [
      'version',
      'heads.1',
      'heads.2',
      'baseRates.0.2',
      'baseRates.1',
      'calibration',
      'calibration.0.b',
    ]) {
      expect(faults.filter((fault) => fault.startsWith(`the card's ${place}:`))).toHaveLength(1);
    }
    expect(await faultsOf('{')).toEqual([expect.stringMatching(/^the card is no JSON/)]);
    expect(await faultsOf(cardOf({ goldenRows: [{ features: [1], logits: [0, 0, 0] }] }))).toEqual([
      "the card's goldenRows.0 has 1 features, and the card names 4",
    ]);
  });

  test('is read from its directory, and files that are missing are named', async () => {
    const directory = scratchDirectory();
    const none = await readModelDirectory(directory.path, BYTES_MAX);
    expect(none.ok ? [] : none.error).toEqual([
      expect.stringContaining(join(directory.path, 'card.json')),
      expect.stringContaining(join(directory.path, 'model.onnx')),
    ]);
    writeFileSync(join(directory.path, 'card.json'), cardOf());
    writeFileSync(join(directory.path, 'model.onnx'), linear);
    const files = await readModelDirectory(directory.path, BYTES_MAX);
    expect(files).toEqual({ ok: true, value: { card: cardOf(), model: linear } });
    directory.remove();
  });
});

describe('a run', () => {
  test('that fails, and one whose logits are no numbers, are unavailable', async () => {
    const scorer = await opened();
    await expect(scorer.run(Float32Array.of(Number.NaN, 0, 0, 0), 1)).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await scorer.close();
    await expect(scorer.run(new Float32Array(4), 1)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
