import { expect, test } from 'vitest';
import { membershipContract } from '../../port/membership.contract.ts';
import { KvBucket } from './kv-bucket.ts';
import { onNats } from './nats-home.fixture.ts';
import { NatsMembership } from './nats-membership.ts';

onNats((home) => {
  membershipContract('NatsMembership', async () => {
    const deployment = home.deployment();
    return {
      open: () => new NatsMembership(deployment.door(), deployment),
      destroy: () => deployment.destroy(),
    };
  });

  test('what no node wrote is no member, and a map that nobody can read is told with its place', async () => {
    const deployment = home.deployment();
    const membership = new NatsMembership(deployment.door(), deployment);
    const bucket = new KvBucket(deployment.door(), deployment, 'members');
    const row = { id: 'a', address: '127.0.0.1:1', isDraining: false, version: '1' };
    await membership.join(row);
    for (const text of ['no JSON', '[]', 'null', '{"id":7}']) await bucket.put(`node.${text.length}`, text);
    expect((await membership.read()).nodes).toMatchObject([row]);
    for (const text of [
      'no JSON',
      '{}',
      '{"owners":[1],"handoffs":{}}',
      '{"owners":[],"handoffs":{"0":1}}',
    ]) {
      await bucket.put('map', text);
      await expect(membership.read()).rejects.toMatchObject({ kind: 'corrupt' });
      await expect(membership.read()).rejects.toThrow(/members.*map/);
    }
    await deployment.destroy();
  });
});
