/** Considerations in an engine over the memory adapters: who is considered when, over zones, restarts and policies. */
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import { isConsideration } from '../../core/consideration/slot.ts';
import type { DecisionFact } from '../../core/fact/fact.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { CONSIDER } from '../../core/profile/profile.ts';
import {
  emptyStores,
  event,
  type Node,
  product,
  type Stores,
  starterPolicy,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import type { Shard } from '../shard/shard.ts';
import type { Request } from '../turn/request.ts';

/** It is ten in London then, and five in New York. */
const NOON = TUESDAY + 2 * HOUR_MS;
const SPREAD = LIMITS.considerSpreadMsMax;
const AT_NOON = starterPolicy('daily at 12:00');

const who = (n: number) => ({ identifiers: [{ kind: 'loyalty', value: `C${n}` }] });
const idOf = (n: number) => addresseeOf('loyalty', `C${n}`).id;

/** Somebody who may be written to from now on. */
function agrees(node: Node, n: number, timeZone = 'Europe/London') {
  const properties = { channel: 'email', purpose: 'marketing', granted: true };
  const context = { timeZone, locale: 'en-GB', device: '', page: '' };
  return node.publish(event('Consent Updated', node.clock.now(), { ...who(n), properties, context }));
}

/** Considerations in the log, in order. */
function considered(stores: Stores): DecisionFact[] {
  const found: DecisionFact[] = [];
  for (const { records } of stores.log.values())
    for (const bytes of records)
      for (const fact of decodeRecord(bytes).facts)
        if (fact.kind === 'decision' && isConsideration(fact.cause)) found.push(fact);
  return found.sort((a, b) => a.at - b.at);
}

/** Of each customer the slots they were considered for. */
function slots(stores: Stores): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { customer, cause } of considered(stores)) {
    found[customer] ??= [];
    found[customer].push(cause.slice('consider '.length));
  }
  return found;
}

async function timersOf(node: Node, n: number): Promise<readonly number[]> {
  const due = await node.read({ customerId: idOf(n) }, ({ timers }) =>
    timers.filter(({ kind }) => kind === CONSIDER).map((timer) => timer.due),
  );
  return Array.isArray(due) ? due : [];
}

describe('a policy with hours at which customers are considered', () => {
  test('has the service ask itself for each customer at that hour of theirs, once a day', async () => {
    const stores = emptyStores();
    // Nothing is archived meanwhile.
    const node = await startNode(stores, { policy: AT_NOON, bounds: { hotMs: 30 * DAY_MS } });
    await agrees(node, 1);
    await agrees(node, 2, 'America/New_York');
    await node.advanceTo(TUESDAY + 2 * DAY_MS);
    await node.engine.stop();
    expect(slots(stores)).toEqual({
      [idOf(1)]: ['2026-03-03 12:00', '2026-03-04 12:00'],
      [idOf(2)]: ['2026-03-03 12:00', '2026-03-04 12:00'],
    });
    const late = considered(stores).map(({ customer, at }) =>
      customer === idOf(1) ? (at - NOON) % DAY_MS : (at - NOON - 5 * HOUR_MS) % DAY_MS,
    );
    for (const ms of late) expect(ms).toBeLessThan(SPREAD + 2_000);
    for (const ms of late) expect(ms).toBeGreaterThanOrEqual(0);
    expect(node.faults).toEqual([]);
  });

  test('leaves alone whom nothing could reach, takes in who agrees, and lets go of who leaves', async () => {
    const stores = emptyStores();
    const node = await startNode(stores, { policy: starterPolicy('daily at 12:00') });
    await node.publish(event('Page Viewed', TUESDAY, { identifiers: [{ kind: 'anonymous', value: 'a' }] }));
    await node.publish(event('Page Viewed', TUESDAY, who(1)));
    const anonymous = await node.read(
      { customerId: addresseeOf('anonymous', 'a').id },
      ({ timers }) => timers,
    );
    expect(anonymous).toEqual([]);
    // By mail there are service actions, which need no consent.
    expect(await timersOf(node, 1)).toHaveLength(1);
    await node.engine.stop();
  });

  test('asks again what became of a customer only where there was something to choose', async () => {
    const stores = emptyStores();
    const node = await startNode(stores, { policy: AT_NOON });
    await agrees(node, 1);
    await node.advanceTo(NOON + HOUR_MS);
    const [found] = considered(stores);
    expect(found?.choices[0]?.kind).toBe('nothing');
    expect([found?.outcomeDue, found?.record.scoreRows]).toEqual([[0], 0]);
    expect(await node.read({ customerId: idOf(1) }, ({ pending }) => pending.length)).toBe(0);
    await node.engine.stop();
  });
});

describe('over restarts', () => {
  test('no slot is considered twice, and none is left out', async () => {
    const stores = emptyStores();
    let node = await startNode(stores, { policy: AT_NOON });
    const people = Array.from({ length: 40 }, (_, n) => n);
    for (const n of people) await agrees(node, n);
    for (let at = NOON; at <= NOON + SPREAD + MINUTE_MS; at += 7 * MINUTE_MS) {
      await node.advanceTo(at);
      // Killed: nothing is flushed, and the shard begins with a fence.
      node = await startNode(stores, { policy: AT_NOON, now: at });
    }
    await node.advanceTo(NOON + HOUR_MS);
    await node.engine.stop();
    expect(Object.keys(slots(stores))).toHaveLength(people.length);
    for (const own of Object.values(slots(stores))) expect(own).toEqual(['2026-03-03 12:00']);
  });

  test('what was missed meanwhile is made up for once, late, and the next slot is on time', async () => {
    const stores = emptyStores();
    const bounds = { hotMs: 30 * DAY_MS };
    const first = await startNode(stores, { policy: AT_NOON, bounds });
    await agrees(first, 1);
    await first.engine.stop();
    const back = TUESDAY + 2 * DAY_MS + 9 * HOUR_MS;
    const node = await startNode(stores, { policy: AT_NOON, now: back, bounds });
    await node.advanceTo(back + DAY_MS);
    await node.engine.stop();
    expect(slots(stores)).toEqual({ [idOf(1)]: ['2026-03-03 12:00', '2026-03-06 12:00'] });
    expect(considered(stores)[0]?.at).toBeLessThan(back + MINUTE_MS);
  });
});

describe('a policy that brings such hours', () => {
  /** Customers who sent their last event under a policy without any, saved and dropped from memory. */
  async function passive(stores: Stores, count: number): Promise<void> {
    const before = await startNode(stores, { policy: starterPolicy('daily at 12:00') });
    before.engine.runtime.policy = { ...AT_NOON, consider: [] };
    for (let n = 0; n < count; n++) await agrees(before, n);
    await before.engine.stop();
  }

  test('reaches customers who send no event, also over a kill in the middle of the walk', async () => {
    const stores = emptyStores();
    const count = 3 * LIMITS.enrolmentPageMax + 7;
    await passive(stores, count);
    let node = await startNode(stores, { policy: AT_NOON, now: TUESDAY, bounds: { snapshotEveryMs: 50 } });
    await node.advanceTo(TUESDAY + 150);
    const halfway = node.engine.shards.filter((shard) => shard.enrolment.isDone).length;
    expect(halfway).toBe(0);
    node = await startNode(stores, { policy: AT_NOON, now: TUESDAY + 150 });
    await node.advanceTo(TUESDAY + MINUTE_MS);
    expect(node.engine.shards.every((shard) => shard.enrolment.isDone)).toBe(true);
    await node.advanceTo(NOON + HOUR_MS);
    await node.engine.stop();
    expect(Object.keys(slots(stores))).toHaveLength(count);
    for (const own of Object.values(slots(stores))) expect(own).toEqual(['2026-03-03 12:00']);
    // A later start does not begin again.
    const again = await startNode(stores, { policy: AT_NOON, now: NOON + HOUR_MS });
    expect(again.engine.shards.every((shard) => shard.enrolment.isDone)).toBe(true);
    await again.engine.stop();
  });

  test('or changes them moves who was to be considered at another hour', async () => {
    const stores = emptyStores();
    const node = await startNode(stores, { policy: AT_NOON });
    await agrees(node, 1);
    node.engine.runtime.policy = starterPolicy('tuesdays at 14:00');
    await node.advanceTo(TUESDAY + 2 * HOUR_MS - 1);
    await node.advanceTo(TUESDAY + 12 * HOUR_MS);
    await node.engine.stop();
    expect(slots(stores)).toEqual({ [idOf(1)]: ['2026-03-03 14:00'] });
  });

  test('or changes the clock of those who have none moves them with it', async () => {
    const stores = emptyStores();
    const node = await startNode(stores, { policy: AT_NOON });
    await agrees(node, 1, '');
    const [before = 0] = await timersOf(node, 1);
    node.engine.runtime.policy = { ...AT_NOON, zones: ['America/New_York'] };
    await node.advanceTo(TUESDAY + MINUTE_MS);
    expect(await timersOf(node, 1)).toEqual([before + 5 * HOUR_MS]);
    await node.engine.stop();
  });

  test('and one that takes them away ends it', async () => {
    const stores = emptyStores();
    const node = await startNode(stores, { policy: AT_NOON });
    await agrees(node, 1);
    node.engine.runtime.policy = { ...AT_NOON, consider: [] };
    await node.advanceTo(TUESDAY + DAY_MS);
    expect(await timersOf(node, 1)).toEqual([]);
    await node.engine.stop();
    expect(considered(stores)).toEqual([]);
  });
});

describe('where many are due at once', () => {
  const overdue = TUESDAY + DAY_MS;

  async function herd(count: number): Promise<{ stores: Stores; node: Node; shard: Shard }> {
    const stores = emptyStores();
    const bounds = { shards: 1, mailboxPerShardMax: 200_000 };
    const before = await startNode(stores, { policy: AT_NOON, bounds });
    await Promise.all(Array.from({ length: count }, (_, n) => agrees(before, n)));
    await before.engine.stop();
    const node = await startNode(stores, { policy: AT_NOON, now: overdue, bounds });
    return { stores, node, shard: node.engine.shards[0] as Shard };
  }

  test('so many a second are taken, memory holds so many of them ahead, and a checkout does not wait behind them', async () => {
    const count = 2 * LIMITS.considerationsAheadMax + 300;
    const { stores, node, shard } = await herd(count);
    await node.advanceTo(overdue + 1);
    expect(shard.considerations.size).toBeLessThanOrEqual(LIMITS.considerationsAheadMax);
    await node.publish(event('Checkout Started', overdue, { ...who(count), products: [product('p')] }));
    const secondsMin = count / LIMITS.considerationsPerSecondMax;
    await node.advanceTo(overdue + 1_000);
    const taken = considered(stores).length;
    expect(taken).toBeLessThanOrEqual(LIMITS.considerationsPerSecondMax * 1.1);
    expect(taken).toBeGreaterThan(LIMITS.considerationsPerSecondMax * 0.8);
    await node.advanceTo(overdue + (secondsMin + 10) * 1_000);
    expect(considered(stores)).toHaveLength(count);
    await node.engine.stop();
  });

  test('no more than so many are under way at once', async () => {
    const { node, shard } = await herd(3 * LIMITS.considerationsAtOnceMax);
    const submit = shard.submit.bind(shard);
    // Nobody is answered meanwhile.
    const held: Request[] = [];
    shard.submit = (request) => void held.push(request);
    await node.advanceTo(overdue + 500);
    expect(held.length).toBe(LIMITS.considerationsAtOnceMax);
    shard.submit = submit;
    for (const request of held) shard.submit(request);
    await node.advanceTo(overdue + 2_000);
    expect(node.counts.get('attune_considerations_total')).toBe(3 * LIMITS.considerationsAtOnceMax);
    await node.engine.stop();
  });
});
