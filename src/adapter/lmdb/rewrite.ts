/**
 * Stores all rows anew in a file of their own, which then takes the place of `state.mdb`. LMDB never gives a page back: what a row held stands in
 * pages that are free, and in the gaps of pages that are in use, until something else is written there, which may be never.
 *
 * I1  The old file is the one that counts until the new one has every committed row and is on the disk; the name changes hands in one step.
 *     A crash before leaves a draft, which the next start removes.
 * I2  Rows that are written meanwhile are noted (table.ts) and brought after; only the last few of them while no commit is under way.
 * I3  Reads go on all the time; writes wait for the last few rows and one sync.
 */
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RootDatabase } from 'lmdb';
import { PortError } from '../../port/port-error.ts';
import type { CommitQueue } from './commit-queue.ts';
import { lmdbFault } from './lmdb-fault.ts';
import type { RawTable, Table } from './table.ts';

/** Rows that are copied in one run of the event loop, about a millisecond; then it rests for as long as they took with their commit. */
const SLICE_ROWS = 128;
/** So many may be brought while writes wait. */
const HELD_ROWS_MAX = 512;
/** Each round brings what was written during the one before; rows that change faster than they are copied would take for ever. */
const ROUNDS_MAX = 20;

export interface Rewritten {
  readonly rows: number;
  /** Of the file before and after. */
  readonly bytesBefore: number;
  readonly bytes: number;
  /** How long writes waited. */
  readonly heldMs: number;
}

/** An environment in a file, with its tables by name. */
export interface RawEnvironment {
  readonly root: RootDatabase;
  readonly tables: Readonly<Record<string, RawTable>>;
}

export interface RewriteParts {
  readonly file: string;
  readonly tables: Readonly<Record<string, Table>>;
  readonly commits: CommitQueue;
  readonly open: (file: string, isSynced: boolean) => RawEnvironment;
  /** The environment of `file` until now. */
  readonly root: RootDatabase;
  /** From here on the new one is. */
  readonly swapped: (next: RawEnvironment) => void;
  /** False: the environment is to be closed. */
  readonly isWanted: () => boolean;
}

/** Within a process LMDB takes two files of one name for one. */
let drafts = 0;

/** Throws PortError; then everything is as it was. */
export async function rewrite(parts: RewriteParts): Promise<Rewritten> {
  const { file, tables, commits } = parts;
  const draft = `${file}.${process.pid}-${++drafts}.tmp`;
  const bytesBefore = statSync(file).size;
  for (const table of Object.values(tables)) table.follow();
  let next: RawEnvironment | undefined;
  let isSwapped = false;
  try {
    const rows = await copyAll(parts, draft);
    next = parts.open(draft, true);
    await bringChanges(parts, next);
    const began = performance.now();
    const made = next;
    await commits.alone(async () => {
      await bring(made, takeChanges(tables));
      return () => {
        renameSync(draft, file);
        for (const [name, table] of Object.entries(tables)) table.swap(made.tables[name] as RawTable);
        parts.swapped(made);
        isSwapped = true;
        syncFolder(dirname(file));
        return made.root;
      };
    });
    const heldMs = performance.now() - began;
    await parts.root.close();
    // Only this process has them; LMDB holds its own lock of the one in use open.
    for (const lock of [`${file}-lock`, `${draft}-lock`]) rmSync(lock, { force: true });
    return { rows, bytesBefore, bytes: statSync(file).size, heldMs };
  } catch (cause) {
    throw lmdbFault(cause, file);
  } finally {
    for (const table of Object.values(tables)) table.unfollow();
    if (!isSwapped) {
      await next?.root.close();
      removeDraftsOf(file);
    }
  }
}

/** What a rewrite that was cut short left behind. */
export function removeDraftsOf(file: string): void {
  const folder = dirname(file);
  for (const name of readdirSync(folder))
    if (name.startsWith(`${basename(file)}.`) && /\.tmp(-lock)?$/.test(name))
      rmSync(join(folder, name), { force: true });
}

/** Without a sync for each slice: one at the end, before the file is opened to be used. */
async function copyAll({ tables, open, isWanted }: RewriteParts, draft: string): Promise<number> {
  const { root, tables: into } = open(draft, false);
  let rows = 0;
  try {
    for (const [name, table] of Object.entries(tables)) {
      for (let after: Uint8Array | undefined; ; ) {
        if (!isWanted()) throw stopped();
        const began = performance.now();
        const slice = sliceAfter(table, after);
        for (const { key, value } of slice) void (into[name] as RawTable).put(key, value);
        if (slice.length > 0) await root.committed;
        await pause(performance.now() - began);
        rows += slice.length;
        after = slice.at(-1)?.key;
        if (slice.length < SLICE_ROWS) break;
      }
    }
    await root.flushed;
  } finally {
    await root.close();
  }
  // In another thread: of a large file it takes seconds.
  const handle = await openFile(draft, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return rows;
}

function sliceAfter(
  table: Table,
  after: Uint8Array | undefined,
): readonly { readonly key: Buffer; readonly value: Buffer }[] {
  const range =
    after === undefined ? { limit: SLICE_ROWS } : { start: after, exclusiveStart: true, limit: SLICE_ROWS };
  return Array.from(table.getRange(range), ({ key, value }) => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
  }));
}

/** I2: until few are left. */
async function bringChanges(
  { tables, commits, isWanted }: RewriteParts,
  next: RawEnvironment,
): Promise<void> {
  const count = (): number => Object.values(tables).reduce((sum, { changes }) => sum + changes, 0);
  for (let round = 0; count() > HELD_ROWS_MAX; round++) {
    if (!isWanted()) throw stopped();
    if (round === ROUNDS_MAX)
      throw new PortError('unavailable', 'rows change faster than they are copied; it is tried again later');
    let changed: readonly ChangedRow[] = [];
    // What is noted is committed then, and not only under way.
    await commits.alone(async () => {
      changed = takeChanges(tables);
      return undefined;
    });
    for (let from = 0; from < changed.length; from += HELD_ROWS_MAX)
      await bring(next, changed.slice(from, from + HELD_ROWS_MAX));
  }
}

interface ChangedRow {
  readonly name: string;
  readonly table: Table;
  readonly key: Uint8Array;
}

function takeChanges(tables: RewriteParts['tables']): readonly ChangedRow[] {
  return Object.entries(tables).flatMap(([name, table]) =>
    table.takeChanges().map((key) => ({ name, table, key })),
  );
}

/** The rows as they are now, durable. */
async function bring({ root, tables }: RawEnvironment, changed: readonly ChangedRow[]): Promise<void> {
  if (changed.length === 0) return;
  for (const { name, table, key } of changed) {
    const value = table.getBinary(key);
    const into = tables[name] as RawTable;
    void (value === undefined ? into.remove(key) : into.put(key, Buffer.from(value)));
  }
  await root.committed;
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function stopped(): PortError {
  return new PortError('unavailable', 'the service stops; the state is stored anew after the next start');
}
