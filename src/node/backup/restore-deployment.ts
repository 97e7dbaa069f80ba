/**
 * Reads a backup into a deployment that is new: its streams are made so that each record keeps its number, then archive, images, editions, catalogue and
 * erasures come, and last of all what a deployment notes of itself. Redis is not asked: nodes build their profiles from the images.
 *
 * I1  What is noted comes last: no node starts with a restore that was cut short, and no other restore goes on from it.
 * I2  A new generation: what was decided after the backup is not in it, and those names must not come again.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DiskArchive } from '../../adapter/disk/disk-archive.ts';
import { ERASURES_FILE, readErasures } from '../../adapter/disk/disk-erasures.ts';
import { DiskFactLog } from '../../adapter/disk/disk-fact-log.ts';
import { DiskImages } from '../../adapter/disk/disk-images.ts';
import { generationAfter, keyFingerprintsOf } from '../../adapter/lmdb/data-format.ts';
import { LIMITS } from '../../config/limits.ts';
import type { Erasure } from '../../port/erasures.ts';
import type { FactLog } from '../../port/fact-log.ts';
import { SHARED_IMAGE } from '../../port/images.ts';
import { PortError } from '../../port/port-error.ts';
import { CommandError, EXIT } from '../command/command-line.ts';
import { KEYS_FILE, readSecretKeys } from '../open-secret-keys.ts';
import { restoredErasures } from '../restored-erasures.ts';
import { newestSharedImage, restoreSharedImage } from '../shared-image.ts';
import { copyImage } from './back-up-deployment.ts';
import { damagedFiles } from './damaged-files.ts';
import { type Manifest, readManifest } from './manifest.ts';
import type { NewDeployment } from './new-deployment.ts';

/** Shards whose records are written at once. */
const SHARDS_AT_ONCE = 16;

export interface DeploymentRestored {
  readonly deployment: string;
  readonly beganAt: string;
  readonly generation: number;
  readonly shards: number;
  readonly records: number;
  readonly segments: number;
  readonly images: number;
  /** A sentence for each file of the backup that is damaged or missing. */
  readonly damage: readonly string[];
}

export interface DeploymentRestorePlan {
  readonly backup: string;
  /** A list that is younger than the backup's; undefined: there is none. */
  readonly erasures: string | undefined;
  /** Opens the streams of a deployment that has none. `begins`: the first record of each shard's log. */
  readonly open: (shape: { readonly begins: readonly number[] }) => Promise<NewDeployment>;
  readonly progress: (done: number, of: number) => void;
}

/** Throws CommandError when `backup` is none, or cannot be served from at once; PortError. */
export async function restoreDeployment(plan: DeploymentRestorePlan): Promise<DeploymentRestored> {
  const { backup, progress } = plan;
  const manifest = readManifest(backup);
  const damage = await damagedFiles(backup, manifest, progress);
  const { shards, lasts, beganAt } = manifest;
  const erasures = erasuresOf(plan, manifest);
  const archive = new DiskArchive(join(backup, 'archive'));
  const images = new DiskImages(join(backup, 'images'));
  const archived: number[] = [];
  for (let shard = 0; shard < shards; shard++)
    archived.push((await archive.segments(shard)).at(-1)?.last ?? 0);
  const log = new DiskFactLog(join(backup, 'log'), { trimmed: archived, isReadOnly: true });
  try {
    const begins = await beginsOf(log, manifest);
    const to = await plan.open({ begins });
    try {
      let segmentCount = 0;
      let imageCount = 0;
      const told = async (what: () => Promise<unknown>): Promise<number> => {
        try {
          await what();
          return 1;
        } catch (fault) {
          if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
          damage.push(fault.message);
          return 0;
        }
      };
      for (let shard = 0; shard < shards; shard++) {
        for (const { first, last, ...span } of await archive.segments(shard))
          segmentCount += await told(async () => {
            const records = await archive.read(shard, first, last - first + 1);
            await to.archive.write(shard, records, span);
          });
      }
      for (const shard of [SHARED_IMAGE, ...Array.from({ length: shards }, (_, each) => each)])
        for (const head of (await images.list(shard)).toReversed())
          imageCount += await told(async () => {
            await images.check(head);
            await copyImage(images, to.images, head);
          });
      const shared = await newestSharedImage({ images }, (fault) => {
        if (!damage.includes(fault.message)) damage.push(fault.message);
      });
      if (shared === undefined) damage.push('the backup has no image of editions and catalogue');
      else await restoreSharedImage(to, shared.content);
      await writeLogs(log, to.log, { begins, lasts });
      for (const erasure of erasures) await to.erasures.save(erasure);
      const generation = generationAfter(manifest.generation, Date.now());
      // I1
      await to.note({ generation, shards, keys: keysOf(backup) });
      const records = lasts.reduce((sum, last) => sum + last, 0);
      return {
        ...{ deployment: to.name, beganAt, generation, shards, records },
        ...{ segments: segmentCount, images: imageCount, damage },
      };
    } finally {
      await to.close();
    }
  } finally {
    await log.close();
  }
}

/** Nodes go on with what is left to do while they serve: who is not forgotten in the backup would be served until then. */
function erasuresOf(
  { backup, erasures: list }: DeploymentRestorePlan,
  { lasts }: Manifest,
): readonly Erasure[] {
  if (list !== undefined && !existsSync(list))
    throw new CommandError(`there is no list of erasures in ${list}`, EXIT.usage);
  const later = list === undefined ? [] : readErasures(list);
  const all = restoredErasures(readErasures(join(backup, ERASURES_FILE)), later, lasts);
  const open = all.filter(({ actors }) => actors.some(({ seq }) => seq === 0));
  if (open.length > 0)
    throw new CommandError(
      `${open.length} people were forgotten who are in this backup still (${open[0]?.receipt}, …), and nodes of a deployment would serve them before they are forgotten again. Restore it into a directory (--dir, with the same --erasures), serve that once, back it up, and restore that backup. Nothing was changed.`,
    );
  return all;
}

/** Throws PortError `corrupt` for a log that is not what the backup says of it. */
async function beginsOf(log: FactLog, { shards, lasts }: Manifest): Promise<number[]> {
  const begins: number[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const { first, last } = await log.bounds(shard);
    if (last !== lasts[shard])
      throw new PortError(
        'corrupt',
        `the log of shard ${shard} in the backup ends at record ${last}, and BACKUP says ${lasts[shard]}: restore another backup`,
      );
    begins.push(first);
  }
  return begins;
}

async function writeLogs(
  from: FactLog,
  to: FactLog,
  { begins, lasts }: { readonly begins: readonly number[]; readonly lasts: readonly number[] },
): Promise<void> {
  const shards = begins.keys();
  const worker = async (): Promise<void> => {
    for (const shard of shards)
      for (let at = begins[shard] ?? 1; at <= (lasts[shard] ?? 0); ) {
        const records = await from.read(shard, at, LIMITS.recoveryBatchMax);
        for (const { sequence, bytes } of records) await to.append(shard, sequence - 1, bytes);
        at = (records.at(-1)?.sequence ?? Number.MAX_SAFE_INTEGER - 1) + 1;
      }
  };
  await Promise.all(Array.from({ length: SHARDS_AT_ONCE }, worker));
}

/** Fingerprints of those with which what is in the backup was served; none where neither keys nor a note of them is in it. */
function keysOf(backup: string): readonly string[] {
  const file = join(backup, KEYS_FILE);
  return existsSync(file) ? readSecretKeys(file).fingerprints : keyFingerprintsOf(backup);
}
