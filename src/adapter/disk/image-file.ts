/**
 * The file of an image: head, blocks, index, tail.
 *
 *   head   magic u32, version u16, codec u16
 *   block  compressed: the state, then rows one behind the other, each
 *          id length u16, id, seq u48, due u48, core revision u16, length u32, bytes
 *   index  JSON: what the image is of, and each block's place, lengths, checksum and first id
 *   tail   length of the index u32, crc u32 of head and index, magic u32
 *
 * All numbers little endian. Every byte is under a checksum; one row is read by decoding its block only.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { ImageRow, ImageSource } from '../../port/images.ts';
import { PortError } from '../../port/port-error.ts';
import { type BlockCodec, CODEC_NOW, codecOf } from './block-codec.ts';

const MAGIC = 0x31_47_4d_49; // "IMG1"
const VERSION = 1;
const HEAD_BYTES = 8;
const TAIL_BYTES = 12;
const ROW_BYTES = 20;
/** As in a segment: small enough that one look-up is quick, large enough to compress well. */
const BLOCK_BYTES = 262_144;

export interface ImageBlock {
  readonly offset: number;
  readonly stored: number;
  readonly raw: number;
  readonly crc: number;
  readonly rows: number;
  /** Of its first row; '' for the state. */
  readonly first: string;
}

export interface ImageIndex {
  readonly shard: number;
  readonly generation: number;
  readonly sequence: number;
  readonly at: number;
  readonly through: number;
  readonly rows: number;
  /** The first is the state. */
  readonly blocks: readonly ImageBlock[];
}

/** The pieces of an image's file in order. */
export async function* encodeImage(source: ImageSource): AsyncGenerator<Buffer> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt16LE(VERSION, 4);
  head.writeUInt16LE(CODEC_NOW.code, 6);
  yield head;
  const blocks: ImageBlock[] = [];
  let offset = HEAD_BYTES;
  let through = source.sequence;
  let count = 0;
  const packed = async (raw: Uint8Array, rows: number, first: string): Promise<Buffer> => {
    const stored = await CODEC_NOW.compress(raw);
    blocks.push({ offset, stored: stored.length, raw: raw.length, crc: crc32(stored), rows, first });
    offset += stored.length;
    return stored;
  };
  yield await packed(source.state, 0, '');
  let pieces: Buffer[] = [];
  let bytes = 0;
  let first = '';
  for await (const page of source.rows) {
    for (const row of page) {
      if (pieces.length === 0) first = row.id;
      const piece = encodeRow(row);
      pieces.push(piece);
      bytes += piece.length;
      through = Math.max(through, row.seq);
      count++;
      if (bytes < BLOCK_BYTES) continue;
      yield await packed(Buffer.concat(pieces), pieces.length, first);
      pieces = [];
      bytes = 0;
    }
  }
  if (pieces.length > 0) yield await packed(Buffer.concat(pieces), pieces.length, first);
  const { shard, generation, sequence, at } = source;
  const index: ImageIndex = { shard, generation, sequence, at, through, rows: count, blocks };
  const text = Buffer.from(JSON.stringify(index));
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(text.length, 0);
  tail.writeUInt32LE(crc32(text, crc32(head)), 4);
  tail.writeUInt32LE(MAGIC, 8);
  yield Buffer.concat([text, tail]);
}

export interface OpenedImage {
  readonly codec: BlockCodec;
  readonly index: ImageIndex;
}

/** Reads head and index. Throws `corrupt` with the file's name and the offset. */
export async function readImageIndex(handle: FileHandle, file: string): Promise<OpenedImage> {
  const { size } = await handle.stat();
  if (size < HEAD_BYTES + TAIL_BYTES) throw damaged(file, size, 'it is cut short');
  const head = await readAt(handle, file, 0, HEAD_BYTES);
  if (head.readUInt32LE(0) !== MAGIC) throw damaged(file, 0, 'it is no image');
  const version = head.readUInt16LE(4);
  if (version !== VERSION)
    throw damaged(file, 4, `it is of version ${version}, and this one reads ${VERSION}`);
  const tailAt = size - TAIL_BYTES;
  const tail = await readAt(handle, file, tailAt, TAIL_BYTES);
  const indexAt = tailAt - tail.readUInt32LE(0);
  if (tail.readUInt32LE(8) !== MAGIC || indexAt < HEAD_BYTES)
    throw damaged(file, tailAt, 'its tail is not one');
  const text = await readAt(handle, file, indexAt, tailAt - indexAt);
  if (crc32(text, crc32(head)) !== tail.readUInt32LE(4))
    throw damaged(file, indexAt, 'its index does not match its checksum');
  const codec = codecOf(head.readUInt16LE(6));
  if (codec === undefined) throw damaged(file, 6, 'it names a compression that no version writes');
  const index: ImageIndex = JSON.parse(text.toString());
  const end = index.blocks.reduce((at, block) => (block.offset === at ? at + block.stored : -1), HEAD_BYTES);
  if (end !== indexAt) throw damaged(file, indexAt, 'its blocks are not what its index says');
  return { codec, index };
}

/** A block's bytes as they were before compression. */
export async function readImageBlock(
  handle: FileHandle,
  file: string,
  codec: BlockCodec,
  block: ImageBlock,
): Promise<Buffer> {
  const stored = await readAt(handle, file, block.offset, block.stored);
  if (crc32(stored) !== block.crc) throw damaged(file, block.offset, 'a block does not match its checksum');
  const raw = await codec.decompress(stored);
  if (raw.length !== block.raw)
    throw damaged(file, block.offset, 'a block has not the length it was written with');
  return raw;
}

/** The rows of a block, their bytes as views of it. */
export function rowsOfBlock(raw: Buffer, { rows }: ImageBlock): ImageRow[] {
  const found: ImageRow[] = [];
  let at = 0;
  for (let n = 0; n < rows; n++) {
    const idEnd = at + 2 + raw.readUInt16LE(at);
    const length = raw.readUInt32LE(idEnd + 14);
    found.push({
      id: raw.toString('utf8', at + 2, idEnd),
      seq: raw.readUIntLE(idEnd, 6),
      due: raw.readUIntLE(idEnd + 6, 6),
      revision: raw.readUInt16LE(idEnd + 12),
      bytes: raw.subarray(idEnd + 18, idEnd + 18 + length),
    });
    at = idEnd + 18 + length;
  }
  return found;
}

function encodeRow({ id, seq, due, revision, bytes }: ImageRow): Buffer {
  const name = Buffer.from(id);
  const row = Buffer.allocUnsafe(ROW_BYTES + name.length + bytes.length);
  row.writeUInt16LE(name.length, 0);
  row.set(name, 2);
  const at = 2 + name.length;
  row.writeUIntLE(seq, at, 6);
  row.writeUIntLE(due, at + 6, 6);
  row.writeUInt16LE(revision, at + 12);
  row.writeUInt32LE(bytes.length, at + 14);
  row.set(bytes, at + 18);
  return row;
}

async function readAt(handle: FileHandle, file: string, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  if (bytesRead < length) throw damaged(file, offset, 'it is cut short');
  return bytes;
}

function damaged(file: string, offset: number, reason: string): PortError {
  return new PortError('corrupt', `the image ${file} is damaged at byte ${offset}: ${reason}`);
}
