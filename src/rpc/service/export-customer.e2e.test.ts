import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportFact } from '../../codec/export/export-fact.ts';
import { goldenFacts } from '../../codec/stored/golden-values.fixture.ts';
import { LIMITS } from '../../config/limits.ts';
import { ada, view } from './scratch-calls.fixture.ts';
import { type Service, startService } from './scratch-server.fixture.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

interface Piece {
  readonly name: string;
  readonly bytes: number;
  readonly last: boolean;
}

async function exported(identifiers = ada) {
  const texts: Record<string, string> = {};
  const pieces: Piece[] = [];
  for await (const { name, data, last } of service.client().exportCustomer({ identifiers })) {
    texts[name] = (texts[name] ?? '') + Buffer.from(data).toString();
    pieces.push({ name, bytes: data.length, last });
  }
  const lines = (texts['history.jsonl'] ?? '').split('\n').filter((line) => line !== '');
  return {
    pieces,
    profile: JSON.parse(texts['profile.json'] ?? 'null'),
    history: lines.map((line) => JSON.parse(line)),
  };
}

test('profile and history come as files: what was done, what was decided and why nothing else was', async () => {
  const client = service.client();
  await client.publish([view('p1')]);
  const { decisionId } = await client.decide({ identifiers: ada, placements: ['home_hero'] });
  const { profile, history, pieces } = await exported();
  expect(profile.viewed).toMatchObject([{ productId: 'p1', lastAt: expect.stringMatching(/^20.*Z$/) }]);
  expect(history.find(({ kind }) => kind === 'event')).toMatchObject({
    name: 'Product Viewed',
    channel: 'web',
  });
  const decision = history.find(({ kind }) => kind === 'decision');
  expect(decision).toMatchObject({ place: decisionId, cause: 'request' });
  expect(decision.candidates.length).toBeGreaterThan(1);
  expect(pieces.filter(({ last }) => last).map(({ name }) => name)).toEqual([
    'profile.json',
    'history.jsonl',
  ]);
});

test('what was done before a login, under the browser’s own key, is in the export', async () => {
  const client = service.client();
  const browser = [{ kind: 'anonymous', value: 'browser-7' }];
  await client.publish([{ ...view('p7'), identifiers: browser }]);
  await client.publish([{ ...view('p8'), identifiers: [...ada, ...browser] }]);
  const { profile, history } = await exported();
  expect(profile.viewed.map(({ productId }: { productId: string }) => productId)).toEqual(['p7', 'p8']);
  const kinds = history.map(({ kind }) => kind);
  expect(kinds).toContain('absorb-out');
  const products = history.flatMap(({ products = [] }) =>
    products.map(({ productId }: { productId: string }) => productId),
  );
  expect(products).toEqual(expect.arrayContaining(['p7', 'p8']));
});

test('of somebody unknown there is nothing, and it is said', async () => {
  const { profile, history } = await exported([{ kind: 'crm', value: 'nobody' }]);
  expect(profile).toBeNull();
  expect(history).toEqual([]);
});

test('a long file comes in pieces of at most 64 KiB, the last one marked', async () => {
  const client = service.client();
  for (let sent = 0; sent < 500; sent += 100)
    await client.publish(Array.from({ length: 100 }, (_, n) => view(`p${sent + n}`)));
  const { pieces, history } = await exported();
  expect(history.filter(({ kind }) => kind === 'event')).toHaveLength(500);
  const ofHistory = pieces.filter(({ name }) => name === 'history.jsonl');
  expect(ofHistory.length).toBeGreaterThan(2);
  expect(Math.max(...ofHistory.map(({ bytes }) => bytes))).toBe(LIMITS.exportPieceBytesMax);
  expect(ofHistory.map(({ last }) => last)).toEqual(ofHistory.map((_, at) => at === ofHistory.length - 1));
});

test('so many exports are under way at once, and no more', async () => {
  await service.client().publish([view('p1')]);
  const asked = Array.from({ length: LIMITS.exportsMax + 1 }, () =>
    exported().then(
      () => 'whole',
      (fault) => fault.code,
    ),
  );
  expect((await Promise.all(asked)).sort()).toEqual([
    'RESOURCE_EXHAUSTED',
    ...Array.from({ length: LIMITS.exportsMax }, () => 'whole'),
  ]);
  expect(await exported().then(({ history }) => history.length > 0)).toBe(true);
});

test('every kind of fact is told with names and times', () => {
  for (const fact of goldenFacts()) {
    const told = exportFact({ generation: 1, shard: 2, seq: 3, index: 4 }, fact, undefined);
    expect(told).toMatchObject({ place: '1-2-3-4', kind: fact.kind });
    for (const [name, value] of Object.entries(told))
      if (/^(at|receivedAt|due)$/.test(name)) expect(value).toMatch(/^20.*Z$/);
  }
});
