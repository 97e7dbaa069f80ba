/** What a node refuses to start with, and what it does with what others put into its stores. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { describe, expect, test } from 'vitest';
import { natsAccess } from '../adapter/nats/nats-access.ts';
import { type AttuneClient, connect } from '../client/attune-client.ts';
import { startNatsServer } from '../proof/servers/nats-server.ts';
import { isThere, oldNatsServerProgram } from '../proof/servers/server-programs.ts';
import { openClusterStores } from './open-cluster-stores.ts';
import { quietObserver } from './quiet-observer.ts';
import { onCluster, SHARDS } from './scratch-cluster.fixture.ts';

const hasOld = await isThere(oldNatsServerProgram);

onCluster((cluster) => {
  const { deployment, serve, end } = cluster;
  const who = (value: string) => [{ kind: 'crm', value }];

  async function view(client: AttuneClient, customer: string, productId: string): Promise<void> {
    const [result] = await client.publish([
      {
        ...{ source: 'web', name: 'Product Viewed', identifiers: who(customer), channel: 'web' },
        products: [{ productId, category: 'coats', price: 180, quantity: 1 }],
      },
    ]);
    expect(result?.status).toBe(1);
  }

  async function viewsOf(client: AttuneClient, customer: string): Promise<readonly string[]> {
    const { viewed } = await client.getCustomer({ identifiers: who(customer) });
    return viewed.map(({ productId }) => productId);
  }

  /** As somebody with rights to the streams. */
  async function asOperator<T>(use: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    const connection = await connectNats({
      ...natsAccess(cluster.guard.accessOf('attune-operator'), '127.0.0.1'),
      ...{ servers: [cluster.nats.address], inboxPrefix: '_INBOX_operator' },
    });
    try {
      return await use(await jetstreamManager(connection));
    } finally {
      await connection.close();
    }
  }

  /** A deployment that was served, with a customer in it. */
  async function served(): Promise<string> {
    const name = deployment();
    const { client } = await serve(name);
    await view(client, 'anna', 'coat-1');
    await end();
    return name;
  }

  describe('streams of a deployment', () => {
    test('one that is gone is not made anew', async () => {
      const name = await served();
      await asOperator((manager) => manager.streams.delete(`${name}-log-2`));
      await expect(serve(name)).rejects.toThrow(
        new RegExp(`^stream ${name}-log-2 is gone, which was made at .*\\n.*--nats-accept recreated`),
      );
      const gone = await asOperator((manager) => manager.streams.names(`${name}.log.2`).next());
      expect(gone).toEqual([]);
    });

    test('one that was made anew is not taken for the old one, and by who accepts it only where nothing is missing', async () => {
      const name = await served();
      const at = await asOperator(async (manager) => {
        for (let shard = 0; shard < SHARDS; shard++) {
          const { config } = await manager.streams.info(`${name}-log-${shard}`);
          await manager.streams.delete(config.name);
          await manager.streams.add(config);
        }
        return 'made anew';
      });
      await expect(serve(name)).rejects.toThrow(
        new RegExp(`stream ${name}-log-0 was ${at} at .*; the one of`),
      );
      const { said, address } = await serve(name, { natsAccept: 'recreated' });
      await expect
        .poll(() => said.join('\n'), { timeout: 20_000 })
        .toMatch(/its log ends at record 0, and its checkpoint is of record \d+: the log lost records/);
      const hasty = connect(address, { deadlineMs: 1_000 });
      await expect(viewsOf(hasty, 'anna')).rejects.toMatchObject({
        code: expect.stringMatching(/UNAVAILABLE|DEADLINE/),
      });
      hasty.close();
    });

    test.each(['deployment', 'erasures'])('the bucket %s is missed', async (bucket) => {
      const name = await served();
      await asOperator((manager) => manager.streams.delete(`KV_${name}-${bucket}`));
      await expect(serve(name)).rejects.toThrow(
        bucket === 'deployment'
          ? /has records, and nothing notes whose they are/
          : /stream KV_.*-erasures is gone/,
      );
      // With the bucket the name goes that its Redis knows.
      const { client } = await serve(name, { natsAccept: 'recreated', redisAccept: 'foreign' });
      expect(await viewsOf(client, 'anna')).toEqual(['coat-1']);
    });

    test('a first start that was cut short is finished by the next one', async () => {
      const name = deployment();
      await asOperator(async (manager) => {
        await manager.streams.add({
          ...{ name: `${name}-log-0`, subjects: [`${name}.log.0`], max_bytes: 16 * 2 ** 20 },
          ...({ discard: 'new', deny_delete: true, allow_direct: false } as object),
        });
      });
      const { client } = await serve(name);
      await view(client, 'anna', 'coat-1');
    });
  });

  // Skipped because a machine without registries has no such server; CI can fetch it, so there it fails.
  test.skipIf(!hasOld)(
    'a NATS of 2.14.3 is refused for streams of several replicas, unless somebody knows better',
    async () => {
      const directory = join(cluster.scratch, 'old');
      mkdirSync(directory);
      const { guard } = cluster;
      const old = await startNatsServer({ directory, guard, program: await oldNatsServerProgram() });
      cluster.later(() => old.stop());
      const asked = cluster.settings({ nats: [old.address], replicas: 3, deployment: deployment() });
      await expect(openClusterStores(asked, quietObserver, Date.now)).rejects.toThrow(
        /\(old-server\): its version is 2\.14\.3: streams of 3 replicas want 2\.14\.4 or newer/,
      );
      const accepted = openClusterStores({ ...asked, natsAccepted: ['old-server'] }, quietObserver, Date.now);
      // One server alone cannot hold three.
      await expect(accepted).rejects.toThrow(/replicas > 1 not supported/);
      const single = await openClusterStores({ ...asked, replicas: 1 }, quietObserver, Date.now);
      await single.close();
    },
  );

  describe('a Redis', () => {
    test('that has the profiles of another deployment of this name is refused; who accepts it drops them', async () => {
      const name = await served();
      const direct = cluster.direct();
      await direct.hset(`{${name}:deployment}`, 'owner', 'another.1');
      await expect(serve(name)).rejects.toThrow(/the Redis \(foreign\) has profiles of another deployment/);
      const { client } = await serve(name, { redisAccept: 'foreign' });
      expect(await viewsOf(client, 'anna')).toEqual(['coat-1']);
      await end();
      // Noted again: the next one needs no flag.
      await serve(name);
      direct.disconnect();
    });

    test('that is away costs those nothing who are in memory; others are UNAVAILABLE; it has all once it is back', async () => {
      const asked = { guard: undefined, settings: { appenddirname: 'away' } };
      const own = await cluster.startRedis(asked);
      const name = deployment();
      const there = { redis: `127.0.0.1:${own.port}`, redisCredentials: '', redisCa: '' };
      const { client, node, address } = await serve(name, there);
      await view(client, 'anna', 'coat-1');
      await own.standStill();
      own.signal('SIGKILL');
      await own.ended;
      for (let n = 0; n < 5; n++) {
        await view(client, 'anna', `coat-away-${n}`);
        await client.decide({ identifiers: who('anna'), placements: ['home_hero'] });
      }
      const hasty = connect(address, { deadlineMs: 1_000 });
      const cold = Array.from({ length: 20 }, (_, n) => hasty.getCustomer({ identifiers: who(`cold-${n}`) }));
      for (const { status, ...rest } of await Promise.allSettled(cold)) {
        expect(status).toBe('rejected');
        expect(rest).toMatchObject({ reason: { code: expect.stringMatching(/UNAVAILABLE|DEADLINE/) } });
      }
      hasty.close();
      // Whoever could not be brought in takes no room.
      expect(node.gateway.status().reduce((sum, { resident }) => sum + resident, 0)).toBeLessThan(10);
      const codes = () => node.health.state().reasons.map(({ code }) => code);
      await expect.poll(codes, { timeout: 10_000 }).toContain('snapshots_failing');
      await cluster.startRedis({ ...asked, port: own.port });
      await expect.poll(codes, { timeout: 20_000 }).not.toContain('snapshots_failing');
      await view(client, 'cold-1', 'coat-2');
      await end();
      const { client: again } = await serve(name, there);
      expect(await viewsOf(again, 'anna')).toHaveLength(6);
    }, 60_000);
  });

  test.each([
    ['deployment', 'format', 'no JSON'],
    ['deployment', 'format', '{"shards":"many"}'],
    ['deployment', 'keys', '7'],
    ['erasures', 'receipt-1', '{}'],
  ])(
    'what somebody else wrote into the bucket %s under %s (%s) is told with its place',
    async (bucket, key, text) => {
      const name = await served();
      const connection = await connectNats({
        ...natsAccess(cluster.guard.accessOf('attune-node'), '127.0.0.1'),
        servers: [cluster.nats.address],
      });
      connection.publish(`$KV.${name}-${bucket}.${key}`, text);
      await connection.flush();
      await connection.close();
      await expect(serve(name)).rejects.toMatchObject({
        ...{
          kind: 'corrupt',
          message: expect.stringContaining(`${name}-${bucket}: entry ${key} is damaged`),
        },
      });
    },
  );

  describe('a message in the log of a shard that no node wrote', () => {
    const facts = Buffer.from('no facts');
    const crc = Buffer.alloc(4);
    crc.writeUInt32LE(crc32(facts));
    test.each([
      ['without a checksum', Buffer.from('nothing of ours')],
      ['with a checksum', Buffer.concat([crc, facts])],
      ['empty', Buffer.alloc(0)],
    ])(
      '%s stops that shard with a sentence, and nobody else',
      async (_, payload) => {
        const name = deployment();
        const { client, said, address } = await serve(name);
        const people = ['anna', 'ben', 'cora', 'dan', 'eve', 'fay', 'gil', 'hal'];
        for (const person of people) await view(client, person, 'coat-1');
        const connection = await connectNats({
          ...natsAccess(cluster.guard.accessOf('attune-node'), '127.0.0.1'),
          servers: [cluster.nats.address],
        });
        connection.publish(`${name}.log.1`, payload);
        await connection.flush();
        await connection.close();
        const hasty = connect(address, { deadlineMs: 2_000 });
        const outcomes = await Promise.all(
          people.map((person) =>
            view(hasty, person, 'coat-2').then(
              () => 'acknowledged',
              () => 'refused',
            ),
          ),
        );
        hasty.close();
        expect(outcomes).toContain('acknowledged');
        expect(outcomes).toContain('refused');
        await expect
          .poll(() => said.join('\n'))
          .toMatch(new RegExp(`${name}-log-1: record \\d+ is damaged|shard 1.*record \\d+`));
        // What was acknowledged before it is whole for those of other shards.
        for (const [at, person] of people.entries())
          if (outcomes[at] === 'acknowledged')
            expect((await viewsOf(client, person)).toSorted()).toEqual(['coat-1', 'coat-2']);
      },
      60_000,
    );
  });
});
