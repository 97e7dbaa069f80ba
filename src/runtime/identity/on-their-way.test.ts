/** While keys are on their way to a customer nothing promotional is decided: what is due meanwhile waits for them, and is not used up. */
import { expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { CONSIDER, TIMER_KINDS } from '../../core/profile/profile.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  starterPolicy,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

const ANNA = { kind: 'crm', value: 'anna' };
const CHECKOUT_EXIT = TIMER_KINDS.indexOf('checkout-exit');
const { hash: ownHash } = addresseeOf(ANNA.kind, ANNA.value);
const SHARDS = 4;
/** A device whose actor lives in another shard. */
const DEVICE = [0, 1, 2, 3, 4, 5, 6, 7]
  .map((n) => ({ kind: 'anonymous', value: `device-${n}` }))
  .find(({ kind, value }) => addresseeOf(kind, value).hash % SHARDS !== ownHash % SHARDS) as typeof ANNA;

const theirs = (node: Node) => node.engine.shardOf(addresseeOf(DEVICE.kind, DEVICE.value).hash);

/** The device's shard is gone, and does not answer for it. */
async function namesBoth(node: Node, at: number): Promise<void> {
  theirs(node).lose('a test takes it away');
  void node.publish(
    event('Product Viewed', at, { identifiers: [ANNA, DEVICE], products: [product('coat')] }),
  );
  await node.advanceTo(node.clock.now() + 10);
}

const exits = (node: Node) =>
  node.read({ identifiers: [ANNA] }, ({ timers, triggered, claims }) => ({
    waiting: timers.filter(({ kind }) => kind === CHECKOUT_EXIT).length,
    fired: triggered.length,
    claims: claims.length,
  }));

test('a checkout that is left meanwhile has its message once they are there', async () => {
  const node = await startNode(emptyStores());
  const lines = { identifiers: [ANNA], products: [product('coat')] };
  await node.publish(event('Product Added', TUESDAY, lines));
  await node.publish(event('Checkout Started', TUESDAY, lines));
  await node.publish(event('Shipping Cost Shown', TUESDAY, { identifiers: [ANNA] }));
  await namesBoth(node, TUESDAY);
  expect(await exits(node)).toEqual({ waiting: 1, fired: 0, claims: 1 });
  await node.advanceTo(TUESDAY + 4 * MINUTE_MS);
  expect(await exits(node)).toEqual({ waiting: 1, fired: 0, claims: 1 });
  await theirs(node).open();
  await node.advanceTo(TUESDAY + 5 * MINUTE_MS);
  expect(await exits(node)).toEqual({ waiting: 0, fired: 1, claims: 0 });
  await node.engine.stop();
});

test('a consideration whose hour comes meanwhile is taken once they are there', async () => {
  const node = await startNode(emptyStores(), { policy: starterPolicy('daily at 12:00') });
  const properties = { channel: 'email', purpose: 'marketing', granted: true };
  await node.publish(event('Consent Updated', TUESDAY, { identifiers: [ANNA], properties }));
  const noon = TUESDAY + 2 * HOUR_MS;
  await node.advanceTo(noon - MINUTE_MS);
  await namesBoth(node, noon - MINUTE_MS);
  const considered = () => node.counts.get('attune_considerations_total') ?? 0;
  await node.advanceTo(noon + HOUR_MS);
  expect(considered()).toBe(0);
  // One entry of theirs, however often they were looked at.
  expect(node.engine.shardOf(ownHash).considerations.size).toBeLessThanOrEqual(2);
  await theirs(node).open();
  await node.advanceTo(noon + HOUR_MS + MINUTE_MS);
  expect(considered()).toBe(1);
  const slots = await node.read(
    { identifiers: [ANNA] },
    ({ timers }) => timers.filter(({ kind }) => kind === CONSIDER).length,
  );
  expect(slots).toBe(1);
  await node.engine.stop();
});

const ask = () => decideInput('r', { identifiers: [DEVICE], placements: [], dispatch: true });
const seenBefore = event('Product Viewed', TUESDAY, { identifiers: [DEVICE], products: [product('coat')] });

/** A process that has decided for the device and heard of it ends at a step of the way; the next one goes on with its data. */
async function endedAt(steps: number): Promise<{ readonly node: Node; readonly place: unknown }> {
  const stores = emptyStores();
  const first = await startNode(stores);
  await first.publish(event('Product Viewed', TUESDAY, { identifiers: [ANNA] }));
  await first.publish(seenBefore);
  const decided = await first.decide(ask());
  if (decided.kind !== 'decided') throw new Error(decided.kind);
  void first.publish(event('Product Viewed', TUESDAY, { identifiers: [ANNA, DEVICE] }));
  for (let step = 0; step < steps; step++) await new Promise<void>((resolve) => setImmediate(resolve));
  // Not stopped: the fences of the next one end it.
  return { node: await startNode(stores, { node: 'b', now: TUESDAY + 1_000 }), place: decided.place };
}

test('what was done and decided for a browser is known to whoever it leads to, at whatever step of the way it is sent again', async () => {
  for (let steps = 0; steps <= 30; steps += 2) {
    const { node, place } = await endedAt(steps);
    const again = node.publish(seenBefore);
    const during = node.decide(ask());
    await node.advanceTo(TUESDAY + 2_000);
    expect(await again, `after ${steps} steps`).toMatchObject({ kind: 'duplicate' });
    expect(await during, `after ${steps} steps`).toMatchObject({ kind: 'decided', place });
    await node.engine.stop();
  }
});

test('it is not decided again either while nobody answers for the browser', async () => {
  let refused = 0;
  for (let steps = 0; steps <= 30; steps += 2) {
    const { node, place } = await endedAt(steps);
    for (const { peer } of node.engine.shards) peer.claim = (_key, _claim, done) => done(undefined);
    const during = node.decide(ask());
    await node.advanceTo(TUESDAY + 2_000);
    const answer = await during;
    if (answer.kind === 'refused') {
      expect(answer.code).toBe('unavailable');
      refused++;
    } else expect(answer, `after ${steps} steps`).toMatchObject({ place });
    await node.engine.stop();
  }
  expect(refused).toBeGreaterThan(0);
});
