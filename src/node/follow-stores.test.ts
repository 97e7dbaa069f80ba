/** Nodes that follow the same stores, over the memory adapters and a clock that the test turns. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MemoryCatalogLog } from '../adapter/memory/memory-catalog-log.ts';
import { emptyEditions, MemoryEditions } from '../adapter/memory/memory-editions.ts';
import { MemoryErasures } from '../adapter/memory/memory-erasures.ts';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../adapter/onnx/base-rate-scorer.ts';
import { KNOWN_KEYS } from '../adapter/system/known-keys.ts';
import { INTERVALS } from '../config/limits.ts';
import type { Pauses } from '../core/pause/pause.ts';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import type { Editions } from '../port/editions.ts';
import type { Erasure } from '../port/erasures.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import { ErasureBook } from '../runtime/erasure/erasure-book.ts';
import { SharedCatalog } from '../runtime/shared-catalog.ts';
import { EditionModels } from './edition-models.ts';
import { EditionPauses } from './edition-pauses.ts';
import { EditionPolicies } from './edition-policies.ts';
import { followStores } from './follow-stores.ts';
import { quietObserver } from './quiet-observer.ts';

const STARTER = join(import.meta.dirname, '../../policies/starter');
const FILES = new Map(
  readdirSync(STARTER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(STARTER, name), 'utf8')]),
);

/** The starter policy under another name. */
function named(name: string): PolicyFiles {
  const own = (FILES.get('policy.yaml') ?? '').replace(/^name:.*$/m, `name: ${name}`);
  return new Map([...FILES, ['policy.yaml', own]]);
}

const DEPLOYMENT = () => ({
  editions: emptyEditions(),
  catalog: [] as Uint8Array[],
  erasures: new Map<string, Erasure>(),
});

interface Weather {
  /** The stores answer nothing. */
  isAway: boolean;
  /** It has no edition yet. */
  isLagging?: boolean;
  /** Nobody is woken. */
  isDeaf: boolean;
  /** Which version is in force is read and answered only then. */
  answer?: Promise<void> | undefined;
  /** Happens once, while versions are listed. */
  meanwhile?: (() => Promise<unknown>) | undefined;
}

/** A store of editions as one node reaches it. */
function reached(editions: Editions, weather: Weather): Editions {
  const asked = <T>(ask: () => Promise<T>): Promise<T> =>
    weather.isAway ? Promise.reject(new PortError('unavailable', 'the store is away')) : ask();
  return {
    put: (edition) => asked(() => editions.put(edition)),
    get: (kind, version) => asked(async () => (weather.isLagging ? undefined : editions.get(kind, version))),
    current: (kind) =>
      asked(async () => {
        const { answer } = weather;
        const version = await editions.current(kind);
        await answer;
        return version;
      }),
    use: (kind, version, expected) => asked(() => editions.use(kind, version, expected)),
    versions: (kind, limit) =>
      asked(async () => {
        const { meanwhile } = weather;
        weather.meanwhile = undefined;
        await meanwhile?.();
        return editions.versions(kind, limit);
      }),
    follow: (changed) => editions.follow?.(() => weather.isDeaf || changed()) ?? (() => {}),
    close: async () => {},
  };
}

function node(deployment: ReturnType<typeof DEPLOYMENT>, clock = new VirtualClock(1_000_000)) {
  const weather: Weather = { isAway: false, isDeaf: false };
  const now = (): number => clock.now();
  const editions = reached(new MemoryEditions({ storage: deployment.editions, now }), weather);
  const adopted: string[] = [];
  const paused: Pauses[] = [];
  const told: string[] = [];
  const observer: Observer = {
    ...quietObserver,
    fault: (sentence) => void told.push(`fault: ${sentence}`),
    info: (sentence) => void told.push(sentence),
  };
  const policies = new EditionPolicies(editions, ({ version }) => void adopted.push(version));
  const pauses = new EditionPauses(editions, now, (one) => void paused.push(one));
  const catalog = new SharedCatalog(new MemoryCatalogLog({ storage: deployment.catalog }));
  const erasures = new ErasureBook(new MemoryErasures(deployment.erasures), KNOWN_KEYS);
  const models = new EditionModels({
    ...{ editions, scorer: new BaseRateScorer(), isGiven: false },
    adopt: ({ info }) => void adopted.push(info.version),
  });
  const followed = followStores({
    ...{ isShared: true, editions, policies, models, consent: undefined, pauses },
    catalog,
    erasures,
    clock,
    observer,
  });
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return {
    ...{
      policies,
      models,
      pauses,
      catalog,
      erasures,
      followed,
      adopted,
      paused,
      told,
      weather,
      clock,
      editions,
    },
    /** Turns the clock by so much, in steps that let looks come to their end. */
    async pass(ms: number): Promise<void> {
      await settle();
      for (const end = clock.now() + ms; clock.now() < end; await settle())
        clock.advanceTo(Math.min(end, clock.now() + 10));
    },
  };
}

async function applied(policies: EditionPolicies, name: string, expected?: string): Promise<string> {
  const taken = await policies.apply(named(name), expected);
  return taken.kind === 'taken' ? taken.version : taken.kind;
}

test('what is applied at one node is in force at the other, woken at once and by time alone within a second', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  const first = await applied(a.policies, 'first');
  await b.pass(INTERVALS.followWakeMs + 10);
  expect(b.adopted).toEqual([first]);
  b.weather.isDeaf = true;
  const second = await applied(a.policies, 'second');
  await b.pass(INTERVALS.followWakeMs + 10);
  expect(b.policies.current?.version).toBe(first);
  await b.pass(INTERVALS.followEveryMs);
  expect(b.policies.current?.version).toBe(second);
  expect(b.told.at(-1)).toMatch(
    /^policy second@\w+ is in force \(before: first@\w+\), as another node took it/,
  );
  // A node hears of what it did itself, and takes nothing anew.
  await a.pass(2_000);
  expect(a.adopted).toEqual([first, second]);
});

test('of two who apply at once on what they know the second is told what is in force, and both nodes end with one policy', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  const known = await applied(a.policies, 'first');
  await b.pass(1_000);
  const outcomes = await Promise.all([
    a.policies.apply(named('left'), known),
    b.policies.apply(named('right'), known),
  ]);
  expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['conflict', 'taken']);
  const winner = outcomes.find((one) => one.kind === 'taken')?.version;
  expect(outcomes.find((one) => one.kind === 'conflict')).toMatchObject({ inForce: winner });
  await Promise.all([a.pass(1_000), b.pass(1_000)]);
  expect([a.policies.current?.version, b.policies.current?.version]).toEqual([winner, winner]);
});

test('a look that began before does not take back what the node puts in force itself', async () => {
  const deployment = DEPLOYMENT();
  const a = node(deployment);
  const first = await applied(a.policies, 'first');
  let release = (): void => {};
  a.weather.answer = new Promise<void>((resolve) => {
    release = resolve;
  });
  const looking = a.policies.takeIn();
  await a.pass(0);
  a.weather.answer = undefined;
  const applying = applied(a.policies, 'second');
  await a.pass(100);
  release();
  const second = await applying;
  await looking;
  expect([a.adopted, a.policies.current?.version]).toEqual([[first, second], second]);
});

test('who goes back to the policy before takes back none that came meanwhile', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  await applied(a.policies, 'first');
  await applied(a.policies, 'second');
  a.weather.meanwhile = () => applied(b.policies, 'third');
  const outcome = await a.policies.rollback(undefined);
  expect(outcome).toEqual({ kind: 'conflict', inForce: b.policies.current?.version });
  expect(b.policies.current?.version).toMatch(/^third@/);
});

test('what was written before a call to catch up is known when it resolves, also where a look was under way', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  const first = await applied(a.policies, 'first');
  await b.followed.catchUp();
  expect(b.policies.current?.version).toBe(first);
  let release = (): void => {};
  b.weather.answer = new Promise<void>((resolve) => {
    release = resolve;
  });
  const early = b.followed.catchUp();
  await b.pass(0);
  b.weather.answer = undefined;
  const second = await applied(a.policies, 'second');
  const late = [b.followed.catchUp(), b.followed.catchUp()];
  release();
  await Promise.all([early, ...late]);
  expect([b.adopted, b.clock.now()]).toEqual([[first, second], 1_000_000]);
  // One that does not answer keeps nobody waiting.
  b.weather.isAway = true;
  await b.followed.catchUp();
  expect(b.told.some((line) => line.startsWith('fault'))).toBe(true);
});

test('a policy that this node cannot read changes nothing, is told once and seen in its health, until another one is in force', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  const first = await applied(a.policies, 'first');
  await b.pass(1_000);
  const later = {
    kind: 'policy',
    version: 'later@1',
    sha256: 'f'.repeat(64),
    bytes: Uint8Array.of(9),
  } as const;
  await a.editions.put(later);
  await a.editions.use('policy', later.version, first);
  await b.pass(3_000);
  expect(b.policies.current?.version).toBe(first);
  const sentence = `policy later@1 is in force at other nodes, and this one cannot read it: it decides by ${first} until it is of the version of the others`;
  expect(b.followed.reasons()).toEqual([{ code: 'policy_unread', message: sentence }]);
  expect(b.told.filter((line) => line.startsWith('fault'))).toEqual([`fault: ${sentence}`]);
  const third = await applied(a.policies, 'third');
  await b.pass(1_000);
  expect([b.policies.current?.version, b.followed.reasons()]).toEqual([third, []]);
});

test('a model that is in force and that this node cannot open leaves what scores, is told once and seen in its health', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  await a.editions.put({ kind: 'model', version: '9-later', sha256: '', bytes: Uint8Array.of(0xa5, 9) });
  await a.editions.use('model', '9-later', '');
  await b.pass(3_000);
  const sentence = 'model 9-later is in force, and this node cannot run it: base-rates scores here';
  expect(b.followed.reasons()).toEqual([{ code: 'model_unread', message: sentence }]);
  expect(b.told).toEqual([`fault: ${sentence}`]);
  expect(b.models.scoring).toBe('base-rates');
});

test('a policy that a lagging store does not have yet is asked for again', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  const first = await applied(a.policies, 'first');
  b.weather.isLagging = true;
  await b.pass(1_000);
  expect([b.adopted, b.policies.unread]).toEqual([[], '']);
  expect(b.told).toEqual([
    expect.stringMatching(/^fault: policy: what other nodes changed could not be read/),
  ]);
  b.weather.isLagging = false;
  await b.pass(1_000);
  expect(b.adopted).toEqual([first]);
});

test('pauses, products and erasures of one node are known to the other within a second', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  await a.pauses.pause({ scope: 'channel', name: 'email' }, { by: 'anna', why: '', pending: 'wait' });
  const coat = { productId: 'coat-1', title: 'Coat', category: 'coats', brand: 'Nord', price: 10 };
  const rest = { margin: undefined, url: undefined, image: undefined, variants: [], substitutes: [] };
  await a.catalog.upsert([{ ...coat, ...rest }]);
  const id = 'AAAAAAAAAAAAAAAAAAAAAA';
  const actors = [{ hash: a.erasures.hashOf(id), id, shard: 0, generation: 1, seq: 3 }];
  await a.erasures.save({ receipt: 'r', caseId: '', at: 5, completeBy: 9, actors, untold: [], doneAt: 0 });
  await b.pass(1_000);
  expect(b.paused).toEqual([a.pauses.current]);
  expect(b.catalog.view.get('coat-1')?.price).toBe(10);
  expect([b.erasures.covers(id, 1, 3), b.erasures.covers(id, 1, 4)]).toEqual([true, false]);
});

test('a store that is away is told once, its age grows and degrades the node, and what was missed is there when it is back', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  const age = (): number => Math.max(...b.followed.ages().map(({ ms }) => ms));
  await b.pass(3_000);
  expect(age()).toBeLessThanOrEqual(INTERVALS.followEveryMs + 10);
  b.weather.isAway = true;
  const missed = await applied(a.policies, 'missed');
  await b.pass(INTERVALS.followStaleMs);
  expect(b.followed.reasons()).toEqual([]);
  await b.pass(1_000);
  expect(b.followed.reasons()).toEqual([
    {
      code: 'shared_stale',
      message: 'what other nodes changed has not been read for 6 s: policy, model, pauses',
    },
  ]);
  expect(b.told.toSorted()).toEqual(
    ['model', 'pauses', 'policy'].map(
      (name) => `fault: ${name}: what other nodes changed could not be read; it is tried again every 0.5 s`,
    ),
  );
  b.weather.isAway = false;
  await b.pass(1_000);
  expect(b.policies.current?.version).toBe(missed);
  expect(b.followed.reasons()).toEqual([]);
  expect(b.told).toContain('pauses: what other nodes changed is read again');
  expect(age()).toBeLessThanOrEqual(INTERVALS.followEveryMs + 10);
});

test('a node that stopped looks no more', async () => {
  const deployment = DEPLOYMENT();
  const [a, b] = [node(deployment), node(deployment)];
  await b.pass(1_000);
  await b.followed.stop();
  expect(b.clock.next).toBeUndefined();
  await applied(a.policies, 'first');
  await b.pass(2_000);
  await b.followed.catchUp();
  expect([b.adopted, b.clock.next]).toEqual([[], undefined]);
});

test('stores of one process are not followed', () => {
  const { policies, models, pauses, catalog, erasures, editions } = node(DEPLOYMENT());
  const clock = new VirtualClock(0);
  const followed = followStores({
    isShared: false,
    editions,
    policies,
    models,
    consent: undefined,
    pauses,
    catalog,
    erasures,
    clock,
    observer: quietObserver,
  });
  expect([clock.next, followed.ages(), followed.reasons()]).toEqual([undefined, [], []]);
});
