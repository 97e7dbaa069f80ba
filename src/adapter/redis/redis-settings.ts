/** What of a Redis would lose profiles that were saved: asked once, before a node starts. */
import { type RedisConnection, redisConnection } from './redis-connection.ts';
import { redisFault } from './redis-fault.ts';

/** What may be wrong with it, by the name under which an operator may accept it. */
export const REDIS_DOUBTS = ['evicts', 'no-aof', 'redis-cluster', 'replica', 'foreign'] as const;
export type RedisDoubt = (typeof REDIS_DOUBTS)[number];

export interface RedisSettings {
  readonly version: string;
  /** How much that was acknowledged a crash may take: its `appendfsync` as far as it tells, '' where it does not. */
  readonly appendFsync: string;
  readonly hasAof: boolean;
  /** Whether its last write to the append-only file was done. */
  readonly isWritten: boolean;
  readonly memoryBytes: number;
  /** 0: without bound. */
  readonly memoryBytesMax: number;
  readonly answerMs: number;
  /** ms since the epoch by its clock, in the middle of `answerMs`; undefined: the user may not ask. */
  readonly clockAt: number | undefined;
  readonly doubts: readonly { readonly doubt: RedisDoubt; readonly sentence: string }[];
}

/** Asks `INFO`, which a managed Redis answers too. Throws PortError. */
export async function readRedisSettings(options: RedisConnection): Promise<RedisSettings> {
  let failure: Error | undefined;
  const redis = redisConnection(options, (fault) => {
    failure = fault;
  });
  try {
    await redis.connect();
    const info = fieldsOf(await redis.info());
    const sync = await redis.config('GET', 'appendfsync').catch(() => []);
    const before = performance.now();
    const clock = await redis.time().catch(() => undefined);
    return {
      hasAof: info.get('aof_enabled') === '1',
      isWritten: (info.get('aof_last_write_status') ?? 'ok') === 'ok',
      memoryBytes: Number(info.get('used_memory') ?? 0),
      memoryBytesMax: Number(info.get('maxmemory') ?? 0),
      answerMs: performance.now() - before,
      clockAt: clock && Number(clock[0]) * 1_000 + Number(clock[1]) / 1_000,
      version: info.get('valkey_version') ?? info.get('redis_version') ?? '',
      appendFsync: Array.isArray(sync) && typeof sync[1] === 'string' ? sync[1] : '',
      doubts: [...doubtsOf(info)],
    };
  } catch (fault) {
    throw redisFault(`the settings of ${options.host}:${options.port}`, fault, failure);
  } finally {
    redis.disconnect();
  }
}

function* doubtsOf(info: ReadonlyMap<string, string>): Generator<RedisSettings['doubts'][number]> {
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction')
    yield {
      doubt: 'evicts',
      sentence: `maxmemory-policy is ${policy}: it drops profiles when memory runs out, where noeviction refuses the write and the log keeps them`,
    };
  if (info.get('aof_enabled') === '0')
    yield {
      doubt: 'no-aof',
      sentence:
        'appendonly is no: a restart loses every profile since its last dump, and each of them is folded anew from the log',
    };
  if (info.get('cluster_enabled') === '1')
    yield {
      doubt: 'redis-cluster',
      sentence: 'it is a Redis Cluster: give one primary, plain, behind Sentinel or managed',
    };
  if ((info.get('role') ?? 'master') !== 'master')
    yield { doubt: 'replica', sentence: 'it is a replica: it takes no writes' };
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}
