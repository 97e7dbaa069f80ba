import { crc32 } from 'node:zlib';
import { CRC_BYTES } from './sealed-value.ts';

/** Two full ticks of 64 shards with records of 8 KiB. */
const ROOM_BYTES = 1_048_576;

/**
 * Room in which records are sealed for the commits under way: a buffer of its own for each would cost more than the copy,
 * in memory outside the heap that is counted, and that LMDB asks the address of. Owned by LmdbFactLog.
 *
 * I1. LMDB reads a value until its commit is over. So room is used again only when everything taken was given back; until
 *     then, what does not fit begins another room, and LMDB's hold on the values keeps the old one.
 */
export class SealRoom {
  #bytes = Buffer.allocUnsafeSlow(ROOM_BYTES);
  #at = 0;
  #taken = 0;

  /** As `seal(key, body)`; `giveBack` when LMDB is done with it. The key is not kept. */
  seal(key: Uint8Array, body: Uint8Array): Buffer {
    if (this.#taken === 0) this.#at = 0;
    const length = key.length + body.length;
    if (this.#at + length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, length));
      this.#at = 0;
    }
    const bytes = this.#bytes;
    const start = this.#at;
    const end = start + length;
    this.#at = end;
    this.#taken++;
    // Key and body in one piece are summed in one call; the sum then takes the place of the key's end.
    bytes.set(key, start);
    bytes.set(body, start + key.length);
    const sum = crc32(bytes.subarray(start, end));
    const value = bytes.subarray(start + key.length - CRC_BYTES, end);
    value[0] = sum;
    value[1] = sum >>> 8;
    value[2] = sum >>> 16;
    value[3] = sum >>> 24;
    return value;
  }

  giveBack(): void {
    this.#taken--;
  }
}
