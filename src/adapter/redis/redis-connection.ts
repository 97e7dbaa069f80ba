import { Redis, type RedisOptions } from 'ioredis';
import { type AccessNow, PLAIN_ACCESS, type StoreAccess } from '../../port/store-access.ts';

export interface RedisConnection {
  readonly host: string;
  readonly port: number;
  /** Default: in plain text, as nobody. */
  readonly access?: AccessNow;
  /** For one command, and for a connection. */
  readonly answerMs: number;
}

const REDIAL_MS = 50;
const REDIAL_MS_MAX = 500;
const KEEP_ALIVE_MS = 5_000;

/** A connection that is made when it is first needed and again when it ends. A command is sent once and never kept for later. `failed` hears why there is none. */
export function redisConnection(
  { host, port, access = () => PLAIN_ACCESS, answerMs }: RedisConnection,
  failed: (fault: Error) => void,
): Redis {
  const redis = new Redis({
    ...accessOf(access()),
    ...{ host, port, connectTimeout: answerMs, commandTimeout: answerMs },
    ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
    ...{ lazyConnect: true, keepAlive: KEEP_ALIVE_MS, noDelay: true },
    // CLIENT SETINFO is a right that no release before 7.2 knows.
    disableClientInfo: true,
    retryStrategy: (times: number) => Math.min(times * REDIAL_MS, REDIAL_MS_MAX),
    // A primary that became a replica: the name leads elsewhere now.
    reconnectOnError: (fault: Error) => fault.message.startsWith('READONLY'),
  });
  // Each command hears of it by itself.
  redis.on('error', failed);
  redis.on('reconnecting', () => Object.assign(redis.options, accessOf(access())));
  return redis;
}

function accessOf({ credentials, tls }: StoreAccess): Pick<RedisOptions, 'username' | 'password' | 'tls'> {
  return {
    ...(credentials?.kind === 'password'
      ? { username: credentials.user, password: credentials.password }
      : {}),
    ...(tls === undefined ? {} : { tls: { ...(tls.ca === undefined ? {} : { ca: tls.ca }), ...tls.own } }),
  };
}
