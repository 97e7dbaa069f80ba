/** That a decision teaches in stages, each a fact of its own, wherever a service ended in between. */
import { expect, test } from 'vitest';
import type { CustomerId } from '../../base/brand.ts';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { BOUNDS } from '../../core/bounds.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import { trackingToken } from '../../core/decide/decision-id.ts';
import type { EventInput } from '../../core/event/event-input.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type { Fact, OutcomeFact } from '../../core/fact/fact.ts';
import { FEATURE_COUNT } from '../../core/feature/feature-spec.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { nextDue } from '../../core/profile/next-due.ts';
import { labPolicy } from '../../policy/live/lab.fixture.ts';
import type { ChannelConnection, Decided } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  order,
  product,
  type Stores,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

/** One that is worth sending whatever is drawn: 2.00 for being engaged, 0.01 for the message. */
function talk(offer?: { kind: string; depth?: number; code?: string }): Policy {
  return labPolicy({
    'actions.actions.talk.engagement_value': 2,
    'actions.actions.talk.lift': { mean: 0.45, sd: 0.001 },
    ...(offer && {
      'offers.offers.shown': { ...offer, valid: '5d' },
      'actions.actions.talk.offer': 'shown',
      'actions.actions.talk.promotion': true,
    }),
  });
}

function factsOf(stores: Stores): Fact[] {
  const facts: Fact[] = [];
  for (const shard of stores.log.values())
    for (const bytes of shard.records) facts.push(...decodeRecord(bytes).facts);
  return facts;
}

const outcomesOf = (stores: Stores): OutcomeFact[] =>
  factsOf(stores).filter((fact) => fact.kind === 'outcome');
const stagesOf = (stores: Stores): string[] => outcomesOf(stores).map(({ stage }) => stage);

async function decide(node: Node, change: Partial<DecideInput> = {}): Promise<Decided> {
  const decided = await node.decide(decideInput('r', { placements: [], dispatch: true, ...change }));
  if (decided.kind !== 'decided') throw new Error('It was refused.');
  return decided;
}

/** A channel system for e-mail that accepts what it is handed. */
function listen(node: Node): void {
  const session = node.gateway.connect(3, 1_000, {
    deliver: ({ dispatchId }) => void session.accepted(dispatchId),
    withdraw: () => {},
  }) as ChannelConnection;
}

/** What the customer did about the message, as its channel reports it. */
function report(node: Node, { fact, place }: Decided, kind: FeedbackInput['kind']): Promise<unknown> {
  return new Promise((resolve) =>
    node.gateway.feedback(
      {
        ...{
          channel: 'email',
          id: kind,
          dispatchId: '',
          tracking: trackingToken(fact.customer, place, 0),
          kind,
        },
        ...{
          occurredAt: node.clock.now(),
          machine: false,
          link: '',
          value: 0,
          scope: '',
          bodyHash: 1,
          identifiers: [],
        },
      },
      resolve,
    ),
  );
}

const buy = (node: Node, orderId: string, change: Partial<NonNullable<EventInput['order']>> = {}) =>
  node.publish(
    event('Order Completed', node.clock.now(), {
      products: [product('coat', { price: 100 })],
      order: { ...(order(orderId, 100) as NonNullable<EventInput['order']>), ...change },
    }),
  );

/** All records stay in the hot log, which the stores of these nodes share. */
const bounds = { shards: 1, hotMs: 1e12, snapshotEveryMs: 1e12 };

test.each(['a clean stop', 'a kill'])(
  'a click matures after a day, a purchase after a week, an unsubscribe after a month, with %s before each',
  async (end) => {
    const stores = emptyStores();
    const policy = talk();
    let node = await startNode(stores, { bounds, policy });
    const again = async (): Promise<void> => {
      const now = node.clock.now();
      await node.engine.stop();
      if (end === 'a kill') stores.snapshots.clear();
      node = await startNode(stores, { bounds, policy, now });
    };
    listen(node);
    const decided = await decide(node);
    expect(decided.fact.choices[0]).toMatchObject({ kind: 'treatment', action: 'talk' });
    await node.advanceTo(TUESDAY + 2 * HOUR_MS);
    expect(await report(node, decided, 'clicked')).toEqual({ kind: 'accepted' });
    await node.advanceTo(TUESDAY + DAY_MS - 1);
    await again();
    expect(stagesOf(stores)).toEqual([]);
    await node.advanceTo(TUESDAY + DAY_MS + 1_000);
    expect(stagesOf(stores)).toEqual(['click']);

    await node.advanceTo(TUESDAY + 3 * DAY_MS);
    await buy(node, 'o1');
    await again();
    await node.advanceTo(TUESDAY + 7 * DAY_MS + 1_000);
    expect(stagesOf(stores)).toEqual(['click', 'purchase']);

    await node.advanceTo(TUESDAY + 20 * DAY_MS);
    await buy(node, 'o2');
    await report(node, decided, 'unsubscribed');
    await again();
    await node.advanceTo(TUESDAY + 31 * DAY_MS);
    const [click, purchase, unsubscribe] = outcomesOf(stores);
    expect(stagesOf(stores)).toEqual(['click', 'purchase', 'unsubscribe']);
    const all = {
      action: 'talk',
      channel: 3,
      dispatched: true,
      alone: true,
      heldOut: false,
      mixed: false,
      truncated: false,
    };
    expect(click).toMatchObject({ ...all, engaged: true, orders: 0, unsubscribed: false, reward: 2 });
    expect(purchase).toMatchObject({ ...all, orders: 1, unsubscribed: false });
    expect(purchase?.reward).toBeCloseTo(40 - 0.01, 6);
    expect(unsubscribe).toMatchObject({ ...all, orders: 1, unsubscribed: true });
    expect(unsubscribe?.reward).toBeLessThan(0);
    expect(node.faults).toEqual([]);
    await node.engine.stop();
  },
);

test('each stage says without the policy what was drawn among what, with which chances and terms', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds, policy: talk() });
  const { fact } = await decide(node);
  await node.advanceTo(TUESDAY + 31 * DAY_MS);
  const { columns, scoreRows } = fact.record;
  expect(scoreRows).toBe(1);
  for (const outcome of outcomesOf(stores)) {
    expect(outcome.features).toEqual(fact.record.features.slice(0, FEATURE_COUNT));
    expect(outcome.p0).toBe(fact.record.rowP0[0]);
    expect(outcome.candidates.map(({ action, variant, channel }) => [action, variant, channel])).toEqual([
      ['', '', -1],
      ['talk', 'a', 3],
    ]);
    const [, said] = outcome.candidates;
    const row = fact.choices[0]?.row ?? -1;
    expect(said).toMatchObject({
      propensity: fact.choices[0]?.propensity,
      tau: columns.tau[row],
      margin: columns.margin[row],
      channelCost: Math.fround(0.01),
      engageValue: 2,
    });
    // What the policy's lift makes of the reach: a learner has both.
    expect(said?.tau).toBeCloseTo(0.45 * (said?.reach ?? 0), 6);
    expect(outcome.candidates.reduce((sum, { propensity }) => sum + propensity, 0)).toBeCloseTo(1, 9);
  }
  await node.engine.stop();
});

test('what was only shown has no unsubscribe to wait for, and of "nothing" only purchases are awaited', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds, policy: talk() });
  await decide(node, { dispatch: false });
  await decide(node, { requestId: 'q', placements: ['nowhere'] });
  await node.advanceTo(TUESDAY + 31 * DAY_MS);
  expect(outcomesOf(stores).map(({ choice, stage }) => `${choice} ${stage}`)).toEqual([
    'treatment click',
    'treatment purchase',
    'nothing purchase',
  ]);
  expect(
    await node.read({ customerId: outcomesOf(stores)[0]?.customer as CustomerId }, (p) => p.pending.length),
  ).toBe(0);
  await node.engine.stop();
});

test.each([
  ['free shipping, without a coupon told', { kind: 'free_shipping', depth: 4.5, code: 'SHIP' }, {}, 4.5],
  ['free shipping by its code', { kind: 'free_shipping', depth: 4.5, code: 'SHIP' }, { coupon: 'ship' }, 4.5],
  ['a gift', { kind: 'gift', depth: 3.5 }, {}, 3.5],
  [
    'per cent, as the order tells',
    { kind: 'percent', depth: 10, code: 'TEN' },
    { coupon: 'TEN', discount: 10 },
    10,
  ],
  ['per cent that was not used', { kind: 'percent', depth: 10, code: 'TEN' }, {}, 0],
  ['points', { kind: 'points' }, {}, 0],
] as const)('the reward is less by what the offer cost: %s', async (_, offer, used, cost) => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds, policy: talk(offer) });
  listen(node);
  const { fact } = await decide(node);
  expect(fact.choices[0]?.offer?.kind).toBe(offer.kind);
  await node.advanceTo(TUESDAY + DAY_MS);
  await buy(node, 'o1', used);
  await node.advanceTo(TUESDAY + 8 * DAY_MS);
  expect(outcomesOf(stores).find(({ stage }) => stage === 'purchase')?.reward).toBeCloseTo(
    40 - cost - 0.01,
    6,
  );
  await node.engine.stop();
});

test('a message that no channel took cost nothing, nor did its offer', async () => {
  const stores = emptyStores();
  const policy = talk({ kind: 'gift', depth: 3.5 });
  const node = await startNode(stores, { bounds, policy });
  await decide(node);
  await node.advanceTo(TUESDAY + 2 * DAY_MS);
  await buy(node, 'o1');
  await node.advanceTo(TUESDAY + 8 * DAY_MS);
  expect(outcomesOf(stores).find(({ stage }) => stage === 'purchase')?.reward).toBe(40);
  await node.engine.stop();
});

test.each([
  [{ click: '2d', purchase: '1d', unsubscribe: '12h' }, ['unsubscribe', 'purchase', 'click']],
  [{ click: '1d', purchase: '1d', unsubscribe: '1d' }, ['click', 'purchase', 'unsubscribe']],
  [{ click: '0s', purchase: '0s', unsubscribe: '0s' }, ['click', 'purchase', 'unsubscribe']],
  [{ click: '1d', purchase: '40d', unsubscribe: '2d' }, ['click', 'unsubscribe', 'purchase']],
] as const)('windows may be of any length and order: %o', async (windows, expected) => {
  const stores = emptyStores();
  const policy = { ...talk() };
  const days = (text: string): number =>
    text.endsWith('d') ? Number.parseInt(text, 10) * DAY_MS : Number.parseInt(text, 10) * HOUR_MS;
  const { click, purchase, unsubscribe } = windows;
  const outcome = { clickMs: days(click), purchaseMs: days(purchase), unsubscribeMs: days(unsubscribe) };
  const node = await startNode(stores, { bounds, policy: { ...policy, outcome } });
  await decide(node);
  await node.advanceTo(TUESDAY + 41 * DAY_MS);
  expect(stagesOf(stores)).toEqual(expected);
  expect(outcomesOf(stores).every(({ truncated }) => !truncated)).toBe(true);
  const left = await node.read({ customerId: outcomesOf(stores)[0]?.customer as CustomerId }, (profile) => [
    profile.pending.length,
    nextDue(profile),
  ]);
  expect(left).toEqual([0, 0]);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('what comes when its stage has matured still counts for the stages that follow, and for no other decision', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds, policy: talk() });
  listen(node);
  const decided = await decide(node);
  await node.advanceTo(TUESDAY + 25 * HOUR_MS);
  expect(outcomesOf(stores)).toMatchObject([{ stage: 'click', engaged: false }]);
  await report(node, decided, 'clicked');
  await report(node, decided, 'unsubscribed');
  await node.advanceTo(TUESDAY + 31 * DAY_MS);
  expect(outcomesOf(stores)).toMatchObject([
    { stage: 'click', engaged: false, unsubscribed: false },
    { stage: 'purchase', engaged: false, unsubscribed: true },
    { stage: 'unsubscribe', unsubscribed: true },
  ]);
  await node.engine.stop();
});

test('where too much is awaited, what was sent stays: what was only shown, or nothing at all, matures early', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds, policy: talk() });
  await decide(node);
  for (let n = 0; n < BOUNDS.pending + 20; n++)
    await decide(node, { requestId: `q${n}`, placements: ['home'], dispatch: false });
  await node.advanceTo(TUESDAY + 31 * DAY_MS);
  const sent = outcomesOf(stores).filter(({ ref }) => ref.seq === outcomesOf(stores).at(-1)?.ref.seq);
  expect(sent.map(({ stage, truncated }) => [stage, truncated])).toEqual([
    ['click', false],
    ['purchase', false],
    ['unsubscribe', false],
  ]);
  const early = outcomesOf(stores).filter(({ truncated }) => truncated);
  expect(early.length).toBeGreaterThan(20);
  await node.engine.stop();
});

test('after a week in which the service was down every stage that is over matures at once, in order', async () => {
  const stores = emptyStores();
  const policy = talk();
  let node = await startNode(stores, { bounds, policy });
  await decide(node);
  await node.engine.stop();
  node = await startNode(stores, { bounds, policy, now: TUESDAY + 9 * DAY_MS });
  await node.advanceTo(TUESDAY + 9 * DAY_MS + HOUR_MS);
  expect(outcomesOf(stores).map(({ stage, truncated }) => [stage, truncated])).toEqual([
    ['click', false],
    ['purchase', false],
  ]);
  await node.engine.stop();
});

test('under a later policy an outcome still names what the earlier one called its actions', async () => {
  const stores = emptyStores();
  const policy = talk();
  const node = await startNode(stores, { bounds, policy });
  await decide(node);
  node.engine.runtime.policy = { ...policy, version: 'another', actions: [] };
  await node.advanceTo(TUESDAY + 2 * DAY_MS);
  expect(outcomesOf(stores)[0]?.candidates.map(({ action }) => action)).toEqual(['', 'talk']);
  await node.engine.stop();
});
