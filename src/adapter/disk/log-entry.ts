/**
 * An entry: what one group of appends wrote, in one write. Numbers are little endian, its place is a multiple of 8.
 *
 *   head       magic u32, crc u32 of the rest of the head and of the directory, length of the entry u32, records u32,
 *              commit u48, 2 bytes of zeros
 *   records    their bytes, one behind the other, filled up with zeros to a multiple of 8
 *   directory  per record: length u32, crc u32 of its bytes, sequence u48, shard u16
 *
 * The crc of the head begins with the salt of the file: so neither an entry that the file held in an earlier life nor one
 * that a record's bytes pretend to be is taken for one. The directory names each record and its crc, so a record whose
 * bytes are damaged is known by name, and its neighbours are not lost with it.
 */
import { crc32 } from 'node:zlib';
import type { AppendSettled } from '../../port/fact-log.ts';

const MAGIC = 0x45_47_4f_4c; // "LOGE"
export const ENTRY_HEAD_BYTES = 24;
const DIRECTORY_BYTES = 16;
const DIRECTORY_WORDS = DIRECTORY_BYTES / 4;
/** The part of the head that its crc is of begins here. */
const SUMMED_AT = 8;
/** Two full ticks of 64 shards with records of 8 KiB. */
const ROOM_BYTES = 1_048_576;
/** A buffer that a rare large group made longer than this is not kept for the next. */
const ROOM_BYTES_KEPT = 8_388_608;
const ROOM_RECORDS = 64;
const UINT32 = 4_294_967_296;

/**
 * An entry in the making, and then on its way to the file: a copy of the records, and who wants to hear of each. It is used
 * again for later entries, so that an append makes no garbage of its own. Owned by LogWriter.
 *
 * I1. From `seal` until the write is over nothing is added: the kernel reads the bytes.
 */
export class EntryDraft {
  #bytes = Buffer.allocUnsafeSlow(ROOM_BYTES);
  #end = ENTRY_HEAD_BYTES;
  #directory = new Uint32Array(ROOM_RECORDS * DIRECTORY_WORDS);
  #count = 0;
  readonly #ats: number[] = [];
  readonly #hearers: AppendSettled[] = [];

  get count(): number {
    return this.#count;
  }

  /** Bytes of the entry as it is now. */
  get length(): number {
    return padded(this.#end) + this.#count * DIRECTORY_BYTES;
  }

  /** Copies `bytes` as a record; `settled` will be told of it under `at`. */
  add(shard: number, sequence: number, bytes: Uint8Array, at: number, settled: AppendSettled): void {
    const end = this.#end + bytes.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(bytes, this.#end);
    this.#end = end;
    const word = this.#count * DIRECTORY_WORDS;
    if (word === this.#directory.length) {
      const longer = new Uint32Array(2 * word);
      longer.set(this.#directory);
      this.#directory = longer;
    }
    this.#directory[word] = bytes.length;
    this.#directory[word + 1] = crc32(bytes);
    this.#directory[word + 2] = sequence % UINT32;
    this.#directory[word + 3] = (Math.floor(sequence / UINT32) | (shard << 16)) >>> 0;
    this.#ats[this.#count] = at;
    this.#hearers[this.#count] = settled;
    this.#count++;
  }

  /** The whole entry, for a file with this salt. A view: see I1. */
  seal(commit: number, salt: number): Buffer {
    const { length } = this;
    const directoryAt = padded(this.#end);
    if (length > this.#bytes.length) this.#grow(length);
    const bytes = this.#bytes;
    bytes.fill(0, this.#end, directoryAt);
    bytes.set(new Uint8Array(this.#directory.buffer, 0, this.#count * DIRECTORY_BYTES), directoryAt);
    bytes.writeUInt32LE(MAGIC, 0);
    bytes.writeUInt32LE(length, 8);
    bytes.writeUInt32LE(this.#count, 12);
    bytes.writeUIntLE(commit, 16, 6);
    bytes.writeUInt16LE(0, 22);
    bytes.writeUInt32LE(sumOf(bytes, 0, directoryAt, length, salt), 4);
    return bytes.subarray(0, length);
  }

  /** Calls `use` for each record in order; `offset` is that of its bytes in the entry. */
  each(use: RecordSeen): void {
    eachRecord(this.#directory, this.#count, ENTRY_HEAD_BYTES, use);
  }

  /** Tells all who wait of their outcome, and is empty again. */
  settle(fault: unknown): void {
    const count = this.#count;
    for (let i = 0; i < count; i++) (this.#hearers[i] as AppendSettled)(this.#ats[i] as number, fault);
    this.#hearers.fill(nobody);
    this.#count = 0;
    this.#end = ENTRY_HEAD_BYTES;
    if (this.#bytes.length > ROOM_BYTES_KEPT) this.#bytes = Buffer.allocUnsafeSlow(ROOM_BYTES);
  }

  #grow(bytes: number): void {
    const longer = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#bytes.length));
    this.#bytes.copy(longer, 0, 0, this.#end);
    this.#bytes = longer;
  }
}

export type RecordSeen = (
  shard: number,
  sequence: number,
  offset: number,
  length: number,
  crc: number,
) => void;

/** An entry that was found in a file's bytes. */
export interface Entry {
  readonly at: number;
  readonly length: number;
  readonly commit: number;
  readonly count: number;
}

/** The entry at `at`, a multiple of 8, when head and directory are whole; its records' bytes may be damaged. */
export function entryAt(bytes: Buffer, at: number, salt: number): Entry | undefined {
  if (at + ENTRY_HEAD_BYTES > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  const length = bytes.readUInt32LE(at + 8);
  const count = bytes.readUInt32LE(at + 12);
  const directoryAt = at + length - count * DIRECTORY_BYTES;
  if (length % 8 !== 0 || at + length > bytes.length || directoryAt < at + ENTRY_HEAD_BYTES) return undefined;
  if (bytes.readUInt32LE(at + 4) !== sumOf(bytes, at, directoryAt, at + length, salt)) return undefined;
  return { at, length, commit: bytes.readUIntLE(at + 16, 6), count };
}

/** Calls `use` for each record of an entry in order; `offset` is that of its bytes in `bytes`. */
export function eachRecordOf(bytes: Buffer, entry: Entry, use: RecordSeen): void {
  const end = bytes.byteOffset + entry.at + entry.length;
  const words = new Uint32Array(
    bytes.buffer,
    end - entry.count * DIRECTORY_BYTES,
    entry.count * DIRECTORY_WORDS,
  );
  eachRecord(words, entry.count, entry.at + ENTRY_HEAD_BYTES, use);
}

/** Where the next entry may begin, from `at` (a multiple of 8) on; undefined when the magic stands nowhere. `bytes` are aligned to 4. */
export function nextMagic(bytes: Buffer, at: number): number | undefined {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  for (let word = at >>> 2; word < words.length; word += 2) if (words[word] === MAGIC) return word * 4;
  return undefined;
}

function eachRecord(directory: Uint32Array, count: number, from: number, use: RecordSeen): void {
  let offset = from;
  for (let word = 0; word < count * DIRECTORY_WORDS; word += DIRECTORY_WORDS) {
    const length = directory[word] as number;
    const high = directory[word + 3] as number;
    const sequence = (high & 0xffff) * UINT32 + (directory[word + 2] as number);
    use(high >>> 16, sequence, offset, length, directory[word + 1] as number);
    offset += length;
  }
}

function sumOf(bytes: Buffer, at: number, directoryAt: number, end: number, salt: number): number {
  const head = crc32(bytes.subarray(at + SUMMED_AT, at + ENTRY_HEAD_BYTES), salt);
  return crc32(bytes.subarray(directoryAt, end), head);
}

function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}

function nobody(): void {}
