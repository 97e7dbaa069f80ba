/**
 * A segment: head, blocks, footer, tail (block-file.ts).
 *
 *   block   records one behind the other, each length u32 and bytes; compressed
 *   footer  per block: offset u48, stored u32, raw u32, crc u32 of the stored bytes, first sequence u48, records u32
 *   tail    how many blocks, crc of the footer
 *
 * All numbers little endian. One record is read by decoding its block only; damage costs the block it is in.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { LogRecord } from '../../port/fact-log.ts';
import { type BlockCodec, CODEC_NOW } from './block-codec.ts';
import {
  BLOCK_BYTES,
  type BlockPlace,
  codecIn,
  damaged,
  encodeHead,
  encodeTail,
  HEAD_BYTES,
  readBlockAt,
  readEnds,
} from './block-file.ts';

const FORMAT = { name: 'segment', magic: 0x31475341 /* "ASG1" */, version: 1 } as const;
const ENTRY_BYTES = 28;

export interface Block extends BlockPlace {
  readonly first: number;
  readonly records: number;
}

export interface SegmentIndex {
  readonly codec: BlockCodec;
  readonly blocks: readonly Block[];
}

/** The pieces of a segment's file in order. `records` are consecutive and at least one. */
export async function* encodeSegment(records: readonly LogRecord[]): AsyncGenerator<Buffer> {
  yield encodeHead(FORMAT);
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
  yield Buffer.concat([footer, encodeTail(FORMAT, entries.length, crc32(footer))]);
}

/** Reads head and footer. Throws `corrupt` with the file's name and the offset. */
export async function readIndex(handle: FileHandle, path: string): Promise<SegmentIndex> {
  const file = { handle, path, format: FORMAT };
  const { head, at, bytes: footer, crc } = await readEnds(file, ENTRY_BYTES);
  if (crc32(footer) !== crc) throw damaged(file, at, 'its footer does not match its checksum');
  const codec = codecIn(file, head);
  const blocks: Block[] = [];
  for (let at = 0; at < footer.length; at += ENTRY_BYTES) blocks.push(blockOf(footer, at));
  return { codec, blocks };
}

/** The records of one block, as views of one buffer. */
export async function readBlock(
  handle: FileHandle,
  path: string,
  { codec }: SegmentIndex,
  block: Block,
): Promise<readonly Uint8Array[]> {
  const raw = await readBlockAt({ handle, path, format: FORMAT }, codec, block);
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
