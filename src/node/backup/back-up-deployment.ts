/**
 * Makes a backup of a deployment on NATS: the same directory as that of a data directory (back-up.ts), so that either can be restored as the other.
 *
 * I1  Images come first: the logs, of which the ends are asked behind them, go at least as far as they do.
 * I2  The logs end at one moment of all shards. What moves to the archive meanwhile is read there.
 * I3  What the shards share comes last, and the erasures last of all: each edition and product that a copied decision names is in it, and whoever was
 *     forgotten meanwhile is forgotten in the copy too.
 */
import { copyFile, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyLog } from '../../adapter/disk/copy-log.ts';
import { DiskArchive } from '../../adapter/disk/disk-archive.ts';
import { ERASURES_FILE, writeErasures } from '../../adapter/disk/disk-erasures.ts';
import { DiskFactLog } from '../../adapter/disk/disk-fact-log.ts';
import { withDiskFaults } from '../../adapter/disk/disk-fault.ts';
import { DiskImages } from '../../adapter/disk/disk-images.ts';
import { noteKeys, writeFormat } from '../../adapter/lmdb/data-format.ts';
import { encodeDamagedRecord } from '../../codec/stored/damaged-record.ts';
import { LIMITS } from '../../config/limits.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import type { ImageHead, Images } from '../../port/images.ts';
import { PortError } from '../../port/port-error.ts';
import { CommandError, EXIT } from '../command/command-line.ts';
import { recordsOf } from '../open-directory.ts';
import { KEYS_FILE, readSecretKeys } from '../open-secret-keys.ts';
import type { ReadDeployment } from '../read-cluster-stores.ts';
import { writeSharedImage } from '../shared-image.ts';
import type { Stores } from '../stores.ts';
import { type BackedUp, requireEmpty, sealBackup } from './back-up.ts';

/** Images that are replaced while they are copied: their shard is looked at again. */
const LOOKS_MAX = 10;

export interface DeploymentBackupPlan extends ReadDeployment {
  /** An empty or new directory. */
  readonly to: string;
  /** The file of secret keys that belongs into the backup; '': they are kept elsewhere. */
  readonly secretKeys: string;
  readonly progress?: (done: number, of: number) => void;
}

/** `damage`: a sentence for each place that could not be copied. Throws CommandError when `to` or the keys cannot be used, PortError. */
export async function backUpDeployment(
  plan: DeploymentBackupPlan,
): Promise<BackedUp & { readonly damage: readonly string[] }> {
  requireEmpty(plan.to);
  if (plan.secretKeys !== '') expectKeys(plan.secretKeys, plan.keys);
  return withDiskFaults(plan.to, () => copyAll(plan));
}

/** Throws CommandError: with other keys than those in use nobody could go on from it. */
function expectKeys(file: string, known: readonly string[]): void {
  const { fingerprints } = readSecretKeys(file);
  const gone = known.filter((fingerprint) => !fingerprints.includes(fingerprint));
  if (gone.length > 0)
    throw new CommandError(
      `${file} lacks keys with which the deployment is served: ${gone.join(', ')}. Name the file that its nodes have.`,
      EXIT.usage,
    );
}

async function copyAll(plan: DeploymentBackupPlan) {
  const { stores, format, to, keys, secretKeys } = plan;
  const { shards, generation } = format;
  const began = Date.now();
  const damage: string[] = stores.findings.map(({ sentence }) => sentence);
  await mkdir(to, { recursive: true });
  const images = new DiskImages(join(to, 'images'));
  let imageCount = 0;
  for (let shard = 0; shard < shards; shard++)
    imageCount += await copyImages(stores.images, images, shard, damage);
  const lasts = await plan.atOnce();
  const archive = new DiskArchive(join(to, 'archive'));
  const begins: number[] = [];
  let segments = 0;
  for (let shard = 0; shard < shards; shard++) {
    const copied = await copyArchive(stores, archive, { shard, last: lasts[shard] ?? 0 }, damage);
    begins.push(copied.next);
    segments += copied.segments;
    plan.progress?.(shard + 1, shards);
  }
  await copyLogs(stores, join(to, 'log'), { begins, lasts }, damage);
  await writeSharedImage({ ...stores, images, generation }, Date.now());
  if (secretKeys !== '') await copyKeys(secretKeys, join(to, KEYS_FILE));
  writeFormat(to, { generation, shards });
  // Whoever goes on from it without them is refused.
  if (keys.length > 0) noteKeys(to, keys);
  const { erasures } = stores;
  while (((await erasures.takeIn?.()) ?? []).length > 0);
  if (erasures.all.length > 0) await writeErasures(join(to, ERASURES_FILE), erasures.all);
  const done = await sealBackup(to, { generation, shards, began, lasts });
  return { ...done, images: imageCount + 1, segments, damage };
}

/** Of a shard, the older one first; how many. */
async function copyImages(from: Images, to: Images, shard: number, damage: string[]): Promise<number> {
  const copied = new Set<string>();
  const passedOver = new Set<string>();
  for (let look = 0; look < LOOKS_MAX; look++) {
    let isReplaced = false;
    for (const head of (await from.list(shard)).toReversed()) {
      const name = `${head.sequence}.${head.at}`;
      if (copied.has(name) || passedOver.has(name)) continue;
      try {
        await copyImage(from, to, head);
        copied.add(name);
      } catch (fault) {
        if (!isCorrupt(fault)) throw fault;
        isReplaced ||= !(await from.list(shard)).some(({ sequence, at }) => name === `${sequence}.${at}`);
        if (isReplaced) break;
        passedOver.add(name);
        damage.push(fault.message);
      }
    }
    if (!isReplaced) return (await to.list(shard)).length;
  }
  throw new PortError('unavailable', `images of shard ${shard} are replaced faster than they are copied`);
}

export async function copyImage(from: Images, to: Images, head: ImageHead): Promise<void> {
  const { generation, state, read } = await from.open(head);
  await to.write({ ...head, generation, state, rows: read() });
}

/** The segments that end before the copied log does. `next`: the record behind them, with which the copied log begins. */
async function copyArchive(
  stores: Stores,
  archive: DiskArchive,
  { shard, last }: { readonly shard: number; readonly last: number },
  damage: string[],
): Promise<{ readonly next: number; readonly segments: number }> {
  let next = 0;
  let segments = 0;
  for (const segment of await stores.archive.segments(shard)) {
    if (segment.last > last) continue;
    try {
      const records = await stores.archive.read(shard, segment.first, segment.last - segment.first + 1);
      await archive.write(shard, records, segment);
      segments++;
    } catch (fault) {
      if (!isCorrupt(fault)) throw fault;
      damage.push(fault.message);
    }
    next = Math.max(next, segment.last + 1);
  }
  return { next: next || (await stores.log.bounds(shard)).first, segments };
}

/** Records that stand in the log, one of each shard at a time: so many are one write. */
async function copyLogs(
  stores: Stores,
  to: string,
  { begins, lasts }: { readonly begins: readonly number[]; readonly lasts: readonly number[] },
  damage: string[],
): Promise<void> {
  const draft = `${to}.draft`;
  const log = new DiskFactLog(draft, { trimmed: begins.map((begin) => begin - 1) });
  try {
    let open = begins.map((from, shard) => ({
      shard,
      records: tailOf(stores, shard, { from, last: lasts[shard] ?? 0 }, damage),
    }));
    while (open.length > 0) {
      const taken = await Promise.all(open.map(({ records }) => records.next()));
      open = open.filter((_, at) => taken[at]?.done !== true);
      const group = taken.flatMap(({ done, value }, at) =>
        done === true || value === undefined ? [] : [{ at, value }],
      );
      await Promise.all(
        group.map(({ value: { shard, record } }) => log.append(shard, record.sequence - 1, record.bytes)),
      );
    }
    // Opened, so that its marks are there where it has no record.
    await log.bounds(0);
  } finally {
    await log.close();
  }
  // Without the room that a log prepares for itself.
  await copyLog(draft, to);
  await rm(draft, { recursive: true });
}

interface TailRecord {
  readonly shard: number;
  readonly record: LogRecord;
}

/** A record that is damaged is set aside in its place, as the archive does (runtime/shard/archiver.ts). */
async function* tailOf(
  stores: Stores,
  shard: number,
  { from, last }: { readonly from: number; readonly last: number },
  damage: string[],
): AsyncGenerator<TailRecord, undefined> {
  let inARow = 0;
  for (let at = from; at <= last; ) {
    try {
      for await (const record of recordsOf(stores, shard, { from: at, last })) {
        yield { shard, record };
        at = record.sequence + 1;
        inARow = 0;
      }
      return undefined;
    } catch (fault) {
      if (!isCorrupt(fault) || inARow++ === LIMITS.damagedInARowMax) throw fault;
      if (inARow === 1) damage.push(fault.message);
      const bytes = (await stores.log.salvage?.(shard, at)) ?? new Uint8Array(0);
      yield { shard, record: { sequence: at, bytes: encodeDamagedRecord(fault.message, bytes) } };
      at++;
    }
  }
  return undefined;
}

async function copyKeys(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const handle = await open(to, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isCorrupt(fault: unknown): fault is PortError {
  return fault instanceof PortError && fault.kind === 'corrupt';
}
