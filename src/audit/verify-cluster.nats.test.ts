/** That `attune verify` sees what is wrong with a deployment on the real servers, and disturbs nobody who is served from it. */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { beforeAll, expect, test, vi } from 'vitest';
import { natsAccess } from '../adapter/nats/nats-access.ts';
import { runCommand } from '../cli/scratch-command.fixture.ts';
import type { AttuneClient } from '../client/attune-client.ts';
import { decodeProfile, encodeProfile } from '../codec/stored/profile-codec.ts';
import { decodeHeader } from '../codec/stored/record-codec.ts';
import { openClusterStores } from '../node/open-cluster-stores.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { onCluster, SHARDS } from '../node/scratch-cluster.fixture.ts';
import type { Stores } from '../node/stores.ts';
import type { GuardedUser } from '../proof/servers/guard.ts';
import type { Verified } from './verified.ts';
import { verifyDeployment } from './verify.ts';

const CUSTOMERS = 12;

onCluster((cluster) => {
  function flagsOf(deployment: string, user: GuardedUser = 'attune-auditor'): string[] {
    const { nats, redis, guard } = cluster;
    return Object.entries({
      ...{ store: 'cluster', nats: nats.address, redis: `${redis.host}:${redis.port}`, deployment },
      ...{ 'nats-creds': guard.fileOf(user), 'nats-ca': guard.ca },
      ...{ 'redis-credentials': guard.fileOf(user), 'redis-ca': guard.ca },
    }).flatMap(([name, value]) => [`--${name}`, value]);
  }

  async function verified(deployment: string, user?: GuardedUser) {
    const { code, stdout, stderr } = await runCommand(['verify', '--json', ...flagsOf(deployment, user)]);
    if (stdout === '') throw new Error(stderr);
    return { code, ...(JSON.parse(stdout) as Verified) };
  }

  async function shop(client: AttuneClient, round: number): Promise<void> {
    for (let customer = 0; customer < CUSTOMERS; customer++) {
      const identifiers = [{ kind: 'crm', value: `c${customer}` }];
      await client.publish([
        {
          ...{ source: 'web', name: 'Product Viewed', identifiers, channel: 'web' },
          products: [{ productId: `coat-${round}`, category: 'coats', price: 180, quantity: 1 }],
        },
      ]);
      await client.decide({ identifiers, placements: ['home_hero'] });
    }
  }

  /** A deployment with archive, images, a log behind both, and everybody saved; nobody serves it any more. */
  async function deploymentWithAll(): Promise<string> {
    const name = cluster.deployment();
    const { client, node } = await cluster.serve(name);
    await shop(client, 1);
    // Of whom is saved.
    await vi.waitFor(async () => {
      await node.images.writeAll();
      let rows = 0;
      for (let shard = 0; shard < SHARDS; shard++)
        for (const head of (await node.stores.images.list(shard)).slice(0, 1))
          rows += (await node.stores.images.open(head)).rows;
      expect(rows).toBe(CUSTOMERS);
    }, 10_000);
    await shop(client, 2);
    await cluster.end();
    await inStores(name, archiveThree);
    return name;
  }

  async function inStores(deployment: string, change: (stores: Stores) => Promise<void>): Promise<void> {
    const stores = await openClusterStores(cluster.settings({ deployment }), quietObserver, Date.now);
    await change(stores);
    await stores.close();
  }

  async function archiveThree(stores: Stores): Promise<void> {
    for (let shard = 0; shard < SHARDS; shard++) {
      const records = await stores.log.read(shard, 1, 6);
      const at = decodeHeader(records[0]?.bytes as Uint8Array).at;
      await stores.archive.write(shard, records.slice(0, 3), { from: at, to: at });
      await stores.log.trim(shard, 3);
    }
  }

  async function onNats(change: (manager: JetStreamManager) => Promise<void>) {
    const connection = await connect({
      ...natsAccess(cluster.guard.accessOf('attune-operator'), '127.0.0.1'),
      ...{ servers: [cluster.nats.address], inboxPrefix: '_INBOX_operator' },
    });
    await change(await jetstreamManager(connection));
    await connection.close();
  }

  let sound = '';
  beforeAll(async () => {
    sound = await deploymentWithAll();
  }, 60_000);

  test.each(['attune-auditor', 'attune-node'] as const)(
    'a sound deployment does not differ, as %s sees it: all that is stored is compared, and nothing is made',
    async (user) => {
      const streams = async (): Promise<string[]> => {
        const names: string[] = [];
        await onNats(async (manager) => {
          for await (const { config, state } of manager.streams.list())
            names.push(`${config.name} ${state.last_seq} ${state.messages}`);
        });
        return names.toSorted();
      };
      const before = await streams();
      const found = await verified(sound, user);
      expect(found).toMatchObject({ code: 0, different: 0, incomplete: 0, findings: [], differences: [] });
      expect(found).toMatchObject({ customers: CUSTOMERS, snapshots: CUSTOMERS });
      expect(found.imageRows).toBeGreaterThanOrEqual(CUSTOMERS);
      expect(found.decisions).toBe(2 * CUSTOMERS);
      expect(await streams()).toEqual(before);
    },
    30_000,
  );

  test('a deployment that is served and written to does not differ', async () => {
    const name = cluster.deployment();
    const { client, node } = await cluster.serve(name);
    await shop(client, 0);
    let isOver = false;
    const load = (async () => {
      for (let round = 1; !isOver; round++) {
        await shop(client, round);
        if (round % 4 === 0) await node.images.writeAll();
        // Written to all the while, and no more of it than can be read beside it.
        await new Promise<void>((resolve) => setTimeout(resolve, 200));
      }
    })();
    for (let run = 0; run < 2; run++)
      expect(await verified(name)).toMatchObject({
        code: 0,
        different: 0,
        findings: [],
        customers: CUSTOMERS,
      });
    isOver = true;
    await load;
  }, 180_000);

  /** What is found of a deployment of its own, in which something was changed. */
  async function harmed(harm: (deployment: string) => Promise<void>) {
    const name = await deploymentWithAll();
    await harm(name);
    return verifyDeployment(cluster.settings({ deployment: name }));
  }

  /** As a node that writes what no node writes. */
  async function published(subject: string, text: string): Promise<void> {
    const { nats, guard } = cluster;
    const access = natsAccess(guard.accessOf('attune-node'), '127.0.0.1');
    const node = await connect({ ...access, servers: [nats.address] });
    node.publish(subject, text);
    await node.flush();
    await node.close();
  }

  test('records that are gone, that no node wrote, or that end too early are told shard by shard', async () => {
    const { findings, different, customers } = await harmed(async (name) => {
      await published(`${name}.log.2`, 'a fact');
      await onNats(async (manager) => {
        await manager.streams.purge(`${name}-log-1`, { seq: 6 });
        const { config } = await manager.streams.info(`${name}-log-0`);
        await manager.streams.delete(`${name}-log-0`);
        await manager.streams.add(config);
      });
    });
    expect(findings).toEqual([
      expect.stringMatching(/^stream d\d+-log-0 was made anew at .*; the one of the deployment was made at/),
      expect.stringMatching(
        /^the checkpoint of shard 0 is of record \d+, and its log ends at record 0: the log lost/,
      ),
      expect.stringMatching(
        /^the image of shard 0 at record \d+ has record \d+, and the log ends at record 0/,
      ),
      expect.stringMatching(
        /^the log of shard 0 ends at record 0, and record 3 is in the archive: the log lost/,
      ),
      'the records 4 to 5 of shard 1 are neither in the archive nor in the log; shard 1 is not verified from there on',
      expect.stringMatching(
        /^stream d\d+-log-2: record \d+ is damaged, or was published by somebody who is no node/,
      ),
    ]);
    expect([different, customers > 0]).toEqual([0, true]);
  }, 30_000);

  /** Removes the only piece of a file, and puts `piece` in its place. */
  async function spoilFile(bucket: string, kind: 'archive' | 'image', piece?: string): Promise<void> {
    const stream = `OBJ_${bucket}`;
    let subject = '';
    await onNats(async (manager) => {
      const { state } = await manager.streams.info(stream, { subjects_filter: `$O.${bucket}.M.>` });
      const entry = Object.keys(state.subjects ?? {}).find((each) =>
        Buffer.from(each.split('.').at(-1) ?? '', 'base64url')
          .toString()
          .startsWith(`${kind}/`),
      );
      const found = await manager.streams.getMessage(stream, { last_by_subj: entry ?? '' });
      subject = `$O.${bucket}.C.${found?.json<{ nuid: string }>().nuid}`;
      await manager.streams.purge(stream, { filter: subject });
    });
    if (piece !== undefined) await published(subject, piece);
  }

  test('files of archive and images that were changed, or lost a piece, are told with their names', async () => {
    const { findings } = await harmed(async (name) => {
      await spoilFile(`${name}-files-0`, 'archive', 'no segment');
      await spoilFile(`${name}-files-1`, 'archive');
      await spoilFile(`${name}-files-2`, 'image', 'no image');
      await spoilFile(`${name}-files-3`, 'image');
    });
    expect(findings).toEqual([
      expect.stringMatching(/files-2: image\/\S+ is damaged: .*digests do not match/),
      expect.stringMatching(/files-3: image\/\S+ is damaged: it has 0 pieces of 1/),
      expect.stringMatching(/files-0: archive\/1-3\S+ is damaged: .*digests do not match/),
      expect.stringMatching(/files-1: archive\/1-3\S+ is damaged: it has 0 pieces of 1/),
    ]);
  }, 30_000);

  test('a profile in Redis that was changed, is not the fold, or is gone is told with whose it is', async () => {
    const ids: string[] = [];
    const { findings, differences } = await harmed((name) =>
      inStores(name, async ({ snapshots }) => {
        const rows = await snapshots.scan(0, '', 3);
        const { counter } = await snapshots.load(0);
        const [changed, other, gone] = rows;
        if (changed === undefined || other === undefined || gone === undefined) throw new Error('too few');
        ids.push(changed.id, other.id, gone.id);
        const profile = decodeProfile(other.bytes);
        const bytes = encodeProfile({ ...profile, createdAt: profile.createdAt + 1 });
        await snapshots.write(0, [{ ...other, bytes }], counter);
        const direct = cluster.direct();
        const [key, idOf] = [`{${name}:0}:rows`, (id: string) => Buffer.from(id, 'base64url')];
        const row = (await direct.hgetBuffer(key, idOf(changed.id))) as Buffer;
        row.writeUInt8(row.readUInt8(row.length - 1) ^ 1, row.length - 1);
        await direct.hset(key, idOf(changed.id), row);
        await direct.hdel(key, idOf(gone.id));
        direct.disconnect();
      }),
    );
    const [changed, other, gone] = ids;
    expect(findings[0]).toBe(`the snapshot of customer ${changed} in shard 0 is damaged in Redis`);
    expect(differences.toSorted()).toEqual(
      [
        expect.stringMatching(
          `^customer ${other}: the snapshot at record \\d+ .* is not the fold \\(createdAt`,
        ),
        expect.stringMatching(`^customer ${gone} has no snapshot, their last fact is in record \\d+`),
      ].toSorted((a, b) => String(a).localeCompare(String(b))),
    );
  }, 30_000);

  test('profiles in an image that are not the fold are told, with the image', async () => {
    const { findings, differences } = await harmed((name) =>
      inStores(name, async ({ images }) => {
        const [head] = await images.list(0);
        if (head === undefined) throw new Error('there is no image');
        const { generation, state, read } = await images.open(head);
        await images.write({
          ...{ ...head, at: head.at + 1, generation, state },
          rows: (async function* () {
            for await (const page of read())
              yield page.map((row) => {
                const profile = decodeProfile(row.bytes);
                return { ...row, bytes: encodeProfile({ ...profile, createdAt: profile.createdAt + 1 }) };
              });
          })(),
        });
      }),
    );
    expect(findings).toEqual([]);
    expect(differences.length).toBeGreaterThan(0);
    for (const sentence of differences)
      expect(sentence).toMatch(
        /^customer \S+: their row in the image of record \d+ at record \d+ .*createdAt/,
      );
  }, 30_000);

  test('a deployment that is not there, and a directory beside it, are refused with what to say', async () => {
    for (const [args, code, sentence] of [
      [flagsOf('nowhere'), 69, /^there is no deployment nowhere on NATS at \S+: name it by --deployment\n$/],
      [['somewhere', ...flagsOf('d0')], 2, /^--store cluster names a deployment, and somewhere a directory/],
      [[], 2, /^name a data directory, or a deployment with --store cluster\n$/],
    ] as const) {
      const ended = await runCommand(['verify', ...args]);
      expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(sentence)]);
    }
  }, 30_000);
});
