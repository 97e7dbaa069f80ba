import { NATS_DOUBTS, type NatsDoubt } from '../adapter/nats/nats-settings.ts';
import { REDIS_DOUBTS, type RedisDoubt } from '../adapter/redis/redis-settings.ts';
import { PortError } from '../port/port-error.ts';
import { isLoopback } from '../rpc/loopback.ts';
import { type StoreFiles, storeFlag } from './store-access.ts';
import type { StoreName } from './store-credentials.ts';
import type { StoreSettings } from './stores.ts';

export interface ClusterSettings {
  /** Addresses of NATS as `host:port`. */
  readonly nats: readonly string[];
  readonly redis: { readonly host: string; readonly port: number };
  /** By which each of them is spoken to. */
  readonly files: Readonly<Record<StoreName, StoreFiles>>;
  /** Doubts about that Redis which an operator accepts. */
  readonly accepted: readonly RedisDoubt[];
  /** The same of that NATS. */
  readonly natsAccepted: readonly NatsDoubt[];
  /** Streams, buckets and keys begin with it. */
  readonly deployment: string;
  readonly replicas: number;
  readonly shards: number;
  /** Of one shard's log, a file of the catalogue's too. NATS sets that much of its disk aside for each. */
  readonly logBytesMax: number;
}

/** What stands for a deployment's name in streams, buckets and subjects. */
const NAME = /^[A-Za-z0-9_-]{1,32}$/;
/** No more than that: neither a scheme nor somebody's name and password. */
const ADDRESS = /^(\[[0-9a-fA-F:.]+\]|[^:[\]@/\s]+):\d{1,5}$/;
const TITLES: Readonly<Record<StoreName, string>> = { nats: 'NATS', redis: 'Redis' };

/** Throws PortError with a sentence for a setting that cannot be. */
export function clusterSettingsOf(settings: StoreSettings): ClusterSettings {
  const { redis, deployment, natsReplicas: replicas, shards, shardLogBytes: logBytesMax } = settings;
  const nats = words(settings.nats);
  if (nats.length === 0) refuse('--nats must name a server of NATS as host:port');
  const odd = nats.findIndex((address) => !ADDRESS.test(address));
  if (odd >= 0)
    refuse(`--nats must be host:port, separated by commas, not ${shown(nats[odd] as string, odd)}`);
  const files = {
    nats: {
      ...{ credentials: settings.natsCreds, ca: settings.natsCa },
      ...{ cert: settings.natsCert, key: settings.natsKey },
    },
    redis: {
      ...{ credentials: settings.redisCredentials, ca: settings.redisCa },
      ...{ cert: settings.redisCert, key: settings.redisKey },
    },
  };
  if (!settings.insecureStores) {
    const hosts = nats.map((address) => address.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
    for (const host of hosts) expectTrusted('nats', host, files.nats);
    expectTrusted('redis', redis.host, files.redis);
  }
  if (!NAME.test(deployment))
    refuse(`--deployment must be up to 32 letters, digits, - and _, not "${deployment}"`);
  return {
    ...{ nats, redis, files, deployment, replicas, shards, logBytesMax },
    accepted: accepted(settings.redisAccept, '--redis-accept', REDIS_DOUBTS),
    natsAccepted: accepted(settings.natsAccept, '--nats-accept', NATS_DOUBTS),
  };
}

function accepted<D extends string>(text: string, flag: string, doubts: readonly D[]): readonly D[] {
  const given = words(text);
  const unknown = given.find((word) => !doubts.includes(word as D));
  if (unknown !== undefined) refuse(`${flag} must be of ${doubts.join(', ')}, not "${unknown}"`);
  return doubts.filter((doubt) => given.includes(doubt));
}

/** Beyond loopback others can read what is said, and write as if they were a node. */
function expectTrusted(store: StoreName, host: string, { credentials, ca, cert }: StoreFiles): void {
  if (isLoopback(host)) return;
  const flag = (file: keyof StoreFiles): string => `${storeFlag(store, file)} FILE`;
  if (ca === '')
    refuse(
      `${host} is beyond loopback, and ${TITLES[store]} would be spoken to in plain text: give ${flag('ca')} (or "default"), or --insecure-stores where something in between encrypts`,
    );
  if (credentials === '' && cert === '')
    refuse(
      `${host} is beyond loopback, and ${TITLES[store]} would not know who speaks: give ${flag('credentials')}, or --insecure-stores where something in between keeps others away`,
    );
}

/** What stands before an @ may be a password. */
function shown(address: string, at: number): string {
  return address.includes('@')
    ? `a name before @ (address ${at + 1}): credentials stand in --nats-creds FILE`
    : `"${address}"`;
}

function refuse(sentence: string): never {
  throw new PortError('unavailable', sentence, { outcome: 'nothing_written' });
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
