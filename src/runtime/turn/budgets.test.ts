import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { REASONS } from '../../core/reason.ts';
import { decideInput, emptyStores, startNode, TUESDAY } from '../engine.fixture.ts';
import { budgetedShop, customer, factsOf, offerAll, PER_DAY, reservedOn } from './budgets.fixture.ts';

const SHARDS = { shards: 64 };

const names = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `c${from + i}`);

test('over all 64 shards a day gives away its budget and no more, however many ask at once, and across restarts', async () => {
  const stores = emptyStores();
  const policy = budgetedShop();
  let node = await startNode(stores, { bounds: SHARDS, policy });
  await offerAll(node, names(0, 400), 'first', 400);
  const first = reservedOn(stores, TUESDAY);
  expect(first.sum).toBeLessThanOrEqual(PER_DAY);
  await node.engine.stop();
  // From its checkpoints; then, from the log alone, after a kill.
  for (const [at, saved] of [
    [1_000, true],
    [2_000, false],
  ] as const) {
    if (!saved) stores.snapshots.clear();
    node = await startNode(stores, { bounds: SHARDS, policy, now: TUESDAY + at });
    await offerAll(node, names(at, 100), 'again', 4);
    await node.advanceTo(TUESDAY + at + 10);
    expect(node.faults).toEqual([]);
  }
  const day = reservedOn(stores, TUESDAY);
  expect(day.sum).toBeLessThanOrEqual(PER_DAY);
  // Full but for less than the smallest code.
  expect(day.sum).toBeGreaterThan(PER_DAY - 8.002);
  const removed = factsOf(stores).filter(
    (fact) =>
      fact.kind === 'decision' &&
      fact.record.columns.reason.some((code) => REASONS[code] === 'BUDGET_EXHAUSTED'),
  );
  expect(removed.length).toBeGreaterThan(100);

  // At midnight in the shop's zone the day is another one.
  await node.advanceTo(TUESDAY + 24 * HOUR_MS);
  await offerAll(node, names(5_000, 100), 'tomorrow', 10);
  const next = reservedOn(stores, TUESDAY + DAY_MS);
  expect(next.offers).toBeGreaterThan(0);
  expect(next.sum).toBeLessThanOrEqual(PER_DAY);
  await node.engine.stop();
});

test('while a shard recovers what it drew still counts, and once it is lost it does not', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds: SHARDS, policy: budgetedShop() });
  await offerAll(node, names(0, 200), 'first', 4);
  const full = reservedOn(stores, TUESDAY);
  const drawing = node.engine.shards.filter((shard) => shard.budgets.state.days.length > 0);
  expect(drawing.length).toBeGreaterThan(3);
  const recovered = Promise.all(drawing.map((shard) => shard.startOver()));
  const counted = () =>
    node.engine.shards
      .flatMap((shard) => shard.budgets.state.days)
      .reduce((sum, { drawn }) => sum + drawn, 0);
  expect(drawing.every((shard) => shard.phase !== 'idle')).toBe(true);
  expect(counted() / 1e6).toBeCloseTo(full.sum, 6);
  await recovered;
  expect(counted() / 1e6).toBeCloseTo(full.sum, 6);
  for (const shard of drawing) shard.lose('test');
  expect(counted()).toBe(0);
});

test('a dry run takes nothing from a budget', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds: SHARDS, policy: budgetedShop() });
  await offerAll(node, ['anna'], 'first', 1);
  const before = structuredClone(node.engine.shards.flatMap((shard) => shard.budgets.state.days));
  for (let i = 0; i < 40; i++)
    await node.decide(
      decideInput(`dry-${i}`, { ...customer(`dry-${i}`), placements: [], dispatch: true, dryRun: true }),
    );
  expect(node.engine.shards.flatMap((shard) => shard.budgets.state.days)).toEqual(before);
  await node.engine.stop();
});
