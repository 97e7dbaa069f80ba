/** What is to be done about the NATS and the Redis of a deployment. It changes nothing, and asks nothing that `attune-reader` of deploy/ may not. */

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NatsDoor } from '../adapter/nats/nats-door.ts';
import { type NatsReport, readNatsReport, type StreamReport } from '../adapter/nats/nats-report.ts';
import { natsDoubts } from '../adapter/nats/nats-settings.ts';
import { type RedisSettings, readRedisSettings } from '../adapter/redis/redis-settings.ts';
import { DAY_MS } from '../base/clock.ts';
import { LIMITS } from '../config/limits.ts';
import { type ClusterSettings, clusterSettingsOf } from '../node/cluster-settings.ts';
import { natsLoss, redisLoss } from '../node/loss-windows.ts';
import { openStoreAccess, type StoreFiles } from '../node/store-access.ts';
import type { StoreSettings } from '../node/stores.ts';
import type { Observer } from '../port/observer.ts';
import type { AccessNow } from '../port/store-access.ts';
import { type Advice, concern, danger, fine } from './advice.ts';

const ANSWER_MS = 5_000;
/** An append waits for as long, at every turn. */
const SLOW_MS = 20;
const FULL_PERCENT = 80;
const CERTIFICATE_DAYS_MIN = 14;
/** Of the user `attune-reader`, whose answers are nobody else's. */
const READER_INBOX = '_INBOX_reader';

/** Throws PortError for settings that cannot be; what cannot be reached is among the advice. `now`: ms since the epoch. */
export async function adviseCluster(
  settings: StoreSettings,
  observer: Observer,
  now: () => number,
): Promise<Advice[]> {
  const wanted = clusterSettingsOf(settings);
  const { files } = wanted;
  const nats = openStoreAccess('nats', files.nats, observer);
  const redis = openStoreAccess('redis', files.redis, observer);
  return [
    ...trustOf('NATS', wanted.nats.join(', '), files.nats),
    ...(await adviseNats(wanted, nats, now)),
    ...trustOf('Redis', `${wanted.redis.host}:${wanted.redis.port}`, files.redis),
    ...(await adviseRedis(wanted, redis, now)),
    ...certificates([...Object.values(files.nats), ...Object.values(files.redis)], now()),
  ];
}

function trustOf(store: string, where: string, { ca, credentials, cert }: StoreFiles): Advice[] {
  const name = store.toLowerCase();
  const advice: Advice[] = [];
  if (ca === '')
    advice.push(concern(`${store} at ${where} is spoken to in plain text`, `give --${name}-ca FILE`));
  if (credentials === '' && cert === '')
    advice.push(
      concern(
        `${store} at ${where} lets in whoever reaches it`,
        `give its nodes a user, as in deploy/${name}, and --${store === 'NATS' ? 'nats-creds' : 'redis-credentials'} FILE`,
      ),
    );
  return advice;
}

async function adviseNats(wanted: ClusterSettings, access: AccessNow, now: () => number): Promise<Advice[]> {
  const where = `NATS at ${wanted.nats.join(', ')}`;
  const options = { prefix: wanted.deployment, replicas: wanted.replicas, maxBytes: wanted.logBytesMax };
  const faults: string[] = [];
  for (const inboxPrefix of [undefined, READER_INBOX]) {
    const door = new NatsDoor({
      ...{ servers: wanted.nats, access, name: 'attune-doctor', steadyMs: () => performance.now() },
      ...{ dialMs: ANSWER_MS, redialMs: 0, answerMs: ANSWER_MS },
      ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    });
    try {
      const doubts = await natsDoubts(door, options);
      const report = await readNatsReport(door, options, now);
      return [...doubts.map(({ sentence }) => danger(where, sentence)), ...natsAdvice(where, report, wanted)];
    } catch (fault) {
      const why = fault instanceof Error ? fault.message : String(fault);
      faults.push(why);
      // The next one is for a user who hears answers elsewhere.
      if (!/permissions violation/i.test(why)) break;
    } finally {
      await door.close();
    }
  }
  return [danger(where, faults[0] ?? 'it cannot be asked')];
}

function natsAdvice(where: string, report: NatsReport, { deployment, shards }: ClusterSettings): Advice[] {
  const { version, answerMs, sync, clockAheadMs, streams } = report;
  const logs = streams.filter(({ shard }) => shard !== undefined);
  const replicas = Math.min(...logs.map((log) => log.replicas));
  const advice = [
    fine(`${where} is ${version}, and answers in ${Math.round(answerMs)} ms`),
    clockOf('NATS', clockAheadMs),
  ];
  if (answerMs > SLOW_MS)
    advice.push(
      concern(
        `${where} answers in ${Math.round(answerMs)} ms`,
        'every acknowledgement waits for it: bring nodes and NATS nearer',
      ),
    );
  if (logs.length === 0) {
    advice.push(
      concern(
        `there is no deployment ${deployment} on it`,
        'name it by --deployment, or start its first node',
      ),
    );
    return advice;
  }
  const missing = Array.from(
    { length: Math.max(shards, ...logs.map(({ shard = 0 }) => shard + 1)) },
    (_, shard) => shard,
  ).filter((shard) => !logs.some((log) => log.shard === shard));
  // Fewer logs from the first on are a deployment of fewer shards.
  if (missing.length > 0 && missing[0] !== logs.length)
    advice.push(danger(`the logs of shards ${missing.join(', ')} are gone`, 'restore them from a backup'));
  advice.push(lossOf(natsLoss(sync, replicas), sync?.isAlways === true || replicas > 1));
  for (const stream of streams) advice.push(...streamAdvice(stream));
  const full = Math.max(...logs.map(fullness));
  advice.push(
    fine(
      `${logs.length} logs of ${deployment}, ${replicas === 1 ? 'one copy' : `${replicas} copies`} each, the fullest at ${Math.round(full)} %`,
    ),
  );
  return advice;
}

function* streamAdvice(stream: StreamReport): Generator<Advice> {
  const { name, fault, hasLeader, behind, replicas, shard } = stream;
  if (fault !== undefined)
    yield danger(`stream ${name}`, `${fault}: set it right, or the shard is not served after the next start`);
  if (!hasLeader) yield danger(`stream ${name} has no leader`, `bring up more of its ${replicas} servers`);
  if (behind.length > 0)
    yield concern(`stream ${name} is away or behind on ${behind.join(', ')}`, 'look at these servers');
  if (shard !== undefined && fullness(stream) >= FULL_PERCENT)
    yield danger(
      `stream ${name} is at ${Math.round(fullness(stream))} % of its bytes`,
      'a full one refuses facts: see whether the archive is written (archive_failing of /readyz), lower --hot-log-keep, or raise max_bytes of the stream as its operator',
    );
}

function fullness({ bytes, bytesMax }: StreamReport): number {
  return bytesMax <= 0 ? 0 : (100 * bytes) / bytesMax;
}

async function adviseRedis(
  { redis }: ClusterSettings,
  access: AccessNow,
  now: () => number,
): Promise<Advice[]> {
  const where = `Redis at ${redis.host}:${redis.port}`;
  try {
    return redisAdvice(where, await readRedisSettings({ ...redis, access, answerMs: ANSWER_MS }), now());
  } catch (fault) {
    return [danger(where, fault instanceof Error ? fault.message : String(fault))];
  }
}

function redisAdvice(where: string, settings: RedisSettings, now: number): Advice[] {
  const { version, answerMs, clockAt, doubts, memoryBytes, memoryBytesMax, isWritten } = settings;
  const advice = [
    fine(`${where} is ${version}, and answers in ${Math.round(answerMs)} ms`),
    clockOf('Redis', clockAt === undefined ? undefined : clockAt - (now - answerMs / 2)),
    ...doubts.map(({ doubt, sentence }) => danger(where, `${sentence} (${doubt})`)),
    lossOf(redisLoss(settings), settings.hasAof),
  ];
  if (!isWritten) advice.push(danger(`${where} cannot write its append-only file`, 'free space on its disk'));
  const percent = memoryBytesMax === 0 ? 0 : (100 * memoryBytes) / memoryBytesMax;
  if (percent >= FULL_PERCENT)
    advice.push(
      danger(
        `${where} uses ${Math.round(percent)} % of its memory`,
        'raise maxmemory: a full one saves no profiles, and nobody can be dropped from the memory of nodes',
      ),
    );
  return advice;
}

function lossOf(sentence: string, isFine: boolean): Advice {
  return isFine
    ? fine(`may be lost of ${sentence}`)
    : concern(`may be lost of ${sentence}`, 'see docs/cluster.md, and decide whether that may be');
}

function clockOf(store: string, aheadMs: number | undefined): Advice {
  if (aheadMs === undefined)
    return concern(`the clock of ${store} is not told`, 'let its user ask, as in deploy/');
  const text = `the clock of ${store} is ${Math.abs(Math.round(aheadMs))} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(aheadMs) <= LIMITS.logAheadMsMax) return fine(text);
  return danger(text, 'set both by NTP: caps and expiries count by the clocks of nodes');
}

/** Of those that this side shows or trusts. */
function* certificates(names: readonly string[], now: number): Generator<Advice> {
  for (const file of new Set(names.filter((name) => name !== '' && name !== 'default'))) {
    const text = readFileSync(file, 'utf8');
    if (!text.includes('-----BEGIN CERTIFICATE-----')) continue;
    const { validTo } = new X509Certificate(text);
    const days = Math.floor((Date.parse(validTo) - now) / DAY_MS);
    if (days < 0)
      yield danger(
        `the certificate in ${file} ended at ${validTo}`,
        'put a new one there; it is read at the next connection',
      );
    else if (days < CERTIFICATE_DAYS_MIN)
      yield concern(
        `the certificate in ${file} ends in ${days} days`,
        'put a new one there; it is read at the next connection',
      );
  }
}
