/** All that a node stores where its disk is nobody's: facts, archive, images, editions and catalogue in NATS JetStream, profiles in Redis. */
import { JetStreamFactLog } from '../adapter/nats/jetstream-fact-log.ts';
import { KvBucket } from '../adapter/nats/kv-bucket.ts';
import { NatsCatalogLog } from '../adapter/nats/nats-catalog-log.ts';
import { NatsDoor } from '../adapter/nats/nats-door.ts';
import { NatsEditions } from '../adapter/nats/nats-editions.ts';
import { NatsErasures } from '../adapter/nats/nats-erasures.ts';
import { natsDoubts } from '../adapter/nats/nats-settings.ts';
import { ObjectArchive } from '../adapter/nats/object-archive.ts';
import { ObjectImages } from '../adapter/nats/object-images.ts';
import type { StreamOptions } from '../adapter/nats/shard-stream.ts';
import { REDIS_DOUBTS, type RedisDoubt, readRedisSettings } from '../adapter/redis/redis-settings.ts';
import { RedisSnapshotStore } from '../adapter/redis/redis-snapshot-store.ts';
import { PortError } from '../port/port-error.ts';
import type { KeyNotes, StoreSettings, Stores } from './stores.ts';

export interface ClusterSettings {
  /** Addresses of NATS as `host:port`. */
  readonly nats: readonly string[];
  readonly redis: { readonly host: string; readonly port: number };
  /** Doubts about that Redis which an operator accepts. */
  readonly accepted: readonly RedisDoubt[];
  /** Streams, buckets and keys begin with it. */
  readonly deployment: string;
  readonly replicas: number;
  readonly shards: number;
  /** Of one shard's log, a file of the catalogue's too. NATS sets that much of its disk aside for each. */
  readonly logBytesMax: number;
}

/** What stands for a deployment's name in streams, buckets and subjects. */
const NAME = /^[A-Za-z0-9_-]{1,32}$/;
const LOOPBACK = /^(127(\.\d+){3}|localhost|::1|\[::1\])$/;

/** Throws PortError with a sentence for a setting that cannot be. */
export function clusterSettingsOf(settings: StoreSettings): ClusterSettings {
  const { redis, deployment, natsReplicas: replicas, shards, shardLogBytes: logBytesMax } = settings;
  const nats = words(settings.nats);
  const accepted = words(settings.redisAccept);
  const refuse = (sentence: string): never => {
    throw new PortError('unavailable', sentence, { outcome: 'nothing_written' });
  };
  if (nats.length === 0) refuse('--nats must name a server of NATS as host:port');
  for (const address of nats)
    if (!/^.+:\d{1,5}$/.test(address))
      refuse(`--nats must be host:port, separated by commas, not "${address}"`);
  for (const host of [...nats.map((address) => address.replace(/:\d+$/, '')), redis.host])
    if (!LOOPBACK.test(host))
      refuse(
        `${host} is beyond loopback: NATS and Redis are spoken to without TLS so far, which nobody may do over a network`,
      );
  if (!NAME.test(deployment))
    refuse(`--deployment must be up to 32 letters, digits, - and _, not "${deployment}"`);
  const unknown = accepted.find((word) => !REDIS_DOUBTS.includes(word as RedisDoubt));
  if (unknown !== undefined) refuse(`--redis-accept must be of ${REDIS_DOUBTS.join(', ')}, not "${unknown}"`);
  return {
    ...{ nats, redis, deployment, replicas, shards, logBytesMax },
    accepted: accepted as readonly RedisDoubt[],
  };
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

const DIAL_MS = 2_000;
const REDIAL_MS = 250;
const ANSWER_MS = 5_000;

/** Throws PortError with a sentence: nobody answers, the deployment is another one, or Redis would lose what it was given. */
export async function openClusterStores(settings: ClusterSettings, now: () => number): Promise<Stores> {
  const { nats, redis, deployment: prefix, replicas, logBytesMax: maxBytes } = settings;
  const door = new NatsDoor({
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
    const redisOptions = { ...redis, prefix, answerMs: ANSWER_MS };
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
