import { expect, test } from 'vitest';
import { emptyEditions, MemoryEditions } from '../adapter/memory/memory-editions.ts';
import { LIMITS } from '../config/limits.ts';
import type { Pauses, PauseTarget } from '../core/pause/pause.ts';
import { PortError } from '../port/port-error.ts';
import { EditionPauses } from './edition-pauses.ts';

const email: PauseTarget = { scope: 'channel', name: 'email' };
const outbound: PauseTarget = { scope: 'outbound', name: '' };
const anna = { by: 'anna', why: 'broken template', pending: 'withdraw' } as const;

let now = 0;

async function opened(storage = emptyEditions()) {
  const adopted: Pauses[] = [];
  const editions = new MemoryEditions({ storage, now: () => now });
  const pauses = new EditionPauses(
    editions,
    () => ++now,
    (one) => void adopted.push(one),
  );
  await pauses.load();
  return { storage, pauses, adopted };
}

test('what is paused is in force at once and after a restart, with who did it, when and why', async () => {
  now = 1_000;
  const first = await opened();
  expect(first.pauses.current).toEqual({ version: '', sha256: '', list: [] });
  await first.pauses.pause(email, anna);
  await first.pauses.pause(outbound, { by: 'ben', why: 'the shop is down', pending: 'wait' });
  await first.pauses.resume(outbound, { by: 'carl', why: '' });
  expect(first.adopted).toHaveLength(3);
  const again = await opened(first.storage);
  expect(again.adopted).toEqual([first.pauses.current]);
  expect(again.pauses.current.version).toMatch(/^3@[0-9a-f]{12}$/);
  expect(again.pauses.current.list).toEqual([{ ...email, ...anna, since: 1_001 }]);
  expect(await again.pauses.history(10)).toEqual([
    { ...outbound, by: 'carl', why: '', pending: 'wait', since: 1_003, isResumed: true },
    { ...outbound, by: 'ben', why: 'the shop is down', pending: 'wait', since: 1_002, isResumed: false },
    { ...email, ...anna, since: 1_001, isResumed: false },
  ]);
  expect(await again.pauses.history(1)).toHaveLength(1);
});

test('the same words again change nothing, other words pause anew, and what is not paused cannot be resumed', async () => {
  const { pauses, adopted } = await opened();
  expect(await pauses.resume(email, { by: 'anna', why: '' })).toEqual({ kind: 'unchanged' });
  expect((await pauses.pause(email, anna)).kind).toBe('changed');
  expect(await pauses.pause(email, anna)).toEqual({ kind: 'unchanged' });
  expect((await pauses.pause(email, { ...anna, pending: 'wait' })).kind).toBe('changed');
  expect(pauses.current.list.map(({ pending }) => pending)).toEqual(['wait']);
  expect(adopted).toHaveLength(2);
});

test('calls at once are taken one after the other', async () => {
  const { pauses } = await opened();
  const names = ['a', 'b', 'c', 'd'];
  await Promise.all(names.map((name) => pauses.pause({ scope: 'action', name }, anna)));
  expect(pauses.current.list.map(({ name }) => name)).toEqual(names);
  expect(await pauses.history(10)).toHaveLength(4);
});

test('so many things are paused at once, and one more is refused', async () => {
  const { pauses } = await opened();
  for (let n = 0; n < LIMITS.pausesMax; n++) await pauses.pause({ scope: 'action', name: `a${n}` }, anna);
  expect(await pauses.pause(email, anna)).toEqual({ kind: 'full', max: LIMITS.pausesMax });
  expect((await pauses.pause({ scope: 'action', name: 'a0' }, { ...anna, by: 'ben' })).kind).toBe('changed');
  await pauses.resume({ scope: 'action', name: 'a1' }, anna);
  expect((await pauses.pause(email, anna)).kind).toBe('changed');
});

test('nodes that pause at once each have what the other one said, in one history', async () => {
  const { storage, pauses: one } = await opened();
  const { pauses: two, adopted } = await opened(storage);
  const names = Array.from({ length: 12 }, (_, n) => `a${n}`);
  await Promise.all(names.map((name, n) => (n % 2 === 0 ? one : two).pause({ scope: 'action', name }, anna)));
  await Promise.all([one.load(), two.load()]);
  expect(one.current.list.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  expect(two.current).toEqual(one.current);
  expect(await two.history(20)).toHaveLength(names.length);
  expect(adopted.at(-1)).toEqual(one.current);
});

test('what stands so already is said of what another node left, not of what was before', async () => {
  const { storage, pauses: one } = await opened();
  await one.pause(email, anna);
  const { pauses: two } = await opened(storage);
  await one.resume(email, anna);
  expect((await two.pause(email, anna)).kind).toBe('changed');
  expect(await one.pause(email, anna)).toEqual({ kind: 'unchanged' });
});

test('a change that others come before again and again is given up', async () => {
  const { storage } = await opened();
  const editions = new MemoryEditions({ storage, now: () => now });
  let tries = 0;
  const pauses = new EditionPauses(
    {
      put: (edition) => editions.put(edition),
      get: (kind, version) => editions.get(kind, version),
      current: (kind) => editions.current(kind),
      versions: (kind) => editions.versions(kind),
      close: () => editions.close(),
      use: () => {
        tries++;
        return Promise.reject(new PortError('conflict', 'another one came first'));
      },
    },
    () => ++now,
    () => {},
  );
  await expect(pauses.pause(email, anna)).rejects.toMatchObject({ kind: 'conflict' });
  expect(tries).toBe(LIMITS.sharedChangeTriesMax);
});
