import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabaseOptionsWithPath } from 'lmdb';
import { CommitQueue } from './commit-queue.ts';
import { DiskRoom } from './disk-room.ts';
import { checkLmdbFile } from './file-check.ts';
import { KeptRows } from './kept-rows.ts';
import { lmdbFault } from './lmdb-fault.ts';
import { type RawEnvironment, type Rewritten, removeDraftsOf, rewrite } from './rewrite.ts';
import { type RawTable, Table } from './table.ts';

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
  /**
   * Stores all rows anew, so that nothing of rows that were replaced or dropped is in the file any more (rewrite.ts); asked meanwhile, it is the one
   * under way. Takes as much room again as the file. Throws PortError, `full` among them, and then all is as it was.
   */
  rewrite(): Promise<Rewritten>;
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
const TABLES = ['snapshots', 'due', 'members', 'checkpoints', 'editions', 'catalog'] as const;

/**
 * Opens (and makes) `state.mdb` in `directory`. Only one process may have it open: hold the DirectoryLock first.
 * Throws PortError with the file's name.
 */
export function openLmdb(directory: string, options: LmdbOptions = {}): LmdbEnvironment {
  const file = join(directory, 'state.mdb');
  try {
    mkdirSync(directory, { recursive: true });
    checkLmdbFile(file);
    removeDraftsOf(file);
    const first = openRaw(file, options.lmdb);
    const room = new DiskRoom(directory, options.reserveBytes);
    const commits = new CommitQueue(first.root, {
      ...{ file, room },
      commitMsMax: options.commitMsMax ?? COMMIT_MS_MAX,
      confirm: options.confirm ?? (() => {}),
    });
    return environmentOf(first, {
      ...{ file, commits, room },
      open: (path, isSynced) => openRaw(path, isSynced ? options.lmdb : { ...options.lmdb, noSync: true }),
    });
  } catch (cause) {
    throw lmdbFault(cause, file);
  }
}

function openRaw(path: string, options: RootDatabaseOptionsWithPath | undefined): RawEnvironment {
  const root = open({
    path,
    encoding: 'binary',
    keyEncoding: 'binary',
    // A put must resolve after the fsync, and a failed fsync must reject it: see CommitQueue I2.
    overlappingSync: false,
    // Else what malloc left in a page's unused part, of whomever it may be, goes to the file and stays there.
    noMemInit: false,
    // Snapshots come under random keys, and of 500 B a page of 4 KiB holds 7: splits leave it emptier than one of 8 KiB
    // (measured at a million customers: 906 against 874 bytes each, at the same CPU).
    pageSize: 8_192,
    maxDbs: 12,
    ...options,
  });
  const table = (name: string): RawTable =>
    root.openDB<Buffer, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' });
  return { root, tables: Object.fromEntries(TABLES.map((name) => [name, table(name)])) };
}

interface OpenParts {
  readonly file: string;
  readonly commits: CommitQueue;
  readonly room: DiskRoom;
  readonly open: (file: string, isSynced: boolean) => RawEnvironment;
}

function environmentOf(first: RawEnvironment, { file, commits, room, open }: OpenParts): LmdbEnvironment {
  let { root } = first;
  let closing: Promise<void> | undefined;
  let rewriting: Promise<Rewritten> | undefined;
  const tables = Object.fromEntries(
    TABLES.map((name) => [name, new Table(first.tables[name] as RawTable)]),
  ) as Record<(typeof TABLES)[number], Table>;
  const kept = new KeptRows(tables, commits);
  const rewriteNow = async (): Promise<Rewritten> => {
    const full = room.refusal('growth', statSync(file).size);
    if (full !== undefined) throw full;
    const swapped = (next: RawEnvironment): void => {
      root = next.root;
    };
    const isWanted = (): boolean => closing === undefined;
    return rewrite({ file, tables, commits, open, root, swapped, isWanted });
  };
  return {
    ...{ file, ...tables, kept, commits },
    rewrite: () => {
      rewriting ??= rewriteNow().finally(() => {
        rewriting = undefined;
      });
      return rewriting;
    },
    close: () => {
      closing ??= Promise.resolve(rewriting)
        .catch(() => undefined)
        .then(() => commits.close())
        .then(async (settled) => {
          await kept.close();
          // LMDB's close waits for its writer, and one that is stuck never ends.
          if (settled) await root.close();
        });
      return closing;
    },
  };
}
