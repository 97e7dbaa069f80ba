/**
 * How far each shard's log was trimmed: one small file with two slots, written in turn, so that one of them is always
 * whole, and without a byte of room from the disk: trimming is what frees it.
 *
 *   slot   magic u32, crc u32 of the rest, number of the write u48, shards u16, and per shard the last sequence trimmed u48
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { diskFault } from './disk-fault.ts';
import { writeWhole } from './write-whole.ts';

const MAGIC = 0x54_47_4f_4c; // "LOGT"
const HEAD_BYTES = 16;
const MARK_BYTES = 6;
/** Holds 2,728 shards; a deployment has 1,024 at most. */
const SLOT_BYTES = 16_384;

/**
 * Owned by DiskFactLog.
 *
 * I1. One write at a time; the marks that are set meanwhile are in the next.
 */
export class TrimMarks {
  readonly #path: string;
  readonly #through: number[];
  /** Why the file could not be used, if so; then `through` begins with nothing. */
  readonly fault: string | undefined;
  #written: number;
  #writing: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(path: string, { written, through }: Slot, fault?: string) {
    this.#path = path;
    this.fault = fault;
    this.#written = written;
    this.#through = through;
  }

  /** Of a file that is missing or damaged, `fault` says so; `make` makes it. Throws PortError. */
  static open(path: string): TrimMarks {
    try {
      const nothing = { written: 0, through: [] };
      const found = contentOf(path);
      if (found === undefined) return new TrimMarks(path, nothing, `${path} is missing`);
      const slots = [0, 1].map((slot) => decoded(found.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)));
      const [newest] = slots.filter((slot) => slot !== undefined).sort((a, b) => b.written - a.written);
      if (newest !== undefined) return new TrimMarks(path, newest);
      return new TrimMarks(
        path,
        nothing,
        `${path} is damaged: neither of its two lists of trim marks can be read`,
      );
    } catch (cause) {
      throw diskFault(cause, path);
    }
  }

  /** Makes the file again, with what is assumed: trimming must not need room. Throws PortError. */
  make(): void {
    try {
      made(this.#path, { written: this.#written, through: this.#through });
    } catch (cause) {
      throw diskFault(cause, this.#path);
    }
  }

  /** Takes for trimmed what is known from elsewhere to be; durable with the next mark that is set, or with `make`. */
  assume(shard: number, through: number): void {
    while (this.#through.length <= shard) this.#through.push(0);
    this.#through[shard] = Math.max(this.through(shard), through);
  }

  get shards(): number {
    return this.#through.length;
  }

  /** The last sequence trimmed, 0 when none was. */
  through(shard: number): number {
    return this.#through[shard] ?? 0;
  }

  /** Resolves once it is durable. Throws PortError. */
  set(shard: number, through: number): Promise<void> {
    while (this.#through.length <= shard) this.#through.push(0);
    this.#through[shard] = Math.max(this.through(shard), through);
    if (this.#next === undefined) {
      this.#next = this.#writing.then(() => this.#write());
      this.#writing = this.#next.then(done, done);
    }
    return this.#next;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    this.#next = undefined;
    const number = this.#written + 1;
    const slot = encoded({ written: number, through: this.#through });
    try {
      const handle = await open(this.#path, 'r+');
      try {
        await writeWhole(handle, slot, (number % 2) * SLOT_BYTES);
        await handle.datasync();
      } finally {
        await handle.close();
      }
    } catch (cause) {
      throw diskFault(cause, this.#path);
    }
    this.#written = number;
  }
}

interface Slot {
  readonly written: number;
  readonly through: number[];
}

function made(path: string, slot: Slot): void {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  encoded(slot).copy(bytes, (slot.written % 2) * SLOT_BYTES);
  const draft = `${path}.tmp`;
  const fd = openSync(draft, 'w');
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  // That its name is on the disk is seen to by the first file of the log, without which there is nothing to trim.
  renameSync(draft, path);
}

function encoded({ written, through }: Slot): Buffer {
  const slot = Buffer.alloc(HEAD_BYTES + through.length * MARK_BYTES);
  slot.writeUInt32LE(MAGIC, 0);
  slot.writeUIntLE(written, 8, 6);
  slot.writeUInt16LE(through.length, 14);
  through.forEach((sequence, shard) => {
    slot.writeUIntLE(sequence, HEAD_BYTES + shard * MARK_BYTES, MARK_BYTES);
  });
  slot.writeUInt32LE(crc32(slot.subarray(8)), 4);
  return slot;
}

function decoded(slot: Buffer): Slot | undefined {
  if (slot.length < HEAD_BYTES || slot.readUInt32LE(0) !== MAGIC) return undefined;
  const shards = slot.readUInt16LE(14);
  const end = HEAD_BYTES + shards * MARK_BYTES;
  if (end > slot.length || crc32(slot.subarray(8, end)) !== slot.readUInt32LE(4)) return undefined;
  const through: number[] = [];
  for (let at = HEAD_BYTES; at < end; at += MARK_BYTES) through.push(slot.readUIntLE(at, MARK_BYTES));
  return { written: slot.readUIntLE(8, 6), through };
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

function done(): void {}
