import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { CommitQueue } from './commit-queue.ts';
import { DiskRoom } from './disk-room.ts';
import { checkLmdbFile } from './file-check.ts';
import { KeptRows } from './kept-rows.ts';
import { lmdbFault } from './lmdb-fault.ts';
import type { Table } from './table.ts';

/** The one LMDB environment of a data directory; the stores of this folder share it and its commits. */
export interface LmdbEnvironment {
  readonly file: string;
  readonly snapshots: Table;
  readonly due: Table;
  /** Who is in which audience. */
  readonly members: Table;
  /** Per shard: counter of snapshot batches, and the checkpoint. */
  readonly checkpoints: Table;
  readonly editions: Table;
  readonly catalog: Table;
  /** Through which the rows of `editions` and `catalog` are written. */
  readonly kept: KeptRows;
  readonly commits: CommitQueue;
  /** Waits for writes under way, then closes the file. Every store over it is closed with it. */
  close(): Promise<void>;
}

export interface LmdbOptions {
  /** After this many ms a commit is taken for lost and the environment refuses further writes. */
  readonly commitMsMax?: number;
  /** What only grows is refused while the disk has less room than this left; default 128 MiB. */
  readonly reserveBytes?: number;
  /** Called before each write; what it throws is why there is none: the directory may be another's by now. */
  readonly confirm?: () => void;
  /** For benchmarks: overrides of what LMDB is opened with. */
  readonly lmdb?: RootDatabaseOptionsWithPath;
}

const COMMIT_MS_MAX = 30_000;

/**
 * Opens (and makes) `state.mdb` in `directory`. Only one process may have it open: hold the DirectoryLock first.
 * Throws PortError with the file's name.
 */
export function openLmdb(directory: string, options: LmdbOptions = {}): LmdbEnvironment {
  const file = join(directory, 'state.mdb');
  try {
    mkdirSync(directory, { recursive: true });
    checkLmdbFile(file);
    const root = open({
      path: file,
      encoding: 'binary',
      keyEncoding: 'binary',
      // A put must resolve after the fsync, and a failed fsync must reject it: see CommitQueue I2.
      overlappingSync: false,
      // What malloc left in a page's unused part goes to the file; the file is as private as the process.
      noMemInit: true,
      // Snapshots come under random keys, and of 500 B a page of 4 KiB holds 7: splits leave it emptier than one of 8 KiB
      // (measured at a million customers: 906 against 874 bytes each, at the same CPU).
      pageSize: 8_192,
      maxDbs: 12,
      ...options.lmdb,
    });
    const commits = new CommitQueue(root, {
      file,
      commitMsMax: options.commitMsMax ?? COMMIT_MS_MAX,
      room: new DiskRoom(directory, options.reserveBytes),
      confirm: options.confirm ?? (() => {}),
    });
    return tablesOf(root, file, commits);
  } catch (cause) {
    throw lmdbFault(cause, file);
  }
}

function tablesOf(root: RootDatabase, file: string, commits: CommitQueue): LmdbEnvironment {
  const table = (name: string): Table =>
    root.openDB<Buffer, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' });
  let closing: Promise<void> | undefined;
  const [editions, catalog] = [table('editions'), table('catalog')];
  const kept = new KeptRows({ editions, catalog }, commits);
  return {
    file,
    snapshots: table('snapshots'),
    due: table('due'),
    members: table('members'),
    checkpoints: table('checkpoints'),
    editions,
    catalog,
    kept,
    commits,
    close: () => {
      closing ??= commits.close().then(async (settled) => {
        await kept.close();
        // LMDB's close waits for its writer, and one that is stuck never ends.
        if (settled) await root.close();
      });
      return closing;
    },
  };
}
