import { crc32 } from 'node:zlib';

const CRC_BYTES = 4;

/**
 * `parts` joined behind a CRC-32 of the key and themselves: a flipped bit, and a value that stands under another's key,
 * are both noticed by `unseal`.
 */
export function seal(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  let length = CRC_BYTES;
  for (const part of parts) length += part.length;
  const value = Buffer.allocUnsafe(length);
  let at = CRC_BYTES;
  for (const part of parts) {
    value.set(part, at);
    at += part.length;
  }
  value.writeUInt32LE(crc32(value.subarray(CRC_BYTES), crc32(key)), 0);
  return value;
}

/** What was sealed, as a view of `value`; undefined when it is not what was sealed under `key`. */
export function unseal(key: Uint8Array, value: Uint8Array): Uint8Array | undefined {
  // Not byteLength: LMDB's shared read buffer is longer than what it holds, and says so in `length` only.
  const length = value.length;
  if (length < CRC_BYTES) return undefined;
  const body = value.subarray(CRC_BYTES, length);
  const stored =
    ((value[0] as number) |
      ((value[1] as number) << 8) |
      ((value[2] as number) << 16) |
      ((value[3] as number) << 24)) >>>
    0;
  return crc32(body, crc32(key)) === stored ? body : undefined;
}
