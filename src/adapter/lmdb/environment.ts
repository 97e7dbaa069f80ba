import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { CommitQueue } from './commit-queue.ts';
import { lmdbFault } from './lmdb-fault.ts';

/** A named database of raw bytes under raw keys. */
export type Table = Database<Buffer, Uint8Array>;

/** The one LMDB environment of a data directory; the stores of this folder share it and its commits. */
export interface LmdbEnvironment {
  readonly file: string;
  readonly facts: Table;
  /** Per shard of the log: how far it was trimmed. */
  readonly trims: Table;
  readonly snapshots: Table;
  readonly due: Table;
  /** Per shard: counter of snapshot batches, and the checkpoint. */
  readonly checkpoints: Table;
  readonly editions: Table;
  readonly catalog: Table;
  readonly commits: CommitQueue;
  /** Waits for writes under way, then closes the file. Every store over it is closed with it. */
  close(): Promise<void>;
}

export interface LmdbOptions {
  /** After this many ms a commit is taken for lost and the environment refuses further writes. */
  readonly commitMsMax?: number;
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
    const root = open({
      path: file,
      encoding: 'binary',
      keyEncoding: 'binary',
      // A put must resolve after the fsync, and a failed fsync must reject it: see CommitQueue I2.
      overlappingSync: false,
      // What malloc left in a page's unused part goes to the file; the file is as private as the process.
      noMemInit: true,
      maxDbs: 12,
      ...options.lmdb,
    });
    return tablesOf(root, file, options.commitMsMax ?? COMMIT_MS_MAX);
  } catch (cause) {
    throw lmdbFault(cause, file);
  }
}

function tablesOf(root: RootDatabase, file: string, commitMsMax: number): LmdbEnvironment {
  const table = (name: string): Table =>
    root.openDB<Buffer, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' });
  const commits = new CommitQueue(root, { file, commitMsMax });
  let closing: Promise<void> | undefined;
  return {
    file,
    facts: table('facts'),
    trims: table('trims'),
    snapshots: table('snapshots'),
    due: table('due'),
    checkpoints: table('checkpoints'),
    editions: table('editions'),
    catalog: table('catalog'),
    commits,
    close: () => {
      closing ??= commits.close().then(() => root.close());
      return closing;
    },
  };
}
