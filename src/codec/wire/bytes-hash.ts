/**
 * MurmurHash3 x86_32 (Austin Appleby) of `bytes` from `start` to `end`, unsigned: tells one body from another. `seed`: the
 * hash of what stood before, where a body is hashed in parts.
 */
export function bytesHash(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  const blocks = start + ((end - start) & ~3);
  let hash = seed | 0;
  let at = start;
  for (; at < blocks; at += 4) {
    const block =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash ^= scramble(block);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= (bytes[at] as number) << shift;
  hash ^= scramble(rest) ^ (end - start);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
