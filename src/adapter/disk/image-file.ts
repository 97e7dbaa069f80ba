/**
 * The file of an image: head, blocks, index, tail (block-file.ts).
 *
 *   block  compressed: the state, then rows one behind the other, each
 *          id length u16, id, seq u48, due u48, core revision u16, length u32, bytes
 *   index  JSON: what the image is of, and each block's place, lengths, checksum and first id
 *   tail   length of the index, crc of head and index
 *
 * All numbers little endian. Every byte is under a checksum; one row is read by decoding its block only.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { ImageRow, ImageSource } from '../../port/images.ts';
import { type BlockCodec, CODEC_NOW } from './block-codec.ts';
import {
  BLOCK_BYTES,
  codecIn,
  damaged,
  encodeHead,
  encodeTail,
  HEAD_BYTES,
  readBlockAt,
  readEnds,
} from './block-file.ts';

const FORMAT = { name: 'image', magic: 0x31_47_4d_49 /* "IMG1" */, version: 1 } as const;
const ROW_BYTES = 20;

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
  const head = encodeHead(FORMAT);
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
  yield Buffer.concat([text, encodeTail(FORMAT, text.length, crc32(text, crc32(head)))]);
}

export interface OpenedImage {
  readonly codec: BlockCodec;
  readonly index: ImageIndex;
}

/** Reads head and index. Throws `corrupt` with the file's name and the offset. */
export async function readImageIndex(handle: FileHandle, path: string): Promise<OpenedImage> {
  const file = { handle, path, format: FORMAT };
  const { head, at, bytes: text, crc } = await readEnds(file, 1);
  if (crc32(text, crc32(head)) !== crc) throw damaged(file, at, 'its index does not match its checksum');
  const codec = codecIn(file, head);
  const index: ImageIndex = JSON.parse(text.toString());
  const end = index.blocks.reduce((at, block) => (block.offset === at ? at + block.stored : -1), HEAD_BYTES);
  if (end !== at) throw damaged(file, at, 'its blocks are not what its index says');
  return { codec, index };
}

/** A block's bytes as they were before compression. */
export function readImageBlock(
  handle: FileHandle,
  path: string,
  codec: BlockCodec,
  { offset, stored, raw, crc }: ImageBlock,
): Promise<Buffer> {
  const place = { offset, storedBytes: stored, rawBytes: raw, crc };
  return readBlockAt({ handle, path, format: FORMAT }, codec, place);
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
