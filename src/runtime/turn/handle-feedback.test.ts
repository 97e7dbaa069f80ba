/** Reports of channel systems through an engine over the memory adapters. */
import { expect, test } from 'vitest';
import { dispatchId, trackingToken } from '../../core/decide/decision-id.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { PublishOutcome } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

const anna = [{ kind: 'loyalty', value: 'L1' }];
let count = 0;

function report(node: Node, change: Partial<FeedbackInput>): Promise<PublishOutcome> {
  const input: FeedbackInput = {
    ...{ channel: 'email', id: `f${++count}`, dispatchId: '', tracking: '', identifiers: [] },
    ...{
      kind: 'complained',
      occurredAt: TUESDAY,
      machine: false,
      link: '',
      value: 0,
      scope: '',
      bodyHash: 1,
    },
    ...change,
  };
  return new Promise((resolve) => node.gateway.feedback(input, resolve));
}

const complained = (node: Node) =>
  node.read({ identifiers: anna }, ({ channelStats, key }) => [
    key,
    channelStats.filter((stats) => (stats?.complainedAt ?? 0) > 0).length,
  ]);

test('a complaint by an address that nobody heard of begins a customer, who is there after a restart from the log alone', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds: { shards: 1 } });
  expect(await report(node, { identifiers: anna })).toEqual({ kind: 'accepted' });
  expect(await complained(node)).toEqual(['loyalty:L1', 1]);
  // The first process is not stopped, so nothing of it was saved but the log.
  const again = await startNode({ ...emptyStores(), log: stores.log }, { bounds: { shards: 1 } });
  expect(await complained(again)).toEqual(['loyalty:L1', 1]);
  await again.engine.stop();
});

test('the same report again is a duplicate, another body under its id a conflict, and identifiers of no declared kind are refused', async () => {
  const node = await startNode(emptyStores(), { bounds: { shards: 1 } });
  const once = { id: 'one', identifiers: anna } as const;
  expect(await report(node, once)).toEqual({ kind: 'accepted' });
  expect(await report(node, once)).toEqual({ kind: 'duplicate' });
  expect(await report(node, { ...once, bodyHash: 2 })).toMatchObject({ code: 'already_exists' });
  expect(await report(node, { identifiers: [{ kind: 'pigeon', value: '7' }] })).toMatchObject({
    code: 'invalid',
  });
  await node.engine.stop();
});

test('feedback about a treatment of another channel changes nothing, whether a token or a dispatch id names it', async () => {
  const node = await startNode(emptyStores(), { bounds: { shards: 1 } });
  await node.publish(
    event('Product Viewed', TUESDAY - 1_000, { identifiers: anna, products: [product('p')] }),
  );
  for (let n = 0; ; n++) {
    const decided = await node.decide(decideInput(`r${n}`));
    if (decided.kind !== 'decided') throw new Error(decided.message);
    const { place, fact } = decided;
    if (fact.choices[0]?.kind !== 'treatment') continue;
    const tracking = trackingToken(fact.customer, place, 0);
    const dispatchId = tracking.slice(tracking.indexOf('.') + 1);
    const version = () => node.read({ identifiers: anna }, (profile) => profile.version);
    const before = await version();
    for (const about of [{ tracking }, { dispatchId }]) {
      const refused = await report(node, { kind: 'opened', channel: 'email', ...about });
      expect(refused).toMatchObject({ code: 'invalid', rule: 'feedback.other_channel' });
    }
    expect(await version()).toBe(before);
    expect(await report(node, { kind: 'opened', channel: 'web', tracking })).toEqual({ kind: 'accepted' });
    break;
  }
  await node.engine.stop();
});

test('a tracking token that was altered is refused, and so is an older one without a check that names no treatment of its customer', async () => {
  const node = await startNode(emptyStores(), { bounds: { shards: 1 } });
  await node.publish(
    event('Product Viewed', TUESDAY - 1_000, { identifiers: anna, products: [product('p')] }),
  );
  let told = false;
  for (let n = 0; !told; n++) {
    const decided = await node.decide(decideInput(`r${n}`));
    if (decided.kind !== 'decided') throw new Error(decided.message);
    const { place, fact } = decided;
    if (fact.choices[0]?.kind !== 'treatment') continue;
    told = true;
    const tracking = trackingToken(fact.customer, place, 0);
    const dispatch = dispatchId(place, 0);
    const older = `${fact.customer}.${dispatch}`;
    const somebody = addresseeOf('loyalty', 'L2').id;
    const clicked = { kind: 'clicked', channel: 'web' } as const;
    const version = () => node.read({ identifiers: anna }, (profile) => profile.version);
    const before = await version();
    for (const wrong of [
      `${tracking}a`,
      `${tracking}0`,
      tracking.slice(0, -1),
      tracking.replace('.', '.1'),
      somebody + tracking.slice(22),
      trackingToken(fact.customer, place, 1).slice(0, 27) + tracking.slice(27),
      `${older}a`,
      `${older.slice(0, -1)}7`,
      `${somebody}.${dispatch}`,
      `${fact.customer.slice(0, -1)}B.${dispatch}`,
    ]) {
      const refused = await report(node, { ...clicked, tracking: wrong });
      expect([wrong, refused]).toMatchObject([wrong, { code: 'invalid', rule: 'tracking' }]);
    }
    for (const wrong of [`${dispatch}a`, `0${dispatch}`, ` ${dispatch}`])
      expect(await report(node, { ...clicked, dispatchId: wrong })).toMatchObject({ code: 'invalid' });
    expect(await version()).toBe(before);
    expect(await report(node, { ...clicked, tracking: older })).toEqual({ kind: 'accepted' });
    expect(await report(node, { ...clicked, tracking })).toEqual({ kind: 'accepted' });
  }
  await node.engine.stop();
});
