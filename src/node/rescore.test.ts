import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { verifyDirectory } from '../audit/verify.ts';
import { DAY_MS } from '../base/clock.ts';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../config/options.ts';
import type { DecisionFact } from '../core/fact/fact.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { Scorer } from '../port/scorer.ts';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { driveShop } from '../scenario/virtual/drive-shop.ts';
import { createShop } from '../world/shop.ts';
import { loadScorer } from './load-scorer.ts';
import { modelVersions } from './model-versions.ts';
import { NodeReplays } from './node-replays.ts';
import { openNode } from './open-node.ts';

const START_AT = Date.UTC(2026, 2, 2, 6);
const shipped = modelVersions('models', 'attune-heads')[0]?.version;

let scratch: ReturnType<typeof scratchDirectory>;
let said: string[];
let observer: Observer;

beforeEach(() => {
  scratch = scratchDirectory();
  said = [];
  observer = {
    count: () => {},
    gauge: () => {},
    time: () => {},
    fault: (sentence, cause) =>
      void said.push(cause instanceof Error ? `${sentence}: ${cause.message}` : sentence),
    info: () => {},
  };
});
afterEach(() => scratch.remove());

function settings(changes: Partial<ServeSettings> = {}): ServeSettings {
  const read = readOptions(SERVE_OPTIONS, { flags: { shards: '2' }, env: {} });
  if (!read.ok) throw new Error(read.error.join('\n'));
  // A machine that stalls for 20 ms must not decide what is tested here.
  return { ...read.value, dir: join(scratch.path, 'data'), scorerTimeout: 60_000, ...changes };
}

/** A day of a small shop in the data directory; returns the decisions that scored something. */
async function liveADay(
  options: {
    readonly scorer?: Scorer;
    readonly settings?: Partial<ServeSettings>;
    readonly startAt?: number;
  } = {},
): Promise<DecisionFact[]> {
  const { startAt = START_AT } = options;
  const clock = new VirtualClock(startAt);
  const parts = { observer, clock, seed: 3, beatMs: 600_000 };
  const node = await openNode(
    settings(options.settings),
    options.scorer === undefined ? parts : { ...parts, scorer: options.scorer },
  );
  const decided: DecisionFact[] = [];
  node.gateway.tail(({ fact }) => {
    if (fact.kind === 'decision' && fact.record.scoreRows > 0) decided.push(structuredClone({ ...fact }));
  });
  const closesAt = startAt + DAY_MS;
  const shop = createShop({ seed: 6, customers: 60, startAt, outreachPerDay: 2 });
  await driveShop({ node, shop, clock, closesAt, until: closesAt });
  await node.close();
  expect(decided.length).toBeGreaterThan(10);
  return decided;
}

async function shippedScorer(): Promise<Scorer> {
  const kept = {
    put: async () => {},
    use: async () => {},
    current: async () => '',
    get: async () => undefined,
  };
  return loadScorer(settings(), { ...kept, versions: async () => [], close: async () => {} }, observer);
}

/** The shipped model, but for its runs. */
async function spoilt(run: (inner: Scorer, rows: Float32Array, count: number) => Promise<Float32Array>) {
  const inner = await shippedScorer();
  return {
    info: inner.info,
    run: (rows: Float32Array, count: number) => run(inner, rows, count),
    close: () => inner.close(),
  };
}

test('what the shipped model decided is derived again from the data directory alone, its logits bit for bit', async () => {
  const decided = await liveADay();
  for (const fact of decided) expect(fact).toMatchObject({ model: shipped, fallback: false });
  expect(new Set(decided.map(({ record }) => record.logits[0])).size).toBeGreaterThan(5);
  const verified = await verifyDirectory(settings().dir);
  expect(verified.differences).toEqual([]);
  expect(verified.rescored).toBe(decided.length);
  expect(said).toEqual([]);
});

test('a decision replays without the folder of models, by the edition that the data directory keeps', async () => {
  const [decision] = await liveADay();
  const clock = new VirtualClock(START_AT + 2 * DAY_MS);
  const node = await openNode(settings({ modelsDir: join(scratch.path, 'gone') }), { observer, clock });
  expect(node.engine.runtime.scorer.info.version).toBe(shipped);
  const history = await node.gateway.history(
    { customerId: decision?.customer ?? '' },
    START_AT,
    clock.now(),
    1_000,
  );
  const scored = (history.kind === 'refused' ? [] : history.committed).flatMap(({ place, fact }) =>
    fact.kind === 'decision' && fact.record.scoreRows > 0 ? [{ place, fact }] : [],
  );
  const [first] = scored;
  if (first === undefined) throw new Error('there is no decision');
  expect(first.fact.model).toBe(shipped);
  const replays = new NodeReplays(node);
  expect(await replays.replay(first.place, first.fact)).toEqual({ identical: true, note: '' });
  const shard = node.engine.shards[first.place.shard];
  Object.defineProperty(shard, 'revisions', { value: [{ revision: 99, from: 1 }], configurable: true });
  expect(await replays.replay(first.place, first.fact)).toEqual({
    identical: undefined,
    note: 'Its shard worked under core revision 99, which this version does not carry.',
  });
  Reflect.deleteProperty(shard as object, 'revisions');
  first.fact.record.logits[0] = 7;
  expect(await replays.replay(first.place, first.fact)).toMatchObject({ identical: false });
  await node.close();
});

test('logits that are not the model’s are found, even where they changed no choice', async () => {
  // The first day keeps the model among the editions.
  const before = await liveADay();
  let odd = 0;
  const scorer = await spoilt(async (inner, rows, count) => {
    const logits = await inner.run(rows, count);
    odd += count;
    return logits.map((logit, i) => (i % 3 === 2 ? Math.fround(logit + 2 ** -20) : logit));
  });
  const after = await liveADay({ scorer, startAt: START_AT + 3 * DAY_MS });
  const verified = await verifyDirectory(settings().dir);
  expect(odd).toBeGreaterThan(0);
  expect(verified.rescored).toBe(before.length + after.length);
  expect(verified.different).toBe(after.length);
  expect(verified.differences[0]).toMatch(
    new RegExp(`: model ${shipped} run again on its features gives other logits \\(unsubscribe on \\w+: `),
  );
  await scorer.close();
});

test.each([
  [
    'fails',
    () => Promise.reject(new PortError('unavailable', 'out of memory')),
    /base rates are used: out of memory$/,
  ],
  [
    'gives too little',
    async () => new Float32Array(1),
    /base rates are used: it returned 1 values for \d+ rows$/,
  ],
])(
  'a scorer that %s costs no decision: the card’s base rates answer, and the record says so',
  async (_, run, sentence) => {
    const scorer = await spoilt(run);
    const { fallbackLogits } = scorer.info;
    const decided = await liveADay({ scorer });
    for (const { model, fallback, record } of decided) {
      expect([model, fallback]).toEqual([shipped, true]);
      const rates = [...record.scoreChannel].flatMap((channel) => [
        ...fallbackLogits.subarray(channel * 3, channel * 3 + 3),
      ]);
      expect([...record.logits]).toEqual(rates);
    }
    expect(new Set(decided.flatMap(({ record }) => [...record.scoreChannel])).size).toBeGreaterThan(1);
    expect(said.length).toBeGreaterThan(0);
    for (const each of said) expect(each).toMatch(sentence);
    await scorer.close();
  },
);

test('a run that does not end is given up after the scorer’s time', async () => {
  const clock = new VirtualClock(START_AT);
  const inner = await shippedScorer();
  // Its time passes as soon as it is asked.
  const run = () => {
    setImmediate(() => clock.advanceTo(clock.now() + 21));
    return new Promise<Float32Array>(() => {});
  };
  const scorer = { info: inner.info, run, close: async () => {} };
  const node = await openNode(settings({ scorerTimeout: 20 }), {
    observer,
    clock,
    scorer,
    seed: 3,
    beatMs: DAY_MS,
  });
  const fallbacks: boolean[] = [];
  node.gateway.tail(
    ({ fact }) => fact.kind === 'decision' && fact.record.scoreRows > 0 && fallbacks.push(fact.fallback),
  );
  const shop = createShop({ seed: 6, customers: 60, startAt: START_AT, outreachPerDay: 2 });
  const closesAt = START_AT + DAY_MS / 4;
  await driveShop({ node, shop, clock, closesAt, until: closesAt });
  expect(fallbacks.length).toBeGreaterThan(0);
  expect(fallbacks.every(Boolean)).toBe(true);
  // Lateness is counted, not told.
  expect(said).toEqual([]);
  await node.close();
  await inner.close();
});

test('a model that cannot be loaded costs no decision: base rates stand in, said at the start and in the record', async () => {
  const folder = join(scratch.path, 'models', 'attune-heads', '1-broken');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'card.json'), '{}');
  writeFileSync(join(folder, 'model.onnx'), 'no model');
  const decided = await liveADay({ settings: { modelsDir: join(scratch.path, 'models') } });
  expect(said.at(-1)).toBe(`the model in ${folder} is refused; base rates score in its place`);
  expect(said.length).toBeGreaterThan(5);
  for (const fact of decided) expect(fact).toMatchObject({ model: 'base-rates', fallback: true });
  const verified = await verifyDirectory(settings().dir);
  expect(verified).toMatchObject({ different: 0, rescored: decided.length });
});
