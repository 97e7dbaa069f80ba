import { expect, test } from 'vitest';
import { decideInput, emptyStores, event, order, product, startNode, TUESDAY } from './engine.fixture.ts';

test('an acknowledged event is visible to the next decision, and a purchase ends the promotion of what was bought', async () => {
  const node = await startNode(emptyStores());
  const coat = product('coat-1');
  expect(await node.publish(event('Product Viewed', TUESDAY - 1000, { products: [coat] }))).toEqual({
    kind: 'accepted',
  });
  expect(await node.publish(event('Product Added', TUESDAY - 900, { products: [coat] }))).toEqual({
    kind: 'accepted',
  });
  const before = await node.decide(decideInput('r1'));
  expect(before.kind).toBe('decided');
  await node.publish(
    event('Order Completed', TUESDAY - 10, { channel: 'store', products: [coat], order: order('o1', 120) }),
  );
  for (let i = 0; i < 50; i++) {
    const after = await node.decide(decideInput(`after-${i}`));
    if (after.kind !== 'decided') throw new Error(after.message);
    for (const choice of after.fact.choices) if (choice.promotion) expect(choice.product).not.toBe('coat-1');
  }
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});

test('a retry gets the stored decision, another body is refused, also after a restart', async () => {
  const stores = emptyStores();
  const first = await startNode(stores);
  await first.publish(event('Product Viewed', TUESDAY - 1000, { products: [product('p1')] }));
  const decided = await first.decide(decideInput('same'));
  await first.engine.stop();
  const node = await startNode(stores, { now: TUESDAY + 1000 });
  const again = await node.decide(decideInput('same'));
  if (decided.kind !== 'decided' || again.kind !== 'decided') throw new Error('refused');
  expect(again.repeated).toBe(true);
  expect(again.place).toEqual(decided.place);
  expect(again.fact.choices).toEqual(decided.fact.choices);
  // Of the version before, which compared lists in their order.
  const older = await node.decide(decideInput('same', { bodyHash: 2, olderBodyHash: 1 }));
  expect(older).toMatchObject({ repeated: true, place: decided.place });
  const other = await node.decide(decideInput('same', { bodyHash: 2, olderBodyHash: 3 }));
  expect(other.kind === 'refused' && other.code).toBe('already_exists');
  await node.engine.stop();
});

test('a checkout that is left gets exactly one intervention, at the end of its window and not before', async () => {
  const node = await startNode(emptyStores());
  const consent = (channel: string) =>
    node.publish(
      event('Consent Updated', TUESDAY - 5000, {
        properties: { channel, purpose: 'marketing', granted: true },
        identifiers: [
          { kind: 'loyalty', value: 'L1' },
          { kind: 'email_sha256', value: 'a'.repeat(64) },
        ],
      }),
    );
  await consent('email');
  await node.publish(event('Product Added', TUESDAY - 2000, { products: [product('p1')] }));
  await node.publish(
    event('Checkout Started', TUESDAY - 1000, { products: [product('p1')], order: undefined }),
  );
  await node.publish(event('Shipping Cost Shown', TUESDAY));
  const window = node.engine.runtime.policy?.triggers[0]?.windowMs ?? 0;
  const decided: string[] = [];
  node.gateway.tail(({ fact }) => fact.kind === 'decision' && decided.push(fact.cause));
  await node.advanceTo(TUESDAY + window - 1);
  expect(decided).toEqual([]);
  await node.advanceTo(TUESDAY + window + 1);
  expect(decided).toEqual(['checkout_exit']);
  await node.advanceTo(TUESDAY + 20 * window);
  expect(decided).toEqual(['checkout_exit']);
  expect(node.faults).toEqual([]);
  await node.engine.stop();
});
