/**
 * Makes a backup of a data directory: images, log, archive, and what the shards share, each of them copied when it can lack
 * nothing that the others need.
 *
 * I1  Images come first: the log, copied behind them, goes at least as far as they do.
 * I2  The archive comes behind the log: a record that moved meanwhile is in one of the two copies, or in both.
 * I3  What the shards share comes last: each edition and product that a copied decision names is in it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { copyDurably, filesBelow, sha256Of } from '../../adapter/disk/copy-file.ts';
import { copyLog } from '../../adapter/disk/copy-log.ts';
import { DiskArchive } from '../../adapter/disk/disk-archive.ts';
import { ERASURES_FILE } from '../../adapter/disk/disk-erasures.ts';
import { withDiskFaults } from '../../adapter/disk/disk-fault.ts';
import { writeFormat } from '../../adapter/lmdb/data-format.ts';
import { PortError } from '../../port/port-error.ts';
import { CommandError, EXIT } from '../command/command-line.ts';
import { KEYS_FILE } from '../open-secret-keys.ts';
import { writeManifest } from './manifest.ts';

const SHARED = 'shared/';
/** Images and segments that are dropped while they are copied were replaced: their folder is looked at again. */
const LOOKS_MAX = 10;

export interface BackupPlan {
  /** The data directory. */
  readonly from: string;
  /** An empty or new directory. */
  readonly to: string;
  readonly generation: number;
  readonly shards: number;
  /** New images of the shards, before anything is copied; of what they share, at the end. */
  readonly writeImages: (what: 'shards' | 'shared') => Promise<void>;
  readonly progress?: (done: number, of: number) => void;
}

export interface BackedUp {
  readonly directory: string;
  readonly beganAt: string;
  readonly seconds: number;
  readonly shards: number;
  /** Of the logs of all shards. */
  readonly records: number;
  readonly images: number;
  readonly segments: number;
  readonly files: number;
}

/** Throws CommandError when `to` cannot be used, PortError for what cannot be copied. */
export async function backUp(plan: BackupPlan): Promise<BackedUp> {
  requireEmpty(plan.to, plan.from);
  return withDiskFaults(plan.to, () => copyAll(plan));
}

async function copyAll(plan: BackupPlan): Promise<BackedUp> {
  const { from, to, generation, shards } = plan;
  const began = Date.now();
  await mkdir(to, { recursive: true });
  await plan.writeImages('shards');
  const images = await copyImages(plan, (name) => !name.startsWith(SHARED));
  const lasts = await copyLog(join(from, 'log'), join(to, 'log'));
  const segments = await copyArchive(plan, lasts);
  await plan.writeImages('shared');
  await copyImages(plan, (name) => name.startsWith(SHARED));
  // Of its own file; one that stands elsewhere is kept by those who put it there.
  await copyDurably(join(from, KEYS_FILE), join(to, KEYS_FILE));
  // Last of what grows: whom it names is forgotten in the copy too, where the copied log ends before.
  await copyDurably(join(from, ERASURES_FILE), join(to, ERASURES_FILE));
  // Without a word on extents: how far the copy reaches its own data says.
  writeFormat(to, { generation, shards });
  return { ...(await sealBackup(to, { generation, shards, began, lasts })), images, segments };
}

/** Lists what is in it, by which it becomes a backup. Throws PortError. */
export async function sealBackup(
  to: string,
  {
    generation,
    shards,
    began,
    lasts,
  }: {
    readonly generation: number;
    readonly shards: number;
    /** ms since the epoch. */
    readonly began: number;
    readonly lasts: readonly number[];
  },
): Promise<Omit<BackedUp, 'images' | 'segments'>> {
  const names = await filesBelow(to);
  const files: Record<string, string> = {};
  for (const name of names) files[name] = await sha256Of(join(to, name));
  const ended = Date.now();
  const beganAt = new Date(began).toISOString();
  await writeManifest(to, {
    ...{ generation, shards, beganAt, endedAt: new Date(ended).toISOString() },
    ...{ lasts, files },
  });
  return {
    ...{ directory: to, beganAt, seconds: (ended - began) / 1_000, shards },
    records: lasts.reduce((sum, last) => sum + last, 0),
    files: names.length,
  };
}

/** Throws CommandError where `to` holds something, or lies in the data directory `from`. */
export function requireEmpty(to: string, from?: string): void {
  if (from !== undefined && `${resolve(to)}${sep}`.startsWith(`${resolve(from)}${sep}`))
    throw new CommandError(
      `${to} lies in the data directory ${from}: a backup belongs on another disk`,
      EXIT.usage,
    );
  if (!existsSync(to)) return;
  const names = readdirSync(to);
  if (names.length === 0) return;
  const what = names.includes('BACKUP')
    ? 'it holds a backup already'
    : names.includes('FORMAT') || names.includes('images')
      ? 'it holds data, or a backup that was cut short'
      : `it holds ${names.slice(0, 3).join(', ')}`;
  throw new CommandError(`${to} is not empty: ${what}. Name a new directory.`, EXIT.usage);
}

/** The newest of each folder, and the one before it; the number of files. */
async function copyImages({ from, to }: BackupPlan, wanted: (name: string) => boolean): Promise<number> {
  const copied = new Set<string>();
  for (let look = 0; look < LOOKS_MAX; look++) {
    let gone = false;
    for (const name of await filesBelow(join(from, 'images'))) {
      if (!name.endsWith('.img') || !wanted(name) || copied.has(name)) continue;
      if (await copyDurably(join(from, 'images', name), join(to, 'images', name))) copied.add(name);
      else gone = true;
    }
    if (!gone) return copied.size;
  }
  throw new PortError('unavailable', 'images are replaced faster than they are copied');
}

/** Segments of which the copied log has the end: what lies behind is in the copied log still. */
async function copyArchive({ from, to, shards }: BackupPlan, lasts: readonly number[]): Promise<number> {
  let copied = 0;
  // Looked at from the first to the last in a moment each; what expires meanwhile is behind an image.
  for (let shard = 0; shard < shards; shard++) {
    for (const name of await filesBelow(join(from, 'archive', String(shard)))) {
      const segment = DiskArchive.rangeOf(name);
      if (segment === undefined || segment.last > (lasts[shard] ?? 0)) continue;
      const path = join('archive', String(shard), name);
      if (await copyDurably(join(from, path), join(to, path))) copied++;
    }
  }
  return copied;
}
