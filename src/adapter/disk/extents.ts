/**
 * How far the data of a directory reaches, kept apart from the data itself: whoever loses the end of the log, its trim
 * marks, the oldest part of the archive or the file FORMAT finds here that something is missing, and which records it was.
 *
 * Two files, `extent.a` and `extent.b`, written in turn, in place: a write that is cut short, and a file that is lost or
 * damaged, cost one of them, and the other is one beat older. Written at every beat of the directory's lock and at the close.
 *
 *   file   magic u32, crc u32 of the rest, number of the write u48, generation u32, shards u16, rows of the second copy u48,
 *          format of the directory u16, and per shard: first record that is kept u48, last one trimmed u48, last one appended u48
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { diskFault } from './disk-fault.ts';
import { writeWhole, writeWholeSync } from './write-whole.ts';

const MAGIC = 0x54_58_45_41; // "AEXT"
const HEAD_BYTES = 28;
const ROW_BYTES = 18;
const NAMES = ['extent.a', 'extent.b'] as const;

/** Of one shard; sequences of records. */
export interface ShardExtent {
  /** The first one that archive or log keeps; what is before it has expired. */
  readonly first: number;
  /** The last one that was trimmed from the log: it is in the archive, or has expired. */
  readonly trimmed: number;
  /** The last one that was appended. */
  readonly last: number;
}

export interface Extent {
  /** Of the layout of the directory. */
  readonly format: number;
  readonly generation: number;
  /** Rows that the second copy of catalogue and editions was given so far. */
  readonly rows: number;
  /** By shard; as many as the directory has. */
  readonly shards: readonly ShardExtent[];
}

export interface FoundExtent {
  /** The newer one that can be read; undefined: neither can. */
  readonly extent: Extent | undefined;
  /** A sentence for each file that is missing or damaged. */
  readonly faults: readonly string[];
  /** Number of the newest write. */
  readonly written: number;
}

/** Reads both files. Throws PortError where the disk does. */
export function readExtents(directory: string): FoundExtent {
  const faults: string[] = [];
  let newest: Numbered | undefined;
  for (const name of NAMES) {
    const path = join(directory, name);
    const bytes = bytesOf(path);
    const found = bytes === undefined ? undefined : decoded(bytes);
    if (found === undefined) faults.push(`${path} is ${bytes === undefined ? 'missing' : 'damaged'}`);
    else if (newest === undefined || found.written > newest.written) newest = found;
  }
  return { extent: newest?.extent, faults, written: newest?.written ?? 0 };
}

/**
 * Writes the extent of an open directory. Owned by whoever opened the stores.
 *
 * I1. One write at a time; a beat that comes meanwhile is left out.
 * I2. Each write goes to the file with the older extent, so one of the two is always whole.
 */
export class ExtentWriter {
  readonly #directory: string;
  readonly #now: () => Extent;
  #written: number;
  #last = '';
  #writing: Promise<void> | undefined;

  /** Both files are written at once, so that from here on they tell of this directory. Throws PortError. */
  constructor(directory: string, written: number, now: () => Extent) {
    this.#directory = directory;
    this.#written = written;
    this.#now = now;
    this.flush();
  }

  /** Writes what has changed since the last write. Throws PortError. */
  beat(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Like `beat`, and what has changed until now is on the disk when it resolves. Throws PortError. */
  async settle(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    await this.beat();
  }

  /** Writes both files, waiting for the disk. Throws PortError. */
  flush(): void {
    const extent = this.#now();
    for (const _ of NAMES) {
      const path = this.#path();
      try {
        const fd = openSync(path, existsSync(path) ? 'r+' : 'w');
        try {
          const bytes = encoded({ written: this.#written + 1, extent });
          writeWholeSync(fd, bytes, 0);
          ftruncateSync(fd, bytes.length);
          fsyncSync(fd);
        } finally {
          closeSync(fd);
        }
      } catch (cause) {
        throw diskFault(cause, path);
      }
      this.#written++;
    }
    this.#last = textOf(extent);
  }

  /** Waits for what is under way, then writes both files. Throws PortError. */
  async close(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    this.flush();
  }

  async #write(): Promise<void> {
    const extent = this.#now();
    const text = textOf(extent);
    if (text === this.#last) return;
    const path = this.#path();
    try {
      const handle = await open(path, 'r+');
      try {
        const bytes = encoded({ written: this.#written + 1, extent });
        await writeWhole(handle, bytes, 0);
        await handle.datasync();
      } finally {
        await handle.close();
      }
    } catch (cause) {
      // Somebody removed it; both are made again.
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return this.flush();
      throw diskFault(cause, path);
    }
    this.#written++;
    this.#last = text;
  }

  /** Of the file that is written next: not the one that was written last. */
  #path(): string {
    return join(this.#directory, NAMES[(this.#written + 1) % 2] as string);
  }
}

function textOf(extent: Extent): string {
  return encoded({ written: 0, extent }).toString('latin1');
}

interface Numbered {
  readonly written: number;
  readonly extent: Extent;
}

function encoded({ written, extent: { format, generation, rows, shards } }: Numbered): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + shards.length * ROW_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUIntLE(written, 8, 6);
  bytes.writeUInt32LE(generation, 14);
  bytes.writeUInt16LE(shards.length, 18);
  bytes.writeUIntLE(rows, 20, 6);
  bytes.writeUInt16LE(format, 26);
  for (const [shard, { first, trimmed, last }] of shards.entries()) {
    const at = HEAD_BYTES + shard * ROW_BYTES;
    bytes.writeUIntLE(first, at, 6);
    bytes.writeUIntLE(trimmed, at + 6, 6);
    bytes.writeUIntLE(last, at + 12, 6);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

function decoded(bytes: Buffer): Numbered | undefined {
  if (bytes.length < HEAD_BYTES || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  const count = bytes.readUInt16LE(18);
  const end = HEAD_BYTES + count * ROW_BYTES;
  if (bytes.length !== end || crc32(bytes.subarray(8)) !== bytes.readUInt32LE(4)) return undefined;
  const shards: ShardExtent[] = [];
  for (let at = HEAD_BYTES; at < end; at += ROW_BYTES) {
    const [first, trimmed, last] = [0, 6, 12].map((field) => bytes.readUIntLE(at + field, 6));
    shards.push({ first: first as number, trimmed: trimmed as number, last: last as number });
  }
  const [format, generation, rows] = [
    bytes.readUInt16LE(26),
    bytes.readUInt32LE(14),
    bytes.readUIntLE(20, 6),
  ];
  const extent = { format, generation, rows, shards };
  return { written: bytes.readUIntLE(8, 6), extent };
}

function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw diskFault(cause, path);
  }
}
