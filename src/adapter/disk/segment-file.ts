/**
 * A segment: head, blocks, footer, tail.
 *
 *   head    magic u32, version u16, codec u16
 *   block   records one behind the other, each length u32 and bytes; compressed
 *   footer  per block: offset u48, stored u32, raw u32, crc u32 of the stored bytes, first sequence u48, records u32
 *   tail    blocks u32, crc u32 of the footer, magic u32
 *
 * All numbers little endian. One record is read by decoding its block only; damage costs the block it is in.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { type BlockCodec, CODEC_NOW, codecOf } from './block-codec.ts';

const MAGIC = 0x31475341; // "ASG1"
const VERSION = 1;
const HEAD_BYTES = 8;
const ENTRY_BYTES = 28;
const TAIL_BYTES = 12;
/** Small enough that one look-up decodes in about half a millisecond, large enough to compress well. */
const BLOCK_BYTES = 262_144;

export interface Block {
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly crc: number;
  readonly first: number;
  readonly records: number;
}

export interface SegmentIndex {
  readonly codec: BlockCodec;
  readonly blocks: readonly Block[];
}

/** The pieces of a segment's file in order. `records` are consecutive and at least one. */
export async function* encodeSegment(records: readonly LogRecord[]): AsyncGenerator<Buffer> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt16LE(VERSION, 4);
  head.writeUInt16LE(CODEC_NOW.code, 6);
  yield head;
  const entries: Buffer[] = [];
  let offset = HEAD_BYTES;
  for (const group of grouped(records)) {
    const raw = packed(group);
    const stored = await CODEC_NOW.compress(raw);
    entries.push(
      entryOf({
        offset,
        storedBytes: stored.length,
        rawBytes: raw.length,
        crc: crc32(stored),
        first: group[0]?.sequence ?? 0,
        records: group.length,
      }),
    );
    offset += stored.length;
    yield stored;
  }
  const footer = Buffer.concat(entries);
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(entries.length, 0);
  tail.writeUInt32LE(crc32(footer), 4);
  tail.writeUInt32LE(MAGIC, 8);
  yield Buffer.concat([footer, tail]);
}

/** Reads head and footer. Throws `corrupt` with the file's name and the offset. */
export async function readIndex(handle: FileHandle, file: string): Promise<SegmentIndex> {
  const { size } = await handle.stat();
  if (size < HEAD_BYTES + TAIL_BYTES) throw damaged(file, size, 'it is cut short');
  const head = await readAt(handle, file, 0, HEAD_BYTES);
  if (head.readUInt32LE(0) !== MAGIC) throw damaged(file, 0, 'it is no segment');
  const version = head.readUInt16LE(4);
  if (version !== VERSION)
    throw damaged(file, 4, `it is of version ${version}, and this one reads ${VERSION}`);
  const tailAt = size - TAIL_BYTES;
  const tail = await readAt(handle, file, tailAt, TAIL_BYTES);
  const footerAt = tailAt - tail.readUInt32LE(0) * ENTRY_BYTES;
  if (tail.readUInt32LE(8) !== MAGIC || footerAt < HEAD_BYTES)
    throw damaged(file, tailAt, 'its tail is not one');
  const footer = await readAt(handle, file, footerAt, tailAt - footerAt);
  if (crc32(footer) !== tail.readUInt32LE(4))
    throw damaged(file, footerAt, 'its footer does not match its checksum');
  const codec = codecOf(head.readUInt16LE(6));
  if (codec === undefined) throw damaged(file, 6, 'it names a compression that no version writes');
  const blocks: Block[] = [];
  for (let at = 0; at < footer.length; at += ENTRY_BYTES) blocks.push(blockOf(footer, at));
  return { codec, blocks };
}

/** The records of one block, as views of one buffer. */
export async function readBlock(
  handle: FileHandle,
  file: string,
  { codec }: SegmentIndex,
  block: Block,
): Promise<readonly Uint8Array[]> {
  const stored = await readAt(handle, file, block.offset, block.storedBytes);
  if (crc32(stored) !== block.crc) throw damaged(file, block.offset, 'a block does not match its checksum');
  const raw = await codec.decompress(stored);
  if (raw.length !== block.rawBytes)
    throw damaged(file, block.offset, 'a block has not the length it was written with');
  const records: Uint8Array[] = [];
  let at = 0;
  for (let n = 0; n < block.records; n++) {
    const length = raw.readUInt32LE(at);
    records.push(raw.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return records;
}

function* grouped(records: readonly LogRecord[]): Generator<readonly LogRecord[]> {
  let start = 0;
  let bytes = 0;
  for (const [i, record] of records.entries()) {
    if (bytes > 0 && bytes + record.bytes.length > BLOCK_BYTES) {
      yield records.slice(start, i);
      start = i;
      bytes = 0;
    }
    bytes += record.bytes.length + 4;
  }
  yield records.slice(start);
}

function packed(records: readonly LogRecord[]): Buffer {
  const raw = Buffer.allocUnsafe(records.reduce((sum, { bytes }) => sum + 4 + bytes.length, 0));
  let at = 0;
  for (const { bytes } of records) {
    raw.writeUInt32LE(bytes.length, at);
    raw.set(bytes, at + 4);
    at += 4 + bytes.length;
  }
  return raw;
}

function entryOf(block: Block): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.writeUIntLE(block.offset, 0, 6);
  entry.writeUInt32LE(block.storedBytes, 6);
  entry.writeUInt32LE(block.rawBytes, 10);
  entry.writeUInt32LE(block.crc, 14);
  entry.writeUIntLE(block.first, 18, 6);
  entry.writeUInt32LE(block.records, 24);
  return entry;
}

function blockOf(footer: Buffer, at: number): Block {
  return {
    offset: footer.readUIntLE(at, 6),
    storedBytes: footer.readUInt32LE(at + 6),
    rawBytes: footer.readUInt32LE(at + 10),
    crc: footer.readUInt32LE(at + 14),
    first: footer.readUIntLE(at + 18, 6),
    records: footer.readUInt32LE(at + 24),
  };
}

async function readAt(handle: FileHandle, file: string, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  if (bytesRead < length) throw damaged(file, offset, 'it is cut short');
  return bytes;
}

function damaged(file: string, offset: number, reason: string): PortError {
  return new PortError('corrupt', `the segment ${file} is damaged at byte ${offset}: ${reason}`);
}
