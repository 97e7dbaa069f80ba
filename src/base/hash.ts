const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';
const BASE64_URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** FNV-1a over the UTF-16 code units of `text`, 32 bits unsigned. For tables and labels; too weak to spread a herd. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** MurmurHash3 x86_32 (Austin Appleby) of the UTF-8 bytes of `text`, unsigned: for buckets, shards and arms. */
export function murmur3(text: string, seed = 0): number {
  let hash = seed | 0;
  let block = 0;
  let length = 0;
  // UTF-8 on the fly: no buffer is made for a hash, and a lone surrogate counts as U+FFFD, as TextEncoder has it.
  const push = (byte: number): void => {
    block |= byte << ((length & 3) << 3);
    length++;
    if ((length & 3) !== 0) return;
    hash ^= scramble32(block);
    hash = (Math.imul(rotl(hash, 13), 5) + 0xe6546b64) | 0;
    block = 0;
  };
  forEachUtf8Byte(text, push);
  if ((length & 3) !== 0) hash ^= scramble32(block);
  return fmix32(hash ^ length);
}

/** Four unsigned words of 128 bits. */
export type Words128 = readonly [number, number, number, number];

/** MurmurHash3 x86_128 of the UTF-8 bytes of `text`: for names that must not collide by chance; no defence against intent. */
export function murmur3x128(text: string, seed = 0): Words128 {
  const bytes = utf8Bytes(text);
  const length = bytes.length;
  const blocks = length >>> 4;
  let h1 = seed | 0;
  let h2 = seed | 0;
  let h3 = seed | 0;
  let h4 = seed | 0;
  for (let block = 0; block < blocks; block++) {
    const at = block << 4;
    h1 ^= mix1(word(bytes, at));
    h1 = (Math.imul((rotl(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= mix2(word(bytes, at + 4));
    h2 = (Math.imul((rotl(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= mix3(word(bytes, at + 8));
    h3 = (Math.imul((rotl(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= mix4(word(bytes, at + 12));
    h4 = (Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  const tail = blocks << 4;
  // A missing byte reads as 0, and mixing 0 gives 0: the reference's fall-through switch without the switch.
  h4 ^= mix4(word(bytes, tail + 12));
  h3 ^= mix3(word(bytes, tail + 8));
  h2 ^= mix2(word(bytes, tail + 4));
  h1 ^= mix1(word(bytes, tail));
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = fmix32(h1);
  h2 = fmix32(h2);
  h3 = fmix32(h3);
  h4 = fmix32(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  return [h1 >>> 0, h2 >>> 0, h3 >>> 0, h4 >>> 0];
}

/** The 128-bit hash of `text` as 32 lower-case hexadecimal digits. */
export function hash128Hex(text: string, seed = 0): string {
  return murmur3x128(text, seed)
    .map((part) => part.toString(16).padStart(8, '0'))
    .join('');
}

/** The 128-bit hash of `text` in 26 digits of Crockford's base32, lower case. */
export function hash128Base32(text: string, seed = 0): string {
  return digitsOf(murmur3x128(text, seed), 5, BASE32);
}

/** The 128-bit hash of `text` in 22 characters of base64url. */
export function hash128Base64Url(text: string, seed = 0): string {
  return digitsOf(murmur3x128(text, seed), 6, BASE64_URL);
}

/** `words` as one number, highest bit first, in digits of `width` bits each; the last digit is filled with zeros. */
function digitsOf(words: Words128, width: number, alphabet: string): string {
  let digits = '';
  let held = 0;
  let bits = 0;
  for (const part of words) {
    for (let shift = 24; shift >= 0; shift -= 8) {
      held = (held << 8) | ((part >>> shift) & 0xff);
      bits += 8;
      while (bits >= width) {
        bits -= width;
        digits += alphabet.charAt(held >>> bits);
        held &= (1 << bits) - 1;
      }
    }
  }
  return bits === 0 ? digits : digits + alphabet.charAt(held << (width - bits));
}

function scramble32(block: number): number {
  return Math.imul(rotl(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function mix1(k: number): number {
  return Math.imul(rotl(Math.imul(k, 0x239b961b), 15), 0xab0e9789);
}

function mix2(k: number): number {
  return Math.imul(rotl(Math.imul(k, 0xab0e9789), 16), 0x38b34ae5);
}

function mix3(k: number): number {
  return Math.imul(rotl(Math.imul(k, 0x38b34ae5), 17), 0xa1e38b93);
}

function mix4(k: number): number {
  return Math.imul(rotl(Math.imul(k, 0xa1e38b93), 18), 0x239b961b);
}

function fmix32(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function rotl(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  forEachUtf8Byte(text, (byte) => {
    bytes[length++] = byte;
  });
  return bytes.subarray(0, length);
}

function forEachUtf8Byte(text: string, push: (byte: number) => void): void {
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      push(code);
      continue;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 ? text.charCodeAt(i + 1) : Number.NaN;
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else {
        code = 0xfffd;
      }
    }
    if (code < 0x800) {
      push(0xc0 | (code >>> 6));
    } else {
      if (code < 0x10000) {
        push(0xe0 | (code >>> 12));
      } else {
        push(0xf0 | (code >>> 18));
        push(0x80 | ((code >>> 12) & 63));
      }
      push(0x80 | ((code >>> 6) & 63));
    }
    push(0x80 | (code & 63));
  }
}
