import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import type { Fact } from '../../core/fact/fact.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { REASONS } from '../../core/reason.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { strictShopFiles } from '../../proof/oracle/strict-shop.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  type Stores,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

const PER_DAY = 100;
const SHARDS = { shards: 64 };

/** Codes for whoever agrees: 8.00 or 12.00 of an order of 80, and 0.001 for the message. */
function shop(): Policy {
  const files = strictShopFiles({ budgetPerDay: PER_DAY });
  // Nothing else is worth saying.
  const actions = files.get('actions/all.yaml')?.replace('engagement_value: 20', 'engagement_value: 0');
  const parsed = parsePolicy(new Map([...files, ['actions/all.yaml', actions ?? '']]), {
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    zoneExists: () => true,
    localeExists: () => true,
  });
  if (!parsed.ok) throw new Error(parsed.faults.map((fault) => fault.message).join('\n'));
  return parsed.policy;
}

const customer = (name: string) => ({ identifiers: [{ kind: 'loyalty', value: name }] });

/** Everybody agrees to e-mail and is offered what there is, so many at once. */
async function offerAll(
  node: Node,
  names: readonly string[],
  request: string,
  atOnce: number,
): Promise<void> {
  const said = { properties: { channel: 'email', purpose: 'marketing', granted: true, confirmed: true } };
  const at = node.clock.now();
  await Promise.all(
    names.map((name) => node.publish(event('Consent Updated', at, { ...customer(name), ...said }))),
  );
  const ask = (name: string) =>
    node.decide(decideInput(`${request}-${name}`, { ...customer(name), placements: [], dispatch: true }));
  for (let from = 0; from < names.length; from += atOnce)
    await Promise.all(names.slice(from, from + atOnce).map(ask));
}

function factsOf(stores: Stores): Fact[] {
  const facts: Fact[] = [];
  for (const shard of stores.log.values())
    for (const bytes of shard.records) facts.push(...decodeRecord(bytes).facts);
  return facts;
}

/** What decisions of the log reserve on a day, in currency, and how many of them. */
function reservedOn(stores: Stores, at: number): { readonly sum: number; readonly offers: number } {
  const day = Math.floor(at / DAY_MS);
  const reserved = factsOf(stores)
    .flatMap((fact) => (fact.kind === 'decision' ? fact.choices : []))
    .flatMap((choice) => choice.offer?.reserved ?? [])
    .filter((entry) => entry.day === day);
  return {
    sum: reserved.reduce((sum, { discount, message }) => sum + discount + message, 0) / 1e6,
    offers: reserved.length,
  };
}

const names = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `c${from + i}`);

test('over all 64 shards a day gives away its budget and no more, however many ask at once, and across restarts', async () => {
  const stores = emptyStores();
  const policy = shop();
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
  const node = await startNode(stores, { bounds: SHARDS, policy: shop() });
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
  const node = await startNode(stores, { bounds: SHARDS, policy: shop() });
  await offerAll(node, ['anna'], 'first', 1);
  const before = structuredClone(node.engine.shards.flatMap((shard) => shard.budgets.state.days));
  for (let i = 0; i < 40; i++)
    await node.decide(
      decideInput(`dry-${i}`, { ...customer(`dry-${i}`), placements: [], dispatch: true, dryRun: true }),
    );
  expect(node.engine.shards.flatMap((shard) => shard.budgets.state.days)).toEqual(before);
  await node.engine.stop();
});
