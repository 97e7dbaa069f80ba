const BASE64_URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const base64UrlCodes = Uint8Array.from(BASE64_URL, (digit) => digit.charCodeAt(0));

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
  const length = utf8Into(text);
  const whole = length & ~3;
  let hash = seed | 0;
  for (let at = 0; at < whole; at += 4) {
    hash ^= scramble32(word(scratch, at));
    hash = (Math.imul(rotl(hash, 13), 5) + 0xe6546b64) | 0;
  }
  // The scratch is zero behind its text, and a missing byte reads as 0: no switch over the tail.
  if (whole !== length) hash ^= scramble32(word(scratch, whole));
  return fmix32(hash ^ length);
}

/** Four unsigned words of 128 bits. */
export type Words128 = readonly [number, number, number, number];

/** MurmurHash3 x86_128 of the UTF-8 bytes of `text`: for names that must not collide by chance; no defence against intent. */
export function murmur3x128(text: string, seed = 0): Words128 {
  const length = utf8Into(text);
  const bytes = scratch;
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

/** 128 bits in 22 characters of base64url, in one flat string: it becomes the key of a map. */
export function words128Base64Url(words: Words128): string {
  const [a, b, c, d] = words;
  const code = base64UrlCodes;
  return String.fromCharCode(
    code[a >>> 26] as number,
    code[(a >>> 20) & 63] as number,
    code[(a >>> 14) & 63] as number,
    code[(a >>> 8) & 63] as number,
    code[(a >>> 2) & 63] as number,
    code[((a << 4) | (b >>> 28)) & 63] as number,
    code[(b >>> 22) & 63] as number,
    code[(b >>> 16) & 63] as number,
    code[(b >>> 10) & 63] as number,
    code[(b >>> 4) & 63] as number,
    code[((b << 2) | (c >>> 30)) & 63] as number,
    code[(c >>> 24) & 63] as number,
    code[(c >>> 18) & 63] as number,
    code[(c >>> 12) & 63] as number,
    code[(c >>> 6) & 63] as number,
    code[c & 63] as number,
    code[d >>> 26] as number,
    code[(d >>> 20) & 63] as number,
    code[(d >>> 14) & 63] as number,
    code[(d >>> 8) & 63] as number,
    code[(d >>> 2) & 63] as number,
    code[(d << 4) & 63] as number,
  );
}

/** The upper 30 of 32 bits in 5 characters of base64url. */
export function wordBase64Url(word32: number): string {
  const code = base64UrlCodes;
  return String.fromCharCode(
    code[word32 >>> 26] as number,
    code[(word32 >>> 20) & 63] as number,
    code[(word32 >>> 14) & 63] as number,
    code[(word32 >>> 8) & 63] as number,
    code[(word32 >>> 2) & 63] as number,
  );
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
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** Bytes that a reader of whole blocks may touch behind the text. */
const SLACK = 16;
let scratch = new Uint8Array(1024);

/** The UTF-8 bytes of `text` in the scratch, with zeros behind them; answers their count. A lone surrogate counts as U+FFFD. */
function utf8Into(text: string): number {
  if (scratch.length < text.length * 3 + SLACK) scratch = new Uint8Array(text.length * 3 + SLACK);
  const bytes = scratch;
  let length = 0;
  for (; length < text.length; length++) {
    const code = text.charCodeAt(length);
    if (code >= 0x80) break;
    bytes[length] = code;
  }
  if (length < text.length) {
    forEachUtf8Byte(text.slice(length), (byte) => {
      bytes[length++] = byte;
    });
  }
  for (let at = length; at < length + SLACK; at++) bytes[at] = 0;
  return length;
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
