import { expect, test } from 'vitest';
import { BOUNDS } from '../../core/bounds.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { addresseeOf, keyOf } from '../../core/identity/customer.ts';
import { isLater, sightingOf } from '../../core/identity/sighting.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { PublishOutcome } from '../../port/customers.ts';
import type { YieldAnswer } from '../../port/peers.ts';
import { emptyStores, type Node, type Stores, starterPolicy, startNode, TUESDAY } from '../engine.fixture.ts';
import { idOf, type Key, seen, viewed } from './people.fixture.ts';

const PUSH = { kind: 'push_token', value: 'a-device' };
const ANNA = { kind: 'email_sha256', value: 'a'.repeat(64) };
const BEN = { kind: 'email_sha256', value: 'b'.repeat(64) };
const CARL = { kind: 'email_sha256', value: 'c'.repeat(64) };

/** Of each person the devices that reach them. */
async function reached(node: Node, ...people: Key[]): Promise<string[][]> {
  return Promise.all(
    people.map((key) =>
      seen(node, key, ({ identifiers }) =>
        identifiers.filter(({ kind }) => kind === PUSH.kind).map(({ value }) => value),
      ),
    ),
  );
}

test('a phone that was sold reaches who uses it now, and who sold it no more', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA, PUSH));
  expect(await reached(node, ANNA)).toEqual([['a-device']]);
  expect(await node.publish(viewed(TUESDAY - 8_000, BEN, PUSH))).toEqual({ kind: 'accepted' });
  expect(await reached(node, ANNA, BEN)).toEqual([[], ['a-device']]);
  // Nobody was united, and what only the phone tells is of who has it.
  await node.publish(viewed(TUESDAY - 7_000, PUSH));
  expect(await seen(node, ANNA, ({ id, viewed: views }) => [id, views.length])).toEqual([idOf(ANNA), 1]);
  expect(await seen(node, BEN, ({ id, viewed: views }) => [id, views.length])).toEqual([idOf(BEN), 2]);
  expect(await seen(node, PUSH, ({ id }) => id)).toBe(idOf(BEN));
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('a late event of who had the phone before changes nothing, and its sender is told', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA, PUSH));
  await node.publish(viewed(TUESDAY - 5_000, BEN, PUSH));
  const late = await node.publish(viewed(TUESDAY - 6_000, ANNA, PUSH));
  expect(late).toMatchObject({ kind: 'accepted', warnings: [{ rule: 'identity.device_moved' }] });
  expect(await reached(node, ANNA, BEN)).toEqual([[], ['a-device']]);
  // Anna has the phone again.
  expect(await node.publish(viewed(TUESDAY - 4_000, ANNA, PUSH))).toEqual({ kind: 'accepted' });
  expect(await reached(node, ANNA, BEN)).toEqual([['a-device'], []]);
  expect(node.counts.get('attune_identity_refused_total:seen_later')).toBe(1);
  await node.engine.stop();
});

test('a later sighting by who has the phone counts, though the phone was theirs already', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA, PUSH));
  await node.publish(viewed(TUESDAY - 3_000, ANNA, PUSH));
  await node.publish(viewed(TUESDAY - 5_000, BEN, PUSH));
  expect(await reached(node, ANNA, BEN)).toEqual([['a-device'], []]);
  await node.engine.stop();
});

test('whoever was known by the phone alone is the person who names it first', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, PUSH));
  await node.publish(viewed(TUESDAY - 8_000, ANNA, PUSH));
  expect(await seen(node, ANNA, ({ viewed: views }) => views.length)).toBe(2);
  await node.publish(viewed(TUESDAY - 7_000, BEN, PUSH));
  expect(await seen(node, BEN, ({ viewed: views }) => views.length)).toBe(1);
  expect(await reached(node, ANNA, BEN)).toEqual([[], ['a-device']]);
  await node.engine.stop();
});

test('whatever the order of arrival, a device is with whom it was seen last', async () => {
  const node = await startNode(emptyStores());
  for (const [n, order] of permutations([0, 1, 2, 3, 4]).entries()) {
    const numbered = ({ kind, value }: Key): Key => ({ kind, value: `${n}-${value}` });
    const [anna, ben, carl, push] = [ANNA, BEN, CARL, PUSH].map(numbered) as [Key, Key, Key, Key];
    const sightings = [
      [anna, 9_000],
      [ben, 8_000],
      [anna, 7_000],
      [carl, 6_000],
      [ben, 6_000],
    ] as const;
    const events = sightings.map(([person, ago]) => viewed(TUESDAY - ago, person, push));
    // Told twice, it is the same.
    for (const at of [...order, ...order]) await node.publish(events[at] as EventInput);
    const isCarls = isLater(sightingOf(6_000, carl), sightingOf(6_000, ben));
    expect(await reached(node, anna, ben, carl), order.join(' ')).toEqual(
      isCarls ? [[], [], [push.value]] : [[], [push.value], []],
    );
  }
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('two who are seen with a device at once are not both reached by it', async () => {
  const node = await startNode(emptyStores());
  const people = [ANNA, BEN, CARL];
  const told: Promise<PublishOutcome>[] = [];
  for (let n = 0; n < 30; n++)
    told.push(node.publish(viewed(TUESDAY - 9_000 + ((n * 7) % 30), people[n % 3] as Key, PUSH)));
  await node.advanceTo(TUESDAY + 60_000);
  await Promise.all(told);
  const holders = await reached(node, ...people);
  expect(holders.flat()).toEqual(['a-device']);
  // 30 is odd to 7: the last by time is n = 17 (7 * 17 mod 30 = 29), of CARL.
  expect(holders[2]).toEqual(['a-device']);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('a device that comes along with somebody who is taken in stays theirs, though it was claimed meanwhile', async () => {
  const node = await startNode(emptyStores());
  const number = { kind: 'phone_sha256', value: 'd'.repeat(64) };
  await node.publish(viewed(TUESDAY - 9_000, ANNA));
  await node.publish(viewed(TUESDAY - 6_000, number, PUSH));
  // Told late: both keys are asked for, and the device comes with the number.
  expect(await node.publish(viewed(TUESDAY - 8_000, ANNA, number, PUSH))).toEqual({ kind: 'accepted' });
  const late = await node.publish(viewed(TUESDAY - 7_000, BEN, PUSH));
  expect(late).toMatchObject({ warnings: [{ rule: 'identity.device_moved' }] });
  expect(await reached(node, ANNA, BEN)).toEqual([['a-device'], []]);
  await node.publish(viewed(TUESDAY - 5_000, BEN, PUSH));
  expect(await reached(node, ANNA, BEN)).toEqual([[], ['a-device']]);
  await node.engine.stop();
});

test('as many devices as a person may have reach them, those that were seen last', async () => {
  const policy = starterPolicy();
  const rules = policy.identifierRules.map((rule) => (rule.isDevice ? { ...rule, max: 2 } : rule));
  const node = await startNode(emptyStores(), { policy: { ...policy, identifierRules: rules } });
  for (const n of [3, 1, 4, 2])
    await node.publish(viewed(TUESDAY - 9_000 + n, ANNA, { ...PUSH, value: `t${n}` }));
  expect((await reached(node, ANNA)).flat().sort()).toEqual(['t3', 't4']);
  // It is still Anna's, as is what it tells; and Ben is reached by it from the login on.
  expect(await seen(node, { ...PUSH, value: 't1' }, ({ id }) => id)).toBe(idOf(ANNA));
  await node.publish(viewed(TUESDAY - 8_000, BEN, { ...PUSH, value: 't1' }));
  expect(await reached(node, BEN)).toEqual([['t1']]);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('somebody with all keys that one may have gets a new device for the one that was seen least lately', async () => {
  const node = await startNode(emptyStores());
  for (let n = 0; n < BOUNDS.identifiers + 2; n++)
    expect(await node.publish(viewed(TUESDAY - 9_000 + n, ANNA, { ...PUSH, value: `t${n}` }))).toEqual({
      kind: 'accepted',
    });
  const [devices = []] = await reached(node, ANNA);
  expect(devices).toHaveLength(BOUNDS.identifiers - 1);
  expect(devices).not.toContain('t2');
  expect(devices).toContain(`t${BOUNDS.identifiers + 1}`);
  // One that was seen before all of them is no reason for any to go.
  expect(await node.publish(viewed(TUESDAY - 9_900, ANNA, { ...PUSH, value: 'old' }))).toMatchObject({
    warnings: [{ rule: 'identity.keys_max' }],
  });
  await node.engine.stop();
});

test('of a life that the device alone tells, the one who lived it has the history, and not who has the device now', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, PUSH));
  await node.publish(viewed(TUESDAY - 8_000, ANNA, PUSH));
  await node.publish(viewed(TUESDAY - 7_000, BEN, PUSH));
  const eventsOf = async (key: Key): Promise<number[]> => {
    const history = await node.gateway.history(
      { identifiers: [key] },
      TUESDAY - 99_000,
      TUESDAY + 9_000,
      100,
    );
    if (history.kind === 'refused') throw new Error(history.message);
    return history.committed.flatMap(({ fact }) => (fact.kind === 'event' ? [TUESDAY - fact.at] : []));
  };
  expect((await eventsOf(ANNA)).sort()).toEqual([8_000, 9_000]);
  expect(await eventsOf(BEN)).toEqual([7_000]);
  expect(await eventsOf(PUSH)).toEqual([7_000]);
  // Forgotten, Anna takes that life along, and Ben keeps the device, over a restart too.
  expect(await node.gateway.erase({ identifiers: [ANNA, PUSH] }, '')).toMatchObject({ kind: 'erased' });
  expect(await node.gateway.erase({ identifiers: [ANNA, PUSH] }, '')).toMatchObject({ kind: 'erased' });
  expect(await reached(node, BEN)).toEqual([['a-device']]);
  expect(await seen(node, PUSH, ({ id }) => id)).toBe(idOf(BEN));
  await node.publish(viewed(TUESDAY - 6_000, CARL, PUSH));
  expect(await reached(node, BEN, CARL)).toEqual([[], ['a-device']]);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('a device that its owner lost, and whose owner was forgotten, begins anew with what it tells', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA, PUSH));
  const gone = {
    ...{ id: 'f1', channel: 'push', identifiers: [PUSH], tracking: '', dispatchId: '', kind: 'address_gone' },
    ...{ occurredAt: TUESDAY - 8_000, machine: false, link: '', value: 0, scope: '', bodyHash: 1 },
  };
  await new Promise((resolve) => node.gateway.feedback(gone as unknown as FeedbackInput, resolve));
  expect(await reached(node, ANNA)).toEqual([[]]);
  expect(await node.gateway.erase({ identifiers: [ANNA] }, '')).toMatchObject({ kind: 'erased' });
  expect(await node.publish(viewed(TUESDAY - 7_000, PUSH))).toEqual({ kind: 'accepted' });
  expect(await seen(node, PUSH, ({ id, viewed: views }) => [id, views.length])).toEqual([idOf(PUSH), 1]);
  await node.publish(viewed(TUESDAY - 6_000, BEN, PUSH));
  expect(await seen(node, BEN, ({ viewed: views }) => views.length)).toBe(2);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('somebody at a desk says whose a device is, and a person of an earlier version who has more than it stays apart', async () => {
  const node = await startNode(emptyStores());
  await node.publish(viewed(TUESDAY - 9_000, ANNA, PUSH));
  const linked = await node.gateway.link({ identifiers: [BEN, PUSH], by: 'desk', reason: 'asked' });
  expect(linked).toMatchObject({ kind: 'linked', customer: idOf(BEN) });
  expect(await reached(node, ANNA, BEN)).toEqual([[], ['a-device']]);
  const old = { ...PUSH, value: 'old' };
  await node.publish(viewed(TUESDAY - 8_000, old));
  const { id, hash } = addresseeOf(old.kind, old.value);
  // As when keys of devices were keys like all others.
  node.engine
    .shardOf(hash)
    .profileOf(id)
    ?.identifiers.push({ ...CARL, origin: `${CARL.kind}:${CARL.value}` });
  expect(await node.publish(viewed(TUESDAY - 7_000, ANNA, old))).toMatchObject({
    warnings: [{ rule: 'identity.conflict' }],
  });
  expect(await reached(node, ANNA)).toEqual([[]]);
  await node.engine.stop();
});

test('two who hold and claim the devices of each other wait for neither', async () => {
  const node = await startNode(emptyStores());
  const other = { ...PUSH, value: 'other' };
  await node.publish(viewed(TUESDAY - 9_000, ANNA, PUSH, other));
  const { id, hash } = addresseeOf(ANNA.kind, ANNA.value);
  const shard = node.engine.shardOf(hash);
  const profile = shard.profileOf(id) as Profile;
  const claim = { via: '', explicit: '', at: TUESDAY, claim: 1, link: { seq: 1, index: 0 } } as const;
  const claimOf = (key: Key) => ({ ...claim, key: keyOf(key), origin: undefined, isDeclared: false });
  // As by the taking in of somebody who had the devices that were claimed meanwhile.
  profile.claims = [claimOf(PUSH), claimOf(other)];
  const asked = (key: Key, ago: number): Promise<YieldAnswer | undefined> =>
    new Promise((resolve) =>
      shard.peer.yieldDevice(
        id,
        { key: keyOf(key), by: keyOf(BEN), seen: { at: TUESDAY - ago, by: 1 } },
        resolve,
      ),
    );
  // One is asked for right now; whoever saw either before that is told so at once.
  expect(await asked(PUSH, 5_000)).toEqual({ kind: 'busy' });
  expect(await asked(PUSH, 9_500)).toEqual({ kind: 'seen-later' });
  expect(await asked(other, 9_500)).toEqual({ kind: 'seen-later' });
  expect(await asked(other, 5_000)).toEqual({ kind: 'yielded' });
  expect(profile.claims.map(({ key }) => key)).toEqual([keyOf(PUSH)]);
  expect(await reached(node, ANNA)).toEqual([['a-device']]);
  await node.engine.stop();
});

function permutations<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length < 2) return [all];
  return all.flatMap((one, i) => permutations(all.toSpliced(i, 1)).map((rest) => [one, ...rest]));
}

test('a process that ends at any step of a move leaves the device with one of the two, and it gets to the later', async () => {
  const steps = 16;
  let moved = 0;
  for (let step = 0; step < steps; step++) {
    const stores: Stores = emptyStores();
    const first = await startNode(stores);
    await first.publish(viewed(TUESDAY - 9_000, ANNA, PUSH));
    void first.publish(viewed(TUESDAY - 8_000, BEN, PUSH));
    for (let n = 0; n < step; n++) await new Promise<void>((resolve) => setImmediate(resolve));
    // Not stopped: the fences of the next one end it.
    const node = await startNode(stores, { node: 'b', now: TUESDAY + 1_000 });
    const known = (await seen(node, BEN, ({ id }) => id)) !== undefined;
    const both = known ? [ANNA, BEN] : [ANNA];
    expect((await reached(node, ...both)).flat().length, `after ${step} steps`).toBeLessThanOrEqual(1);
    await node.advanceTo(TUESDAY + 60_000);
    const holders = await reached(node, ...both);
    expect(holders, `after ${step} steps`).toEqual(known ? [[], ['a-device']] : [['a-device']]);
    expect(await seen(node, PUSH, ({ id }) => id)).toBe(idOf(known ? BEN : ANNA));
    if (known) moved++;
    expect(node.faults).toEqual([]);
    await node.engine.stop();
  }
  expect(moved).toBeGreaterThan(4);
  expect(moved).toBeLessThan(steps);
});
