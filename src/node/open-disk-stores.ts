/**
 * Opens a data directory, and judges it: the one place that says what is wrong with it, for `serve`, `inspect` and `verify`.
 * To serve, what has a copy is made good, and what is lost stops the start unless that was accepted; to read, nothing in the
 * directory is changed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DiskArchive } from '../adapter/disk/disk-archive.ts';
import { DiskErasures, ERASURES_FILE } from '../adapter/disk/disk-erasures.ts';
import type { DiskFactLog } from '../adapter/disk/disk-fact-log.ts';
import { DiskImages } from '../adapter/disk/disk-images.ts';
import { NO_RESERVE, type Reserve } from '../adapter/disk/disk-reserve.ts';
import { removeDrafts } from '../adapter/disk/drafts.ts';
import { type Extent, ExtentWriter, readExtents } from '../adapter/disk/extents.ts';
import { generationAfter, noteExtents, type OpenedFormat, openFormat } from '../adapter/lmdb/data-format.ts';
import { lockDirectory } from '../adapter/lmdb/directory-lock.ts';
import { DiskRoom, type RoomNeed } from '../adapter/lmdb/disk-room.ts';
import type { LmdbEnvironment } from '../adapter/lmdb/environment.ts';
import type { KeptRows } from '../adapter/lmdb/kept-rows.ts';
import { LmdbCatalogLog } from '../adapter/lmdb/lmdb-catalog-log.ts';
import { LmdbEditions } from '../adapter/lmdb/lmdb-editions.ts';
import { LmdbSnapshotStore } from '../adapter/lmdb/lmdb-snapshot-store.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import { fillLost } from './fill-lost.ts';
import { Findings } from './finding.ts';
import { judgeRows } from './judge-rows.ts';
import { judgeShards } from './judge-shards.ts';
import { judgeState, OpenState } from './open-state.ts';
import { RESTORING, type StoreSettings, type Stores } from './stores.ts';

export interface DiskSettings extends Pick<StoreSettings, 'dir' | 'shards' | 'acceptLoss' | 'logFileBytes'> {
  /** `read`: nothing is changed, and nothing but a directory that cannot be opened at all is thrown. */
  readonly mode: 'serve' | 'read';
  /** A backup is read into it: it need not be whole. */
  readonly isRestoring?: boolean;
}

/** Throws PortError: `unavailable` for a directory that another process has, `corrupt` with all sentences. */
export async function openDiskStores(
  settings: DiskSettings,
  observer: Observer,
  now: () => number,
): Promise<Stores> {
  let extents: ExtentWriter | undefined;
  let kept: KeptRows | undefined;
  const lock = lockDirectory(settings.dir, {
    onLost: (sentence) => {
      observer.fault(sentence);
      // Another process writes here now: whatever this one still does could only damage its data.
      process.exit(70);
    },
    onFault: (sentence, cause) => observer.fault(sentence, cause),
    onBeat: async () => void (await Promise.all([extents?.beat(), kept?.beat()])),
  });
  try {
    const hold = { onExpiry: async () => extents?.settle(), confirm: () => lock.confirm() };
    const opened = await openLocked(settings, observer, now, hold);
    ({ extents, kept } = opened);
    const { close, ...stores } = opened.stores;
    return {
      ...stores,
      close: async () => {
        try {
          await close();
          await extents?.close();
        } finally {
          extents = undefined;
          kept = undefined;
          lock.release();
        }
      },
    };
  } catch (fault) {
    lock.release();
    throw fault;
  }
}

/** What the directory's being ours means for its stores. */
interface Hold {
  /** Awaited before segments expire. */
  readonly onExpiry: () => Promise<void>;
  /** Throws PortError when the directory is not ours any more. */
  readonly confirm: () => void;
}

interface Opened {
  readonly stores: Stores;
  readonly extents: ExtentWriter | undefined;
  readonly kept: KeptRows;
}

/** Of a directory that is ours. */
async function openLocked(
  settings: DiskSettings,
  observer: Observer,
  now: () => number,
  hold: Hold,
): Promise<Opened> {
  const { dir, shards, acceptLoss } = settings;
  const { onExpiry, confirm } = hold;
  if (settings.isRestoring !== true && existsSync(join(dir, RESTORING)))
    throw new PortError(
      'corrupt',
      `a restore into ${dir} was cut short: remove the directory and restore the backup again`,
    );
  const isReadOnly = settings.mode === 'read';
  const findings = new Findings();
  const { extent, faults, written } = readExtents(dir);
  const known = extent === undefined ? undefined : { ...extent, shards: extent.shards.length };
  const opened = openFormat(dir, { generation: 1, shards }, { known, isReadOnly });
  if (opened.healed !== undefined) findings.add('healed', opened.healed);
  if (opened.hasExtents || faults.length === 1) {
    const source =
      extent === undefined ? 'the data itself says how far it reaches' : 'the other one says the same';
    for (const fault of faults) findings.add('healed', `${fault}: ${source}`);
  }
  const check = judgeState(dir, extent, findings);
  // Before anything of what is left is moved: whether a start is possible.
  if (!isReadOnly && (check.fault !== undefined || check.isEmpty))
    await expectStart(settings, observer, now, hold);
  const state = new OpenState(dir, check, { isReadOnly, confirm });
  const rows = judgeRows(dir, state, { extent, findings });
  if (isReadOnly && rows.lacksRows) await rows.fill(await state.onScratch());
  const room = new DiskRoom(dir);
  // Of a directory that is only read nobody but a backup writes images, and there they may take all there is.
  const reserveFor = (need: RoomNeed): Reserve => (isReadOnly ? NO_RESERVE : () => room.refusal(need));
  const archive = new DiskArchive(join(dir, 'archive'), { onExpiry, reserve: reserveFor('upkeep') });
  const erasures = new DiskErasures(join(dir, ERASURES_FILE));
  const images = new DiskImages(join(dir, 'images'), reserveFor('growth'));
  const snapshots = new LmdbSnapshotStore(state.environment);
  let log: DiskFactLog | undefined;
  const close = async (): Promise<void> => {
    await log?.close();
    await erasures.close();
    await state.close();
  };
  try {
    const judged = await judgeShards(dir, {
      ...{ shards, extent, archive, images, snapshots, findings },
      state: state.check,
      ...{ logFileBytes: settings.logFileBytes, confirm },
    });
    log = judged.log;
    let format: OpenedFormat = opened;
    let extents: ExtentWriter | undefined;
    if (!isReadOnly) {
      expectNoRefusal(findings, acceptLoss);
      for (const folder of ['archive', 'images']) await removeDrafts(join(dir, folder));
      for (const { kind, sentence } of findings.all)
        observer.fault(kind === 'loss' ? `accepted: ${sentence}` : sentence);
      if (judged.endsEarly) format = { ...opened, generation: generationAfter(opened.generation, now()) };
      judged.log.heal();
      await rows.heal((sentence, cause) => observer.fault(sentence, cause));
      // They stand in the places of what was of this generation.
      const { generation } = opened;
      await Promise.all(judged.filled.map((lost) => fillLost(judged.log, lost, { generation, at: now() })));
      for (const shard of judged.rebuilt) await snapshots.clear(shard, judged.counterAbove(shard));
      extents = new ExtentWriter(dir, written, () =>
        extentOf(format, state.environment, archive, judged.log),
      );
      if (!opened.hasExtents || format !== opened) noteExtents(dir, format);
      // Last, so that a start that is cut short before is refused again.
      for (const image of judged.imagesAhead) await images.setAside(image);
    }
    return {
      extents,
      kept: state.environment.kept,
      stores: {
        ...{ log, snapshots, archive, images, erasures, close },
        editions: new LmdbEditions(state.environment, { now }),
        catalogLog: new LmdbCatalogLog(state.environment),
        generation: format.generation,
        findings: findings.all,
      },
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** Looks at all without a change. Throws PortError `corrupt` where a service would not start. */
async function expectStart(
  settings: DiskSettings,
  observer: Observer,
  now: () => number,
  hold: Hold,
): Promise<void> {
  const { stores } = await openLocked({ ...settings, mode: 'read' }, observer, now, hold);
  await stores.close();
  const refusals = new Findings(stores.findings);
  expectNoRefusal(refusals, settings.acceptLoss);
}

/** Throws PortError `corrupt` with a sentence for each reason why a service must not start. */
function expectNoRefusal(findings: Findings, acceptLoss: boolean): void {
  const refusals = findings.refusals(acceptLoss);
  if (refusals.length === 0) return;
  throw new PortError('corrupt', refusals.map(({ sentence }) => sentence).join('\n'));
}

function extentOf(
  {
    format,
    generation,
    shards,
  }: { readonly format: number; readonly generation: number; readonly shards: number },
  environment: LmdbEnvironment,
  archive: DiskArchive,
  log: DiskFactLog,
): Extent {
  const bounds = log.allBounds;
  return {
    format,
    generation,
    rows: environment.kept.written,
    shards: Array.from({ length: shards }, (_, shard) => {
      const { first, last } = bounds[shard] ?? { first: 1, last: 0 };
      return { first: archive.firstKept(shard) ?? first, trimmed: first - 1, last };
    }),
  };
}
