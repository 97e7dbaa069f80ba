/**
 * Reads a backup into an empty data directory: its files, then editions and catalogue, then every shard's newest image as its
 * snapshots. What the log has beyond them is folded when the service starts.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyDurably, sha256Of } from '../../adapter/disk/copy-file.ts';
import { ERASURES_FILE, readErasures, writeErasures } from '../../adapter/disk/disk-erasures.ts';
import { withDiskFaults } from '../../adapter/disk/disk-fault.ts';
import { syncDirectory } from '../../adapter/disk/sync-directory.ts';
import { generationAfter, keyFingerprintsOf, noteKeys, writeFormat } from '../../adapter/lmdb/data-format.ts';
import type { Observer } from '../../port/observer.ts';
import { newestImage, restoreImage } from '../../runtime/shard/from-image.ts';
import { CommandError, EXIT } from '../command/command-line.ts';
import { openDiskStores } from '../open-disk-stores.ts';
import { restoredErasures } from '../restored-erasures.ts';
import { newestSharedImage, restoreSharedImage } from '../shared-image.ts';
import { RESTORING, type Stores } from '../stores.ts';
import { changed, missing } from './damaged-files.ts';
import { type Manifest, readManifest } from './manifest.ts';

export interface Restored {
  readonly directory: string;
  readonly beganAt: string;
  readonly shards: number;
  readonly records: number;
  /** Shards whose snapshots came from an image; those of the others are folded from archive and log at the start. */
  readonly fromImage: number;
  readonly customers: number;
  /** A sentence for each file of the backup that is damaged or missing. */
  readonly damage: readonly string[];
}

/** `directory` is empty or new. `erasures`: a list that is younger than the backup's. Throws CommandError when it is not, or `backup` is none; PortError. */
export async function restore(
  backup: string,
  directory: string,
  observer: Observer,
  progress: (done: number, of: number) => void = () => {},
  erasures?: string,
): Promise<Restored> {
  const manifest = readManifest(backup);
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new CommandError(
      `${directory} is not empty: name a new directory, or move what it holds away. Nothing was changed.`,
      EXIT.usage,
    );
  return withDiskFaults(directory, () =>
    copyBack(backup, directory, manifest, { observer, progress, erasures }),
  );
}

async function copyBack(
  backup: string,
  directory: string,
  manifest: Manifest,
  {
    observer,
    progress,
    erasures,
  }: {
    readonly observer: Observer;
    readonly progress: (done: number, of: number) => void;
    readonly erasures: string | undefined;
  },
): Promise<Restored> {
  await mkdir(directory, { recursive: true });
  // Until it is whole nobody may start with it.
  await writeFile(join(directory, RESTORING), `${backup}\n`);
  await syncDirectory(directory);
  const damage = await copyFiles(backup, directory, manifest, progress);
  // What was decided after the backup is not in it, and those names must not come again.
  const generation = generationAfter(manifest.generation, Date.now());
  const keys = keyFingerprintsOf(directory);
  writeFormat(directory, { generation, shards: manifest.shards });
  // Of a backup without them: who starts needs to have them.
  if (keys.length > 0) noteKeys(directory, keys);
  await noteErasures(directory, manifest, erasures);
  const counts = await fill(directory, manifest, observer, damage);
  await rm(join(directory, RESTORING));
  await syncDirectory(directory);
  const { beganAt, shards, lasts } = manifest;
  const records = lasts.reduce((sum, last) => sum + last, 0);
  return { directory, beganAt, shards, records, ...counts, damage };
}

/** A damaged file costs what is in it; the rest may be all there is. */
async function copyFiles(
  backup: string,
  directory: string,
  { files }: Manifest,
  progress: (done: number, of: number) => void,
): Promise<string[]> {
  const damage: string[] = [];
  const names = Object.entries(files);
  for (const [done, [name, sha256]] of names.entries()) {
    progress(done, names.length);
    const to = join(directory, name);
    if (!(await copyDurably(join(backup, name), to))) damage.push(missing(join(backup, name)));
    else if ((await sha256Of(to)) !== sha256) damage.push(changed(join(backup, name)));
  }
  return damage;
}

/** Whom the directory has to forget before it serves. Throws PortError for a list that is damaged, CommandError for one that is not there. */
async function noteErasures(directory: string, { lasts }: Manifest, list: string | undefined): Promise<void> {
  if (list !== undefined && !existsSync(list))
    throw new CommandError(`there is no list of erasures in ${list}`, EXIT.usage);
  const file = join(directory, ERASURES_FILE);
  const later = list === undefined ? [] : readErasures(list);
  const all = restoredErasures(readErasures(file), later, lasts);
  if (all.length > 0) await writeErasures(file, all);
}

async function fill(
  directory: string,
  { shards }: Manifest,
  observer: Observer,
  damage: string[],
): Promise<{ readonly fromImage: number; readonly customers: number }> {
  const settings = { dir: directory, shards, acceptLoss: true, mode: 'serve', isRestoring: true } as const;
  const stores = await openDiskStores(settings, observer, () => Date.now());
  try {
    const shared = await newestSharedImage(stores, (fault) => void damage.push(fault.message));
    if (shared === undefined) damage.push('the backup has no image of editions and catalogue');
    else await restoreSharedImage(stores, shared.content);
    return await fillSnapshots(stores, shards, observer);
  } finally {
    await stores.close();
  }
}

async function fillSnapshots(stores: Stores, shards: number, observer: Observer) {
  let fromImage = 0;
  let customers = 0;
  const { images, generation, snapshots, log } = stores;
  for (let id = 0; id < shards; id++) {
    const { last } = await log.bounds(id);
    const image = await newestImage({ id, runtime: { images, observer, generation } }, last);
    if (image === undefined) continue;
    await restoreImage(snapshots, image);
    fromImage++;
    customers += image.content.rows;
  }
  return { fromImage, customers };
}
