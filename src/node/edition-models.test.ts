import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyEditions, MemoryEditions } from '../adapter/memory/memory-editions.ts';
import { BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import type { AskHeld } from '../port/editions.ts';
import type { ModelFiles } from '../port/models.ts';
import type { Scorer } from '../port/scorer.ts';
import { EditionModels } from './edition-models.ts';
import { modelVersions } from './model-versions.ts';

const folder = modelVersions('models', 'attune-heads')[0]?.folder ?? '';
const model = readFileSync(join(folder, 'model.onnx'));
const card = JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8'));

/** The shipped model under another version, with changes to its card. */
const filesOf = (version: string, changes: object = {}): ModelFiles => ({
  card: JSON.stringify({ ...card, version, ...changes }),
  model,
});

function open(storage = emptyEditions(), ask?: AskHeld) {
  const editions = new MemoryEditions({ storage, now: () => 5_000 });
  const adopted: Scorer[] = [];
  const models = new EditionModels({
    ...{ editions, scorer: new BaseRateScorer(), isGiven: false },
    adopt: (scorer) => void adopted.push(scorer),
    ...(ask !== undefined && { ask }),
  });
  return { models, editions, adopted };
}

test('a model that is published scores, is kept, and can be gone back to', async () => {
  const { models, adopted } = open();
  expect(await models.publish(filesOf('8-a'), undefined)).toEqual({
    ...{ kind: 'taken', version: '8-a', previous: '' },
  });
  expect(await models.publish(filesOf('9-b'), '8-a')).toMatchObject({ kind: 'taken', previous: '8-a' });
  expect(adopted.map(({ info }) => info.version)).toEqual(['8-a', '9-b']);
  // The tick that began with the one before still runs it.
  const former = adopted[0] as Scorer;
  expect(await former.run(new Float32Array(former.info.features), 1)).toHaveLength(3);
  expect(await models.rollback(undefined)).toMatchObject({ kind: 'taken', version: '8-a', previous: '9-b' });
  expect(models.scoring).toBe('8-a');
  expect((await models.list()).map(({ version, inForce, at }) => [version, inForce, at])).toEqual([
    ['9-b', false, 5_000],
    ['8-a', true, 5_000],
  ]);
  expect(await models.rollback(undefined)).toEqual({ kind: 'unknown' });
  expect(await models.rollback('1-never')).toEqual({ kind: 'unknown' });
  await models.close();
});

test('what cannot score changes nothing, and all that is wrong is said', async () => {
  const { models, adopted, editions } = open();
  await models.publish(filesOf('8-a'), undefined);
  const faultsOf = async (files: ModelFiles) => {
    const outcome = await models.publish(files, undefined);
    return outcome.kind === 'faulty' ? outcome.faults : outcome;
  };
  expect(await faultsOf(filesOf('9-b', { featureSpecHash: 'older' }))).toEqual([
    expect.stringContaining('was trained on the features older'),
  ]);
  expect(await faultsOf(filesOf('9-b', { name: 'uplift' }))).toEqual([
    'the card is of the model uplift, not of attune-heads',
  ]);
  expect(await faultsOf(filesOf('latest'))).toEqual([expect.stringContaining('a version is a number')]);
  expect(await faultsOf({ ...filesOf('9-b'), model: Buffer.from('noise') })).toEqual([
    expect.stringContaining('SHA-256'),
  ]);
  const golden = card.goldenRows.map((row: { logits: number[] }) => ({
    ...row,
    logits: row.logits.map((logit) => logit + 0.1),
  }));
  expect(await faultsOf(filesOf('9-b', { goldenRows: golden }))).toEqual(
    expect.arrayContaining([expect.stringContaining('golden row 0')]),
  );
  expect(await faultsOf(filesOf('8-a', { metrics: {} }))).toEqual([
    expect.stringContaining('a model or card that was changed wants a version of its own'),
  ]);
  expect(await models.publish(filesOf('9-b'), '7-z')).toEqual({ kind: 'conflict', inForce: '8-a' });
  expect([models.scoring, adopted.length, await editions.current('model')]).toEqual(['8-a', 1, '8-a']);
  await models.close();
});

test('a model that some node cannot have comes into force nowhere, and is taken when they can', async () => {
  let nodes = [{ address: 'b:1', why: 'no' }];
  const { models, editions } = open(emptyEditions(), async () => nodes);
  const unheld = { kind: 'unheld', version: '8-a', nodes };
  expect(await models.publish(filesOf('8-a'), undefined)).toEqual(unheld);
  expect([models.scoring, await editions.current('model')]).toEqual(['base-rates', '']);
  nodes = [];
  expect(await models.publish(filesOf('8-a'), undefined)).toMatchObject({ kind: 'taken' });
  nodes = [{ address: 'b:1', why: 'no' }];
  await expect(models.rollback('8-a')).resolves.toMatchObject({ kind: 'taken', previous: '8-a' });
  await models.close();
});

test('a node takes what another one put in force, and holds what it is asked about', async () => {
  const storage = emptyEditions();
  const [a, b] = [open(storage), open(storage)];
  await a.models.publish(filesOf('8-a'), undefined);
  expect(await b.models.hold('8-a')).toBe('');
  await b.models.takeIn();
  expect([b.models.scoring, b.adopted.length]).toEqual(['8-a', 1]);
  await b.models.takeIn();
  expect(b.adopted.length).toBe(1);
  await expect(b.models.hold('9-gone')).rejects.toMatchObject({ kind: 'unavailable' });
  await b.editions.put({ kind: 'model', version: '9-odd', sha256: '', bytes: Uint8Array.of(1) });
  expect(await b.models.hold('9-odd')).toContain('cannot be read');
  await a.models.close();
  await b.models.close();
});
