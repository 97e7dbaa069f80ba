/**
 * A customer's row in Redis: sequence and due time as big-endian doubles, core revision u16, a count of audiences u8 and each name behind its length u8,
 * the CRC-32 of that and the bytes u32 (little-endian), the bytes. The scripts read the part before the checksum.
 */
import { crc32 } from 'node:zlib';
import { PortError } from '../../port/port-error.ts';
import type { Snapshot, SnapshotPut } from '../../port/snapshot-store.ts';

const FIXED_BYTES = 19;
const CRC_BYTES = 4;

export function encodeRow({ seq, due, revision, bytes, audiences = [] }: SnapshotPut): Buffer {
  const names = audiences.map((name) => Buffer.from(name));
  const headBytes = names.reduce((sum, { length }) => sum + 1 + length, FIXED_BYTES);
  const row = Buffer.allocUnsafe(headBytes + CRC_BYTES + bytes.length);
  row.writeDoubleBE(seq, 0);
  row.writeDoubleBE(due, 8);
  row.writeUInt16BE(revision, 16);
  row.writeUInt8(names.length, 18);
  let at = FIXED_BYTES;
  for (const name of names) {
    at = row.writeUInt8(name.length, at);
    at += name.copy(row, at);
  }
  at = row.writeUInt32LE(crc32(bytes, crc32(row.subarray(0, at))), at);
  row.set(bytes, at);
  return row;
}

/** A copy. Throws PortError `corrupt`. */
export function decodeRow(row: Buffer, shard: number, id: string): Snapshot {
  let at = FIXED_BYTES;
  const names = row.length < FIXED_BYTES ? 0 : row.readUInt8(18);
  for (let n = 0; n < names && at < row.length; n++) at += 1 + row.readUInt8(at);
  const bytes = row.subarray(at + CRC_BYTES);
  if (row.length < at + CRC_BYTES || row.readUInt32LE(at) !== crc32(bytes, crc32(row.subarray(0, at))))
    throw new PortError('corrupt', `the snapshot of customer ${id} in shard ${shard} is damaged in Redis`);
  return {
    seq: row.readDoubleBE(0),
    due: row.readDoubleBE(8),
    revision: row.readUInt16BE(16),
    bytes: new Uint8Array(bytes),
  };
}

/** The 16 bytes of a customer id, by which rows are kept and ordered. */
export function idBytes(id: string): Buffer {
  return Buffer.from(id, 'base64url');
}
