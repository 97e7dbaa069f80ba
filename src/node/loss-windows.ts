/** What a crash may take of what was acknowledged, by the settings of NATS and Redis as they are now. */

import type { NatsDoor } from '../adapter/nats/nats-door.ts';
import { type NatsSync, readNatsSync } from '../adapter/nats/nats-report.ts';
import type { RedisConnection } from '../adapter/redis/redis-connection.ts';
import { type RedisSettings, readRedisSettings } from '../adapter/redis/redis-settings.ts';
import { INTERVALS } from '../config/limits.ts';

/** A process that is killed loses nothing of this: its files are the kernel's. */
export function natsLoss(sync: NatsSync | undefined, replicas: number): string {
  const machines =
    replicas === 1 ? 'its machine' : `${Math.floor(replicas / 2) + 1} of its ${replicas} machines at once`;
  if (sync === undefined)
    return `facts in NATS: it does not tell how often it syncs; without a setting a crash of ${machines} takes the last 120 s`;
  if (sync.isAlways) return 'facts in NATS: nothing (sync_interval: always)';
  return `facts in NATS: a crash of ${machines} takes the last ${sync.intervalMs / 1_000} s (sync_interval; "always" takes none)`;
}

/** Whatever of it is lost is noticed and folded anew from the log. */
export function redisLoss({ hasAof, appendFsync }: Pick<RedisSettings, 'hasAof' | 'appendFsync'>): string {
  const after = ', which are folded anew from the log';
  if (!hasAof)
    return `profiles in Redis: a restart takes those since its last dump${after} (appendonly is no)`;
  if (appendFsync === 'always') return 'profiles in Redis: nothing (appendfsync always)';
  if (appendFsync === 'everysec')
    return `profiles in Redis: a crash takes those of the last second${after} (appendfsync everysec)`;
  if (appendFsync === 'no')
    return `profiles in Redis: a crash of its machine takes those of half a minute or so${after} (appendfsync no)`;
  return `profiles in Redis: it does not tell how often it syncs; what a crash takes is folded anew from the log`;
}

/** Answers what was found last, and looks again where that is old: a server that is away stays as it was. Throws PortError where the first look fails. */
export async function watchLossWindows(
  door: NatsDoor,
  redis: RedisConnection,
  replicas: number,
  steadyMs: () => number,
): Promise<() => readonly string[]> {
  let found: readonly string[] = [];
  let askedAt = steadyMs();
  const look = async (): Promise<void> => {
    const [sync, settings] = await Promise.all([readNatsSync(door), readRedisSettings(redis)]);
    found = [natsLoss(sync, replicas), redisLoss(settings)];
  };
  await look();
  return () => {
    if (steadyMs() - askedAt >= INTERVALS.lossWindowsMs) {
      askedAt = steadyMs();
      look().catch(() => {});
    }
    return found;
  };
}
