/**
 * A second copy of the rows that nothing else could give back: editions and the catalogue's log, `editions.log` beside
 * `state.mdb`. Profiles are folded again from the facts; what the facts name, policies and models and products, is not in
 * them.
 *
 *   entry  magic u32, crc u32 of the rest, length u32 of key and value, number u48, table u8, length of the key u16, key, value
 *
 * Appended to and synced behind each commit of such rows. What is damaged is passed over, up to the next entry that is whole;
 * an entry at the end that a crash cut short is dropped.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

export type CopiedTable = 'editions' | 'catalog';

export interface CopiedRow {
  readonly table: CopiedTable;
  readonly key: Uint8Array;
  /** As the table has it, sealed. */
  readonly value: Uint8Array;
}

export interface NumberedRow extends CopiedRow {
  readonly number: number;
}

export interface FoundCopy {
  /** The newest row of each key, in the order in which they were written. */
  readonly rows: readonly NumberedRow[];
  /** Number of the newest row, 0: there is none. */
  readonly written: number;
  /** Places, in bytes, from which on something could not be read; none when the end alone was cut short. */
  readonly damagedAt: readonly number[];
  readonly isMissing: boolean;
  /** Where the next entry begins. */
  readonly end: number;
}

const MAGIC = 0x43_57_4f_52; // "ROWC"
const MAGIC_BYTES = Buffer.from('524f5743', 'hex');
const HEAD_BYTES = 21;
const TABLES: readonly CopiedTable[] = ['editions', 'catalog'];

/** Reads a copy. Throws what the disk throws. */
export function readCopy(path: string): FoundCopy {
  if (!existsSync(path)) return { rows: [], written: 0, damagedAt: [], isMissing: true, end: 0 };
  const bytes = readFileSync(path);
  const rows = new Map<string, NumberedRow>();
  const damagedAt: number[] = [];
  let written = 0;
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    const entry = entryAt(bytes, at);
    if (entry === undefined) {
      const next = nextEntry(bytes, at + 1);
      if (next === undefined) break;
      damagedAt.push(at);
      at = next;
      continue;
    }
    const name = `${entry.row.table}/${Buffer.from(entry.row.key).toString('latin1')}`;
    rows.delete(name);
    rows.set(name, entry.row);
    written = Math.max(written, entry.row.number);
    at = end = entry.end;
  }
  return { rows: [...rows.values()], written, damagedAt, isMissing: false, end };
}

/**
 * The copy of an open environment. Owned by it.
 *
 * I1. One write at a time, in the order of the commits; rows whose write failed are in the next one.
 */
export class RowCopy {
  readonly #path: string;
  readonly #onFault: (sentence: string, cause: unknown) => void;
  #end: number;
  #written: number;
  #waiting: CopiedRow[] = [];
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(
    path: string,
    { end, written }: Pick<FoundCopy, 'end' | 'written'>,
    onFault: (sentence: string, cause: unknown) => void,
  ) {
    this.#path = path;
    this.#end = end;
    this.#written = written;
    this.#onFault = onFault;
  }

  /** Rows that it was given since it was made. */
  get written(): number {
    return this.#written;
  }

  /** Resolves when the rows are in the copy, or could not be put there, which is told: they are tried again with the next ones. */
  add(rows: readonly CopiedRow[]): Promise<void> {
    this.#waiting.push(...rows);
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    if (this.#waiting.length > 0) await this.add([]);
    await this.#writing;
  }

  async #write(): Promise<void> {
    const rows = this.#waiting;
    if (rows.length === 0) return;
    const bytes = Buffer.concat(rows.map((row, i) => encoded({ ...row, number: this.#written + 1 + i })));
    try {
      const handle = await open(this.#path, this.#end === 0 ? 'w' : 'r+');
      try {
        // What a failed write left behind the end is written over, or cut off here.
        await handle.truncate(this.#end);
        let at = 0;
        while (at < bytes.length)
          at += (await handle.write(bytes, at, bytes.length - at, this.#end + at)).bytesWritten;
        await handle.datasync();
      } finally {
        await handle.close();
      }
      this.#waiting = this.#waiting.slice(rows.length);
      this.#end += bytes.length;
      this.#written += rows.length;
      this.#isFailing = false;
    } catch (cause) {
      if (!this.#isFailing)
        this.#onFault(
          `${this.#path}, the second copy of catalogue and editions, cannot be written; it is tried again each second`,
          cause,
        );
      this.#isFailing = true;
    }
  }
}

/** Writes a whole copy anew, in one step. Throws what the disk throws. */
export function writeCopy(path: string, rows: readonly NumberedRow[]): { readonly end: number } {
  const draft = `${path}.tmp`;
  const fd = openSync(draft, 'w');
  let end = 0;
  try {
    for (const row of rows) {
      const bytes = encoded(row);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
      end += bytes.length;
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
  return { end };
}

function encoded({ table, key, value, number }: NumberedRow): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + key.length + value.length);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(key.length + value.length, 8);
  bytes.writeUIntLE(number, 12, 6);
  bytes.writeUInt8(TABLES.indexOf(table), 18);
  bytes.writeUInt16LE(key.length, 19);
  bytes.set(key, HEAD_BYTES);
  bytes.set(value, HEAD_BYTES + key.length);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

function entryAt(bytes: Buffer, at: number): { readonly row: NumberedRow; readonly end: number } | undefined {
  if (at + HEAD_BYTES > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  const end = at + HEAD_BYTES + bytes.readUInt32LE(at + 8);
  if (end > bytes.length || crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4))
    return undefined;
  const table = TABLES[bytes.readUInt8(at + 18)];
  const valueAt = at + HEAD_BYTES + bytes.readUInt16LE(at + 19);
  if (table === undefined || valueAt > end) return undefined;
  const key = bytes.subarray(at + HEAD_BYTES, valueAt);
  return {
    row: { table, key, value: bytes.subarray(valueAt, end), number: bytes.readUIntLE(at + 12, 6) },
    end,
  };
}

function nextEntry(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(MAGIC_BYTES, from); at >= 0; at = bytes.indexOf(MAGIC_BYTES, at + 1))
    if (entryAt(bytes, at) !== undefined) return at;
  return undefined;
}
