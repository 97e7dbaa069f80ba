/** Publishing models to a running service, and what decisions say of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LIMITS } from '../../config/limits.ts';
import { modelVersions } from '../../node/model-versions.ts';
import { type Service, startService } from './scratch-server.fixture.ts';

const shipped = modelVersions('models', 'attune-heads')[0];
const model = readFileSync(join(shipped?.folder ?? '', 'model.onnx'));
const card = JSON.parse(readFileSync(join(shipped?.folder ?? '', 'card.json'), 'utf8'));
const filesOf = (version: string, changes: object = {}) => ({
  card: Buffer.from(JSON.stringify({ ...card, version, ...changes })),
  model,
});

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.close());

const ada = [{ kind: 'loyalty', value: 'L1' }];

test('shards adopt a model that is published, and decisions say which one scored them', async () => {
  const { admin, decide, explain } = bound();
  const before = await decide();
  expect(await admin.publishModel(filesOf('8-next'), shipped?.version)).toMatchObject({
    ...{ published: true, version: '8-next', previousVersion: shipped?.version },
  });
  const after = await decide();
  expect([await explain(before), await explain(after)]).toEqual([shipped?.version, '8-next']);
  expect(service.infos).toContain(`model 8-next scores (before: ${shipped?.version}), published by a call`);
  const { models, scoring } = await admin.listModels();
  expect([scoring, models.map(({ version, inForce }) => [version, inForce])]).toEqual([
    '8-next',
    [
      ['8-next', true],
      [shipped?.version, false],
    ],
  ]);
  expect(await admin.rollbackModel()).toMatchObject({ version: shipped?.version, previousVersion: '8-next' });
  expect(await explain(await decide())).toBe(shipped?.version);
});

test('a faulty model is told with its faults, and a version that is not kept is not found', async () => {
  const { admin } = bound();
  const reply = await admin.publishModel(filesOf('8-next', { featureSpecHash: 'older' }));
  expect(reply).toMatchObject({ published: false, version: shipped?.version });
  expect(reply.faults).toEqual([expect.stringContaining('was trained on the features older')]);
  await expect(admin.publishModel(filesOf('8-next'), '1-other')).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(admin.rollbackModel('1-never')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(admin.rollbackModel()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
});

test('a model of more bytes than a call may carry is refused', async () => {
  const { admin } = bound();
  const large = { ...filesOf('8-next'), model: new Uint8Array(LIMITS.publishedModelBytesMax + 2_048) };
  await expect(admin.publishModel(large)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
});

function bound() {
  const client = service.client({ deadlineMs: 20_000 });
  return {
    admin: client.admin,
    decide: async () => (await client.decide({ identifiers: ada, placements: ['home_hero'] })).decisionId,
    explain: async (id: string) => (await client.explain(id)).versions?.model,
  };
}
