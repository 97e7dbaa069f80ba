/** All that a node stores where its disk is nobody's: facts, archive, images, editions and catalogue in NATS JetStream, profiles in Redis. */
import { JetStreamFactLog } from '../adapter/nats/jetstream-fact-log.ts';
import { KvBucket } from '../adapter/nats/kv-bucket.ts';
import { NatsCatalogLog } from '../adapter/nats/nats-catalog-log.ts';
import { NatsDoor } from '../adapter/nats/nats-door.ts';
import { NatsEditions } from '../adapter/nats/nats-editions.ts';
import { NatsErasures } from '../adapter/nats/nats-erasures.ts';
import { NatsMembership } from '../adapter/nats/nats-membership.ts';
import { natsDoubts } from '../adapter/nats/nats-settings.ts';
import { ObjectArchive } from '../adapter/nats/object-archive.ts';
import { ObjectImages } from '../adapter/nats/object-images.ts';
import type { StreamOptions } from '../adapter/nats/shard-stream.ts';
import { readRedisSettings } from '../adapter/redis/redis-settings.ts';
import { RedisSnapshotStore } from '../adapter/redis/redis-snapshot-store.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { ClusterSettings } from './cluster-settings.ts';
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
  const { nats, redis, files, deployment: prefix, replicas, logBytesMax: maxBytes } = settings;
  const natsAccess = openStoreAccess('nats', files.nats, observer);
  const redisAccess = openStoreAccess('redis', files.redis, observer);
  const door = new NatsDoor({
    access: natsAccess,
    ...{ servers: nats, name: `${prefix}-node`, dialMs: DIAL_MS, redialMs: REDIAL_MS, answerMs: ANSWER_MS },
    steadyMs: () => performance.now(),
  });
  try {
    const options: StreamOptions = { prefix, replicas, maxBytes };
    const natsRefused = await natsDoubts(door, options);
    if (natsRefused.length > 0)
      throw new PortError(
        'unavailable',
        natsRefused.map((sentence) => `NATS at ${nats.join(', ')}: ${sentence}`).join('\n'),
      );
    const redisOptions = { ...redis, access: redisAccess, prefix, answerMs: ANSWER_MS };
    const { doubts } = await readRedisSettings(redisOptions);
    const refused = doubts.filter(({ doubt }) => !settings.accepted.includes(doubt));
    if (refused.length > 0)
      throw new PortError(
        'unavailable',
        refused
          .map(({ doubt, sentence }) => `Redis at ${redis.host}:${redis.port} (${doubt}): ${sentence}`)
          .join('\n'),
      );
    const bucket = new KvBucket(door, options, 'deployment');
    const generation = await generationOf(bucket, settings);
    const snapshots = new RedisSnapshotStore(redisOptions);
    return {
      log: new JetStreamFactLog(door, options),
      snapshots,
      archive: new ObjectArchive(door, options),
      images: new ObjectImages(door, options),
      erasures: await NatsErasures.open(door, options),
      editions: new NatsEditions(door, options, { now }),
      catalogLog: new NatsCatalogLog(door, options),
      generation,
      membership: new NatsMembership(door, options),
      keyNotes: await keyNotesIn(bucket),
      findings: [],
      close: async () => {
        await snapshots.close();
        await door.close();
      },
    };
  } catch (fault) {
    await door.close();
    throw fault;
  }
}

interface Format {
  readonly generation: number;
  readonly shards: number;
}

/** Noted by the first start of the deployment. Throws PortError `corrupt` for another number of shards: they are for its life. */
async function generationOf(bucket: KvBucket, { shards, deployment }: ClusterSettings): Promise<number> {
  const read = async (): Promise<Format | undefined> => (await bucket.get('format'))?.json<Format>();
  let format = await read();
  if (format === undefined) {
    format = { generation: 1, shards };
    await bucket.create('format', JSON.stringify(format)).catch(async (fault: unknown) => {
      // Another node came first.
      format = await read();
      if (format === undefined) throw fault;
    });
  }
  if (format.shards !== shards)
    throw new PortError(
      'corrupt',
      `the deployment ${deployment} has ${format.shards} shards for its life: start with --shards ${format.shards}`,
    );
  return format.generation;
}

async function keyNotesIn(bucket: KvBucket): Promise<KeyNotes> {
  const known = (await bucket.get('keys'))?.json<readonly string[]>() ?? [];
  return {
    known,
    note: async (fingerprints) => void (await bucket.put('keys', JSON.stringify(fingerprints))),
  };
}
