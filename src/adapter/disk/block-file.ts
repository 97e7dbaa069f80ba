/**
 * What images and segments have in common: a file of compressed blocks between a head and a tail that tells where what names
 * the blocks begins. Every byte is under a checksum. All numbers little endian.
 *
 *   head   magic u32, version u16, codec u16
 *   tail   a length or count u32, crc u32, magic u32
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { PortError } from '../../port/port-error.ts';
import { type BlockCodec, CODEC_NOW, codecOf } from './block-codec.ts';

export const HEAD_BYTES = 8;
const TAIL_BYTES = 12;
/** Small enough that one look-up decodes in about half a millisecond, large enough to compress well. */
export const BLOCK_BYTES = 262_144;

/** Which kind of file, for its bytes and for sentences about it. */
export interface BlockFormat {
  readonly name: 'image' | 'segment';
  readonly magic: number;
  readonly version: number;
}

/** An open file of a kind. */
export interface BlockFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly format: BlockFormat;
}

/** Where a block stands, and what it must be. */
export interface BlockPlace {
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly crc: number;
}

export function encodeHead({ magic, version }: BlockFormat): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(magic, 0);
  head.writeUInt16LE(version, 4);
  head.writeUInt16LE(CODEC_NOW.code, 6);
  return head;
}

export function encodeTail({ magic }: BlockFormat, count: number, crc: number): Buffer {
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(count, 0);
  tail.writeUInt32LE(crc, 4);
  tail.writeUInt32LE(magic, 8);
  return tail;
}

/** What stands between the blocks and the tail: `bytes` at `at`, whose checksum must be `crc`. */
export interface BlockEnds {
  readonly head: Buffer;
  readonly at: number;
  readonly bytes: Buffer;
  readonly crc: number;
}

/** Reads head, tail and what names the blocks; `unitBytes`: of what the tail counts. Throws `corrupt`. */
export async function readEnds(file: BlockFile, unitBytes: number): Promise<BlockEnds> {
  const { magic, version, name } = file.format;
  const { size } = await file.handle.stat();
  if (size < HEAD_BYTES + TAIL_BYTES) throw damaged(file, size, 'it is cut short');
  const head = await readAt(file, 0, HEAD_BYTES);
  if (head.readUInt32LE(0) !== magic) throw damaged(file, 0, `it is no ${name}`);
  const found = head.readUInt16LE(4);
  if (found !== version) throw damaged(file, 4, `it is of version ${found}, and this one reads ${version}`);
  const tailAt = size - TAIL_BYTES;
  const tail = await readAt(file, tailAt, TAIL_BYTES);
  const at = tailAt - tail.readUInt32LE(0) * unitBytes;
  if (tail.readUInt32LE(8) !== magic || at < HEAD_BYTES) throw damaged(file, tailAt, 'its tail is not one');
  return { head, at, bytes: await readAt(file, at, tailAt - at), crc: tail.readUInt32LE(4) };
}

/** How the blocks are compressed. Throws `corrupt`. */
export function codecIn(file: BlockFile, head: Buffer): BlockCodec {
  const codec = codecOf(head.readUInt16LE(6));
  if (codec === undefined) throw damaged(file, 6, 'it names a compression that no version writes');
  return codec;
}

/** A block's bytes as they were before compression. Throws `corrupt`. */
export async function readBlockAt(
  file: BlockFile,
  codec: BlockCodec,
  { offset, storedBytes, rawBytes, crc }: BlockPlace,
): Promise<Buffer> {
  const stored = await readAt(file, offset, storedBytes);
  if (crc32(stored) !== crc) throw damaged(file, offset, 'a block does not match its checksum');
  const raw = await codec.decompress(stored);
  if (raw.length !== rawBytes) throw damaged(file, offset, 'a block has not the length it was written with');
  return raw;
}

export function damaged({ path, format }: BlockFile, offset: number, reason: string): PortError {
  return new PortError('corrupt', `the ${format.name} ${path} is damaged at byte ${offset}: ${reason}`);
}

async function readAt(file: BlockFile, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.handle.read(bytes, 0, length, offset);
  if (bytesRead < length) throw damaged(file, offset, 'it is cut short');
  return bytes;
}
