/** All that a node stores where its disk is nobody's: facts, archive, images, editions and catalogue in NATS JetStream, profiles in Redis. */
import { JetStreamFactLog } from '../adapter/nats/jetstream-fact-log.ts';
import { findStreams, openLogs } from '../adapter/nats/known-streams.ts';
import { KvBucket } from '../adapter/nats/kv-bucket.ts';
import { NatsCatalogLog } from '../adapter/nats/nats-catalog-log.ts';
import { NatsDoor } from '../adapter/nats/nats-door.ts';
import { NatsEditions } from '../adapter/nats/nats-editions.ts';
import { NatsErasures } from '../adapter/nats/nats-erasures.ts';
import { NatsMembership } from '../adapter/nats/nats-membership.ts';
import { ObjectArchive } from '../adapter/nats/object-archive.ts';
import { ObjectImages } from '../adapter/nats/object-images.ts';
import type { StreamOptions } from '../adapter/nats/shard-stream.ts';
import { readRedisSettings } from '../adapter/redis/redis-settings.ts';
import { RedisSnapshotStore } from '../adapter/redis/redis-snapshot-store.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { type DeploymentFormat, notedKeys, openDeployment } from './deployment-format.ts';
import { expectNats, named } from './expect-servers.ts';
import { watchLossWindows } from './loss-windows.ts';
import { openStoreAccess } from './store-access.ts';
import type { KeyNotes, Stores } from './stores.ts';

const DIAL_MS = 2_000;
const REDIAL_MS = 250;
const ANSWER_MS = 5_000;

/** Throws PortError with a sentence: nobody answers, the deployment is another one, or Redis would lose what it was given. */
export async function openClusterStores(
  settings: ClusterSettings,
  observer: Observer,
  now: () => number,
): Promise<Stores> {
  const { nats, redis, files, deployment: prefix, replicas, shards, logBytesMax: maxBytes } = settings;
  const natsAccess = openStoreAccess('nats', files.nats, observer);
  const redisAccess = openStoreAccess('redis', files.redis, observer);
  const door = new NatsDoor({
    access: natsAccess,
    ...{ servers: nats, name: `${prefix}-node`, dialMs: DIAL_MS, redialMs: REDIAL_MS, answerMs: ANSWER_MS },
    steadyMs: () => performance.now(),
  });
  const closers = [() => door.close()];
  const close = async (): Promise<void> => {
    for (const each of closers) await each();
  };
  try {
    const options: StreamOptions = { prefix, replicas, maxBytes };
    await expectNats(door, options, settings);
    const redisOptions = { ...redis, access: redisAccess, prefix, answerMs: ANSWER_MS };
    const { doubts } = await readRedisSettings(redisOptions);
    const refused = doubts.filter(({ doubt }) => !settings.accepted.includes(doubt));
    if (refused.length > 0)
      throw new PortError(
        'unavailable',
        refused
          .map(({ doubt, sentence }) => `Redis at ${redis.host}:${redis.port}${named(doubt)}: ${sentence}`)
          .join('\n'),
      );
    const bucket = new KvBucket(door, options, 'deployment');
    const editions = new NatsEditions(door, options, { now });
    const format = await openDeployment({
      ...{ bucket, name: prefix, shards, takesRecreated: settings.natsAccepted.includes('recreated') },
      find: () => findStreams(door, options, shards),
      make: async () => {
        await openLogs(door, options, shards);
        await NatsErasures.open(door, options);
        await editions.current('policy');
      },
    });
    const { generation } = format;
    const snapshots = new RedisSnapshotStore(redisOptions);
    closers.unshift(() => snapshots.close());
    await expectOwn(snapshots, format, settings.accepted.includes('foreign'));
    return {
      log: new JetStreamFactLog(door, options, { made: shards }),
      snapshots,
      archive: new ObjectArchive(door, options),
      images: new ObjectImages(door, options),
      erasures: await NatsErasures.open(door, options),
      editions,
      catalogLog: new NatsCatalogLog(door, options),
      generation,
      membership: new NatsMembership(door, options),
      keyNotes: await keyNotesIn(bucket),
      lossWindows: await watchLossWindows(door, redisOptions, replicas, () => performance.now()),
      findings: [],
      close,
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** I2 of the deployment's format. `accepts`: what is in that Redis goes, and every profile is folded anew. */
async function expectOwn(
  snapshots: RedisSnapshotStore,
  { id, generation, shards }: DeploymentFormat,
  accepts: boolean,
): Promise<void> {
  const mine = `${id}.${generation}`;
  const found = await snapshots.owner();
  if (found === mine) return;
  if (found !== '' && !accepts)
    throw new PortError(
      'corrupt',
      'the Redis (foreign) has profiles of another deployment of this name, or of an earlier generation of it: name the one that is its own, or give --redis-accept foreign, which drops them there and folds all anew',
    );
  if (found !== '') for (let shard = 0; shard < shards; shard++) await snapshots.clear(shard);
  await snapshots.own(mine);
}

async function keyNotesIn(bucket: KvBucket): Promise<KeyNotes> {
  return {
    known: await notedKeys(bucket),
    note: async (fingerprints) => void (await bucket.put('keys', JSON.stringify(fingerprints))),
  };
}
