/** Keys of the log: shard u16, then sequence u48, big endian, so that byte order is log order. */
export const FACT_KEY_BYTES = 8;

export function factKey(shard: number, sequence: number): Buffer {
  const key = Buffer.allocUnsafe(FACT_KEY_BYTES);
  key.writeUInt16BE(shard, 0);
  key.writeUIntBE(sequence, 2, 6);
  return key;
}

export function sequenceOf(key: Uint8Array): number {
  return readUint48(key, 2);
}

export function shardKey(shard: number): Buffer {
  const key = Buffer.allocUnsafe(2);
  key.writeUInt16BE(shard, 0);
  return key;
}

/** The big-endian number in the six bytes from `at`. */
export function readUint48(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low =
    (((bytes[at + 2] as number) << 24) |
      ((bytes[at + 3] as number) << 16) |
      ((bytes[at + 4] as number) << 8) |
      (bytes[at + 5] as number)) >>>
    0;
  return high * 4_294_967_296 + low;
}

/** The greatest number that fits six bytes. */
export const UINT48_MAX = 281_474_976_710_655;
