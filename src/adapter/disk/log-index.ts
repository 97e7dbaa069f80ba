/**
 * Where the records of one log file stand. In memory as a whole while the file is written; when it is full, as `<number>.idx`
 * beside it, and in memory only what finds a shard's row in that.
 *
 *   head   magic u32, crc u32 of the rest of the head and of the table, shards u32, cells u32, first and last commit u48 each,
 *          end of the last entry u32
 *   table  per shard from 0: first sequence, records, number of its first cell, crc of its cells; a double each
 *   cells  per record: offset u32, length u32, crc u32 of its bytes
 *
 * Written without a sync: one that a crash left behind damaged or not at all is made again from the log file.
 * Numbers as the machine has them, which on all that Node runs on is little endian.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { diskFault } from './disk-fault.ts';

const MAGIC = 0x58_47_4f_4c; // "LOGX"
const HEAD_BYTES = 32;
const SUMMED_AT = 8;
const FIELDS = 4;
const TABLE_BYTES = FIELDS * 8;
const CELL_WORDS = 3;
const CELL_BYTES = CELL_WORDS * 4;
const CELLS_AT_FIRST = 64;
/** A shard is two bytes in an entry. */
const SHARDS_MAX = 65_536;

/** The cells of one shard's records in one file. */
export interface IndexRow {
  readonly first: number;
  readonly count: number;
  readonly cells: Uint32Array;
}

export class LogIndex {
  /** 0: the file has no entry yet. */
  firstCommit = 0;
  lastCommit = 0;
  /** Where the next entry begins. */
  end: number;
  #table: Float64Array;
  /** By shard; undefined once they are in the index file. */
  #cells: (Uint32Array | undefined)[] | undefined = [];

  /** `nexts`: per shard the sequence that must come next, where one is known. */
  constructor(end: number, nexts: readonly (number | undefined)[]) {
    this.end = end;
    this.#table = new Float64Array(nexts.length * FIELDS);
    for (let shard = 0; shard < nexts.length; shard++) this.#table[shard * FIELDS] = nexts[shard] ?? 0;
  }

  /** Shards of which this index can say something are below. */
  get shards(): number {
    return this.#table.length / FIELDS;
  }

  get isStored(): boolean {
    return this.#cells === undefined;
  }

  /** The first sequence of the shard that is or would be in this file; 0 when it is not known. */
  first(shard: number): number {
    return this.#table[shard * FIELDS] ?? 0;
  }

  count(shard: number): number {
    return this.#table[shard * FIELDS + 1] ?? 0;
  }

  /** `first` of each shard, for an index that is to be like this one. */
  firsts(): number[] {
    return Array.from({ length: this.shards }, (_, shard) => this.first(shard));
  }

  /** The next record of a shard. False, and nothing noted, when another one is due. */
  note(shard: number, sequence: number, offset: number, length: number, crc: number): boolean {
    if (shard >= this.shards) this.#widen(shard + 1);
    const cells =
      (this.#cells as (Uint32Array | undefined)[])[shard] ?? new Uint32Array(CELLS_AT_FIRST * CELL_WORDS);
    const field = shard * FIELDS;
    const first = this.#table[field] as number;
    const count = this.#table[field + 1] as number;
    if (first === 0) this.#table[field] = sequence;
    else if (sequence !== first + count) return false;
    this.#table[field + 1] = count + 1;
    const word = count * CELL_WORDS;
    const room = word < cells.length ? cells : longer(cells);
    room[word] = offset;
    room[word + 1] = length;
    room[word + 2] = crc;
    (this.#cells as (Uint32Array | undefined)[])[shard] = room;
    return true;
  }

  /** The shard's row while it is in memory, else undefined: see `readRow`. */
  row(shard: number): IndexRow | undefined {
    if (this.#cells === undefined) return undefined;
    return {
      first: this.first(shard),
      count: this.count(shard),
      cells: this.#cells[shard] ?? new Uint32Array(0),
    };
  }

  /** Where the shard's cells are in the index file, in bytes. */
  decisionRef(shard: number): { readonly offset: number; readonly bytes: number } {
    const start = this.#table[shard * FIELDS + 2] as number;
    return {
      offset: HEAD_BYTES + this.#table.byteLength + start * CELL_BYTES,
      bytes: this.count(shard) * CELL_BYTES,
    };
  }

  /** The row in the bytes at `decisionRef`, undefined when they are damaged. */
  rowFrom(shard: number, bytes: Uint8Array): IndexRow | undefined {
    if (crc32(bytes) !== this.#table[shard * FIELDS + 3]) return undefined;
    const cells = new Uint32Array(bytes.length / 4);
    new Uint8Array(cells.buffer).set(bytes);
    return { first: this.first(shard), count: this.count(shard), cells };
  }

  /** The index file. When it is written, `stored` lets go of the cells. */
  encode(): Buffer {
    const pieces: Uint8Array[] = [];
    let start = 0;
    for (let shard = 0; shard < this.shards; shard++) {
      const count = this.count(shard);
      const cells = this.#cells?.[shard];
      const bytes =
        cells === undefined ? new Uint8Array(0) : new Uint8Array(cells.buffer, 0, count * CELL_BYTES);
      this.#table[shard * FIELDS + 2] = start;
      this.#table[shard * FIELDS + 3] = crc32(bytes);
      pieces.push(bytes);
      start += count;
    }
    const table = new Uint8Array(this.#table.buffer);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(MAGIC, 0);
    head.writeUInt32LE(this.shards, 8);
    head.writeUInt32LE(start, 12);
    head.writeUIntLE(this.firstCommit, 16, 6);
    head.writeUIntLE(this.lastCommit, 22, 6);
    head.writeUInt32LE(this.end, 28);
    head.writeUInt32LE(crc32(table, crc32(head.subarray(SUMMED_AT))), 4);
    return Buffer.concat([head, table, ...pieces]);
  }

  stored(): void {
    this.#cells = undefined;
  }

  /** What an index file holds, without its cells; undefined when there is none or head, table or length are damaged. */
  static read(path: string): LogIndex | undefined {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'r');
      const head = Buffer.alloc(HEAD_BYTES);
      readSync(fd, head, 0, HEAD_BYTES, 0);
      const shards = head.readUInt32LE(8);
      const cells = head.readUInt32LE(12);
      if (head.readUInt32LE(0) !== MAGIC || shards > SHARDS_MAX) return undefined;
      if (fstatSync(fd).size !== HEAD_BYTES + shards * TABLE_BYTES + cells * CELL_BYTES) return undefined;
      const index = new LogIndex(head.readUInt32LE(28), []);
      index.#table = new Float64Array(shards * FIELDS);
      const table = new Uint8Array(index.#table.buffer);
      readSync(fd, table, 0, table.length, HEAD_BYTES);
      if (head.readUInt32LE(4) !== crc32(table, crc32(head.subarray(SUMMED_AT)))) return undefined;
      index.firstCommit = head.readUIntLE(16, 6);
      index.lastCommit = head.readUIntLE(22, 6);
      index.stored();
      return index;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw diskFault(cause, path);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #widen(shards: number): void {
    const table = new Float64Array(shards * FIELDS);
    table.set(this.#table);
    this.#table = table;
  }
}

function longer(cells: Uint32Array): Uint32Array {
  const room = new Uint32Array(2 * cells.length);
  room.set(cells);
  return room;
}
