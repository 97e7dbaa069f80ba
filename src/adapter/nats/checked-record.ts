/** A record as it stands in a stream: the CRC-32 of its bytes in four bytes, little-endian, then the bytes. The stores of NATS check their blocks, not what a client reads. */
import { crc32 } from 'node:zlib';

const CRC_BYTES = 4;

/** A copy. */
export function checked(bytes: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(CRC_BYTES + bytes.length);
  record.set(bytes, CRC_BYTES);
  record.writeUInt32LE(crc32(bytes), 0);
  return record;
}

/** The bytes of a record; undefined: they are not what was written. */
export function uncheck(record: Uint8Array): Uint8Array | undefined {
  if (record.length < CRC_BYTES) return undefined;
  const bytes = record.subarray(CRC_BYTES);
  const expected = new DataView(record.buffer, record.byteOffset, CRC_BYTES).getUint32(0, true);
  return crc32(bytes) === expected ? bytes : undefined;
}
