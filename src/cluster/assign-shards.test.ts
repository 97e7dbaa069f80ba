import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ShardMap } from '../port/membership.ts';
import { type AssignedNode, assignShards, HANDOFFS_MAX } from './assign-shards.ts';

const SHARDS = 64;
const nodes = (...ids: string[]): AssignedNode[] => ids.map((id) => ({ id, isDraining: false }));

/** Until nothing is to change, with every handoff done at once; how many shards moved. */
function settle(
  start: ShardMap | undefined,
  living: readonly AssignedNode[],
): { map: ShardMap; moves: number } {
  let map = start;
  let moves = 0;
  for (let step = 0; step < 200; step++) {
    const next = assignShards(map, SHARDS, living) as ShardMap;
    if (next === map) return { map: next, moves };
    expect(Object.keys(next.handoffs).length).toBeLessThanOrEqual(HANDOFFS_MAX);
    moves += next.owners.filter((owner, shard) => owner !== map?.owners[shard]).length;
    moves += Object.keys(next.handoffs).length;
    const owners = next.owners.map((owner, shard) => next.handoffs[shard] ?? owner);
    map = { owners, handoffs: {} };
  }
  throw new Error('it never settles');
}

function counts({ owners }: ShardMap): number[] {
  const found = new Map<string, number>();
  for (const owner of owners) found.set(owner, (found.get(owner) ?? 0) + 1);
  return [...found.values()].sort((a, b) => a - b);
}

test('the first node has all; a second and a third one get their part by handoffs', () => {
  const one = settle(undefined, nodes('a'));
  expect(counts(one.map)).toEqual([SHARDS]);
  const two = settle(one.map, nodes('a', 'b'));
  expect([counts(two.map), two.moves]).toEqual([[32, 32], 32]);
  const three = settle(two.map, nodes('a', 'b', 'c'));
  expect([counts(three.map), three.moves]).toEqual([[21, 21, 22], 21]);
});

test('only what a dead node had moves, and at once', () => {
  const { map } = settle(undefined, nodes('a', 'b', 'c'));
  const next = assignShards(map, SHARDS, nodes('a', 'c')) as ShardMap;
  expect(next.owners.every((owner, shard) => owner === map.owners[shard] || map.owners[shard] === 'b')).toBe(
    true,
  );
  expect(next.owners.includes('b')).toBe(false);
  expect([next.handoffs, counts(next)]).toEqual([{}, [32, 32]]);
});

test('a node that drains gives all away, and keeps it where nobody else is', () => {
  const { map } = settle(undefined, nodes('a', 'b'));
  const draining = [{ id: 'a', isDraining: true }, ...nodes('b')];
  expect(counts(settle(map, draining).map)).toEqual([SHARDS]);
  const alone = settle(undefined, nodes('a')).map;
  expect(assignShards(alone, SHARDS, [{ id: 'a', isDraining: true }])).toBe(alone);
  expect(assignShards(undefined, SHARDS, [])).toBeUndefined();
});

test('a handoff goes on where its taker lives, is taken back where it died, and is the taker’s where its owner died', () => {
  const owners = Array.from({ length: SHARDS }, (_, shard) => (shard < 33 ? 'a' : 'b'));
  const map = { owners, handoffs: { 0: 'b' } };
  expect(assignShards(map, SHARDS, nodes('a', 'b'))?.handoffs).toEqual({ 0: 'b' });
  expect(assignShards({ ...map, handoffs: { 0: 'c' } }, SHARDS, nodes('a', 'b'))?.handoffs).not.toMatchObject(
    { 0: 'c' },
  );
  const died = assignShards({ ...map, handoffs: { 0: 'c' } }, SHARDS, nodes('b', 'c')) as ShardMap;
  expect(died.owners[0]).toBe('c');
});

test('whatever happens, every shard has a living owner, no node more than one shard more than another, and a plan is stable', () => {
  fc.assert(
    fc.property(
      fc.array(fc.subarray(['a', 'b', 'c', 'd', 'e', 'f'], { minLength: 1 }), { minLength: 1, maxLength: 6 }),
      (lives) => {
        let map: ShardMap | undefined;
        for (const ids of lives) {
          const before = map;
          const settled = settle(map, nodes(...ids));
          map = settled.map;
          expect(map.owners.every((owner) => ids.includes(owner))).toBe(true);
          const found = counts(map);
          expect(
            (found.at(-1) as number) - (found.length < ids.length ? 0 : (found[0] as number)),
          ).toBeLessThanOrEqual(1);
          if (before === undefined) continue;
          // No more moves than the dead and the balance ask for.
          const orphans = before.owners.filter((owner) => !ids.includes(owner)).length;
          const newcomers = ids.filter((one) => !before.owners.includes(one)).length;
          const share = Math.ceil(SHARDS / ids.length);
          expect(settled.moves).toBeLessThanOrEqual(orphans + newcomers * share + ids.length);
        }
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test('a drained node gives all away and takes nothing, and serves again where nobody else is left', () => {
  const { map } = settle(undefined, nodes('a', 'b', 'c'));
  const word = { by: 'anna', why: '', since: 1 };
  const drained = settleKeeping({ ...map, drained: { b: word } }, nodes('a', 'b', 'c'));
  expect([counts(drained), drained.owners.includes('b'), drained.drained]).toEqual([
    [32, 32],
    false,
    { b: word },
  ]);
  const alone = assignShards(drained, SHARDS, nodes('b')) as ShardMap;
  expect(counts(alone)).toEqual([SHARDS]);
  const ending = [{ id: 'a', isDraining: true }, ...nodes('b')];
  expect(settleKeeping(drained, ending).owners.includes('a')).toBe(false);
});

/** As `settle`, with what else stands in the map. */
function settleKeeping(start: ShardMap, living: readonly AssignedNode[]): ShardMap {
  let map = start;
  for (let step = 0; step < 200; step++) {
    const next = assignShards(map, SHARDS, living) as ShardMap;
    if (next === map) return next;
    map = { ...next, owners: next.owners.map((owner, n) => next.handoffs[n] ?? owner), handoffs: {} };
  }
  throw new Error('it never settles');
}
