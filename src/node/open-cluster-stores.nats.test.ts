/** A node whose facts are in NATS and whose profiles are in Redis, on the real servers. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import type { AttuneClient } from '../client/attune-client.ts';
import { startNatsServer } from '../proof/servers/nats-server.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { metricsPage } from './metrics-page.fixture.ts';
import { openClusterStores } from './open-cluster-stores.ts';
import type { Node } from './open-node.ts';
import { quietObserver } from './quiet-observer.ts';
import { onCluster, SHARDS } from './scratch-cluster.fixture.ts';

onCluster((cluster) => {
  const { deployment, settings, keysFile, serve, end } = cluster;

  const anna = [{ kind: 'crm', value: 'anna' }];

  async function view(client: AttuneClient, productId: string): Promise<void> {
    const [result] = await client.publish([
      {
        ...{ source: 'web', name: 'Product Viewed', identifiers: anna, channel: 'web' },
        products: [{ productId, category: 'coats', price: 180, quantity: 1 }],
      },
    ]);
    expect(result?.status).toBe(1);
  }

  async function viewsOf(client: AttuneClient): Promise<readonly string[]> {
    const { viewed } = await client.getCustomer({ identifiers: anna });
    return viewed.map(({ productId }) => productId);
  }

  describe('a node on NATS and Redis', () => {
    test('what was acknowledged is there after a restart, and its decisions are explained', async () => {
      const name = deployment();
      const { client } = await serve(name);
      await view(client, 'coat-1');
      const { decisionId } = await client.decide({ identifiers: anna, placements: ['home_hero'] });
      await end();
      const { client: again } = await serve(name);
      expect(await viewsOf(again)).toEqual(['coat-1']);
      expect((await again.explain(decisionId)).page).toContain('home_hero');
    });

    test('a Redis that lost everything costs nobody anything: who is asked for is folded anew from the log', async () => {
      const name = deployment();
      const { client } = await serve(name);
      for (const product of ['coat-1', 'coat-2']) await view(client, product);
      await end();
      const direct = cluster.direct();
      await direct.flushall();
      direct.disconnect();
      const { client: again } = await serve(name);
      expect((await viewsOf(again)).toSorted()).toEqual(['coat-1', 'coat-2']);
    });

    test('two nodes share the shards, either takes any call, and who stays has all when the other one leaves', async () => {
      const name = deployment();
      const { client: first, node } = await serve(name);
      await view(first, 'coat-1');
      const { client: second, node: other } = await serve(name);
      const served = (one: Node): number => one.engine.shards.filter(({ isServing }) => isServing).length;
      await vi.waitFor(() => expect([served(node), served(other)]).toEqual([SHARDS / 2, SHARDS / 2]), 20_000);
      const page = await metricsPage(node);
      expect(page).toMatch(new RegExp(`^attune_shards_served ${SHARDS / 2}$`, 'm'));
      // Shards of the other node have nothing to walk through here, and nobody waits.
      for (const none of ['enrolment_shards', 'audience_walk_shards', 'requests_awaiting_node'])
        expect(page).toMatch(new RegExp(`^attune_${none} 0$`, 'm'));
      expect([await viewsOf(first), await viewsOf(second)]).toEqual([['coat-1'], ['coat-1']]);
      const { decisionId } = await second.decide({ identifiers: anna, placements: ['home_hero'] });
      expect((await first.explain(decisionId)).page).toContain('home_hero');
      await Promise.all([view(first, 'coat-2'), view(second, 'coat-3')]);
      await end();
      await view(first, 'coat-4');
      expect((await viewsOf(first)).toSorted()).toEqual(['coat-1', 'coat-2', 'coat-3', 'coat-4']);
      await vi.waitFor(() => expect(served(node)).toBe(SHARDS), 10_000);
    });

    test('secret keys come from a file that is the same for each node, and one that lacks a key is refused', async () => {
      const name = deployment();
      await expect(serve(name, { secretKeys: '' })).rejects.toThrow(/--store cluster needs --secret-keys/);
      await serve(name);
      await end();
      await expect(serve(name, { secretKeys: keysFile('another') })).rejects.toThrow(
        /another\.keys lacks keys that were in use/,
      );
      await serve(name);
    });

    test('another number of shards than the deployment has is refused with both', async () => {
      const name = deployment();
      await (await openClusterStores(settings({ deployment: name }), quietObserver, Date.now)).close();
      const other = openClusterStores(settings({ deployment: name, shards: 8 }), quietObserver, Date.now);
      await expect(other).rejects.toThrow(/has 4 shards for its life: start with --shards 4/);
    });
  });

  describe('servers that let nobody in, or are not trusted', () => {
    test.each([
      ['nats', () => ({ credentials: cluster.guard.fileOf('attune-reader') }), /Permissions Violation/],
      ['nats', () => ({ credentials: '' }), /NATS cannot be reached at .* \(Authorization Violation\)/],
      [
        'nats',
        () => ({ ca: cluster.guard.elsewhere.cert }),
        /NATS cannot be reached at .* \(unable to|self.signed/,
      ],
      ['redis', () => ({ credentials: cluster.guard.fileOf('attune-reader') }), /NOPERM|no permissions/i],
      [
        'redis',
        () => ({ credentials: cluster.guard.fileOf('system') }),
        /the settings of 127\.0\.0\.1:\d+ .*WRONGPASS/,
      ],
      [
        'redis',
        () => ({ ca: cluster.guard.elsewhere.cert }),
        /the settings of 127\.0\.0\.1:\d+ .*(unable to|self.signed)/,
      ],
      ['redis', () => ({ ca: '' }), /the settings of 127\.0\.0\.1:\d+ /],
    ] as const)(
      '%s with other files (%#) is told with its reason and no secret',
      async (store, change, sentence) => {
        const asked = settings({ deployment: deployment() });
        const both = asked.files;
        const given = { ...asked, files: { ...both, [store]: { ...both[store], ...change() } } };
        const fault = await openedAndAsked(given).catch((cause: unknown) => cause as Error);
        expect(inspect(fault)).toMatch(sentence);
        for (const user of ['attune-node', 'attune-reader', 'system'] as const)
          expect(inspect(fault, { depth: 10 })).not.toContain(cluster.guard.passwordOf(user));
      },
    );

    async function openedAndAsked(given: ClusterSettings): Promise<void> {
      const stores = await openClusterStores(given, quietObserver, Date.now);
      try {
        await stores.snapshots.load(0);
      } finally {
        await stores.close();
      }
    }
  });

  test('a NATS that takes no large records is refused with what to set', async () => {
    const directory = join(cluster.scratch, 'small');
    mkdirSync(directory);
    const small = await startNatsServer({ directory, maxPayload: '1MB', guard: cluster.guard });
    cluster.later(() => small.stop());
    const asked = settings({ nats: [small.address], deployment: deployment() });
    await expect(openClusterStores(asked, quietObserver, Date.now)).rejects.toThrow(
      /max_payload is 1048576, and records may have 8388608 bytes: set max_payload: 8MB/,
    );
  });

  describe('a Redis that would lose profiles', () => {
    test('is refused with a sentence for each doubt, and taken where an operator accepts them', async () => {
      const doubtful = await cluster.startRedis({
        settings: { appendonly: 'no', maxmemory: '50mb', 'maxmemory-policy': 'allkeys-lru' },
      });
      const asked = settings({
        ...{ deployment: deployment(), redis: { host: doubtful.host, port: doubtful.port } },
      });
      await expect(openClusterStores(asked, quietObserver, Date.now)).rejects.toThrow(
        /\(evicts\): maxmemory-policy is allkeys-lru[^\n]*\n[^\n]*\(no-aof\): appendonly is no/,
      );
      const stores = await openClusterStores(
        { ...asked, accepted: ['evicts', 'no-aof'] },
        quietObserver,
        Date.now,
      );
      await stores.close();
    });
  });
});
