import { expect, test } from 'vitest';
import { trackingToken } from '../core/decide/decision-id.ts';
import { addresseeOf } from '../core/identity/customer.ts';
import type { PublishOutcome } from '../port/customers.ts';
import { decideInput, emptyStores, event, startNode, TUESDAY } from './engine.fixture.ts';

test('a report about somebody whose requests left nothing behind is refused, not kept where no restart finds it', async () => {
  const stores = emptyStores();
  const node = await startNode(stores);
  const known = addresseeOf('loyalty', 'L1');
  // Both bring her into memory, neither writes.
  await node.publish(event('Page Viewed', TUESDAY + 3_600_000));
  await node.decide(decideInput('dry', { dryRun: true }));
  const tracking = trackingToken(
    known.id,
    { generation: 1, shard: known.hash % node.engine.shards.length, seq: 1, index: 0 },
    0,
  );
  const outcome = await new Promise<PublishOutcome>((resolve) =>
    node.door.feedback(
      {
        channel: 'email',
        id: 'f1',
        dispatchId: '',
        tracking,
        kind: 'unsubscribed',
        occurredAt: TUESDAY,
        machine: false,
        link: '',
        value: 0,
        scope: '',
        bodyHash: 1,
      },
      resolve,
    ),
  );
  expect(outcome).toMatchObject({ kind: 'refused', code: 'not_found' });
  expect(await node.door.read({ customerId: known.id }, (profile) => profile.version)).toBeUndefined();
  await node.engine.stop();
  const again = await startNode(stores);
  expect(await again.door.read({ customerId: known.id }, (profile) => profile.version)).toBeUndefined();
  await again.engine.stop();
});
