/** Models and policies that come into force in all nodes or in none, on the real servers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelVersions } from './model-versions.ts';
import { onCluster, type ScratchCluster, type Served } from './scratch-cluster.fixture.ts';

const folder = modelVersions('models', 'attune-heads')[0]?.folder ?? '';
const card = JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8'));
const filesOf = (version: string) => ({
  card: Buffer.from(JSON.stringify({ ...card, version })),
  model: readFileSync(join(folder, 'model.onnx')),
});

const STARTER = join(import.meta.dirname, '../../policies/starter');
function policyNamed(name: string): Record<string, string> {
  const files = readdirSync(STARTER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.yaml'),
  );
  const read = Object.fromEntries(files.map((file) => [file, readFileSync(join(STARTER, file), 'utf8')]));
  return { ...read, 'policy.yaml': (read['policy.yaml'] ?? '').replace(/^name:.*$/m, `name: ${name}`) };
}

onCluster((cluster: ScratchCluster) => {
  async function two(): Promise<[Served, Served]> {
    const name = cluster.deployment();
    const a = await cluster.serve(name);
    const b = await cluster.serve(name);
    const owners = async () => new Set((await a.client.admin.shards()).map(({ owner }) => owner)).size;
    await expect.poll(owners, { timeout: 20_000 }).toBe(2);
    return [a, b];
  }

  const decideAt = async ({ client }: Served, n: number): Promise<string> => {
    const identifiers = [{ kind: 'loyalty', value: `L${n}` }];
    return (await client.decide({ identifiers, placements: ['home_hero'] })).decisionId;
  };

  test('a model that one node is given scores at all of them, and decisions replay with the one they were made with', async () => {
    const [a, b] = await two();
    const before = await decideAt(b, 1);
    expect(await a.client.admin.publishModel(filesOf('8-next'))).toMatchObject({
      ...{ published: true, version: '8-next', previousVersion: '' },
    });
    await expect.poll(() => b.node.models.scoring, { timeout: 2_000 }).toBe('8-next');
    const after = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => decideAt(n % 2 ? a : b, n)));
    for (const [at, id] of [before, ...after].entries()) {
      const { versions, replayIdentical, replayNote } = await (at % 2 ? a : b).client.explain(id);
      expect([versions?.model, replayIdentical, replayNote]).toEqual([
        at === 0 ? 'base-rates' : '8-next',
        true,
        '',
      ]);
    }
    await a.client.admin.publishModel(filesOf('9-later'));
    expect(await b.client.admin.rollbackModel()).toMatchObject({
      version: '8-next',
      previousVersion: '9-later',
    });
    await expect.poll(() => a.node.models.scoring, { timeout: 2_000 }).toBe('8-next');
    expect([...a.said, ...b.said]).toEqual([]);
  }, 60_000);

  test('a model or policy that one node cannot have is in force nowhere, and the node is named', async () => {
    const [a, b] = await two();
    const inForce = a.node.policies.current?.version;
    b.node.models.hold = async () => 'it was trained on other features';
    b.node.policies.hold = async () => 'it cannot read it';
    await expect(a.client.admin.publishModel(filesOf('8-next'))).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: `Model 8-next is not in force, because not every node can have it: ${b.address}: it was trained on other features.`,
    });
    await expect(a.client.admin.applyPolicy(policyNamed('later'))).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining(`${b.address}: it cannot read it.`),
    });
    expect([a.node.models.scoring, a.node.policies.current?.version]).toEqual(['base-rates', inForce]);
    // Nodes that are gone are not asked.
    await cluster.end();
    expect(await a.client.admin.publishModel(filesOf('8-next'))).toMatchObject({ published: true });
    expect(await a.client.admin.applyPolicy(policyNamed('later'))).toMatchObject({ applied: true });
  }, 60_000);
});
