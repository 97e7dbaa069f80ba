/** Keys and parts of keys that are numbers: big endian, so that byte order is their order. */
const UINT32 = 4_294_967_296;

/** The greatest number that fits six bytes. */
export const UINT48_MAX = 281_474_976_710_655;

export function shardKey(shard: number): Buffer {
  const key = Buffer.allocUnsafe(2);
  key.writeUInt16BE(shard, 0);
  return key;
}

/** The number in the six bytes from `at`. By hand: Node's own checks cost more than the reading. */
export function readUint48(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low =
    (((bytes[at + 2] as number) << 24) |
      ((bytes[at + 3] as number) << 16) |
      ((bytes[at + 4] as number) << 8) |
      (bytes[at + 5] as number)) >>>
    0;
  return high * UINT32 + low;
}

export function uint48(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}
