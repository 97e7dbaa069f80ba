/**
 * Reads the header blocks of one connection (HPACK, RFC 7541).
 *
 * Owned here: the table that the peer fills, and the last blocks that left it as it was.
 *
 * I1  Every block of the connection passes here, in order, also one whose headers nobody wants: the table carries over.
 * I2  The table holds at most `TABLE_BYTES_MAX` as the RFC counts them, so at most `ENTRIES_MAX` entries.
 * I3  A remembered block is used only while the table is the one that it was read with.
 */
import { huffmanText } from './huffman.ts';
import { STATIC_HEADERS } from './static-headers.ts';

/** The RFC's default, which we never change. */
const TABLE_BYTES_MAX = 4_096;
/** What the RFC adds to an entry's name and value. */
const ENTRY_BYTES = 32;
const ENTRIES_MAX = TABLE_BYTES_MAX / ENTRY_BYTES;
/** Blocks that are remembered: as many methods as one connection calls in turn. */
const REMEMBERED = 8;
const REMEMBERED_BYTES_MAX = 256;

export type Headers = ReadonlyMap<string, string>;

/** A block as it was read. */
export interface HeaderBlock {
  /** By lower-case name, pseudo-headers among them; several values of a name are joined with `, `. */
  readonly headers: Headers;
  /** It breaks a rule of HTTP (a name in upper case, a pseudo-header out of place): the stream is to be reset. */
  readonly malformed: boolean;
  /** It is larger than `listBytesMax`; what went beyond was left out. */
  readonly tooLarge: boolean;
}

interface Remembered {
  readonly bytes: Buffer;
  readonly generation: number;
  readonly block: HeaderBlock;
}

/** Of a connection, or senseless in HTTP/2. */
const FORBIDDEN = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
const PSEUDO = new Set([':method', ':scheme', ':authority', ':path']);
const NO_NAME = /[A-Z\0\r\n: ]|^$/;
const NO_VALUE = /[\0\r\n]/;

export class HeaderReader {
  readonly #listBytesMax: number;
  // The entries as a ring; number 0 is the newest.
  readonly #names = new Array<string>(ENTRIES_MAX).fill('');
  readonly #values = new Array<string>(ENTRIES_MAX).fill('');
  #newest = 0;
  #entries = 0;
  #tableBytes = 0;
  #tableBytesMax = TABLE_BYTES_MAX;
  /** Grows with every change of the table. */
  #generation = 0;
  readonly #remembered = new Array<Remembered | undefined>(REMEMBERED).fill(undefined);
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #broken = false;
  #name = '';
  #value = '';

  /** `listBytesMax` bounds the headers of one block, as the RFC counts them. */
  constructor(listBytesMax: number) {
    this.#listBytesMax = listBytesMax;
  }

  /** Reads one block; undefined when it is no HPACK, after which the connection cannot go on. */
  read(bytes: Buffer, start: number, end: number): HeaderBlock | undefined {
    const slot = (end - start + (bytes[end - 1] ?? 0)) % REMEMBERED;
    const known = this.#remembered[slot];
    if (known?.generation === this.#generation && isSame(known.bytes, bytes, start, end)) return known.block;
    const before = this.#generation;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#broken = false;
    const block = this.#block();
    if (this.#broken) return undefined;
    // I3
    if (this.#generation === before && end - start <= REMEMBERED_BYTES_MAX) {
      const copy = Buffer.from(bytes.subarray(start, end));
      this.#remembered[slot] = { bytes: copy, generation: before, block };
    }
    return block;
  }

  #block(): HeaderBlock {
    const headers = new Map<string, string>();
    let malformed = false;
    let regular = false;
    let listBytes = 0;
    for (let first = true; this.#at < this.#end && !this.#broken; ) {
      const byte = this.#bytes[this.#at] as number;
      if (byte >= 0x20 && byte < 0x40) {
        if (!first) this.#broken = true;
        this.#resize(this.#integer(0x1f));
        continue;
      }
      first = false;
      this.#field(byte);
      listBytes += this.#name.length + this.#value.length + ENTRY_BYTES;
      if (listBytes > this.#listBytesMax) continue;
      const pseudo = this.#name.startsWith(':');
      if (
        pseudo
          ? regular || !PSEUDO.has(this.#name) || headers.has(this.#name)
          : !isField(this.#name, this.#value)
      )
        malformed = true;
      regular ||= !pseudo;
      const had = headers.get(this.#name);
      headers.set(this.#name, had === undefined ? this.#value : `${had}, ${this.#value}`);
    }
    return { headers, malformed, tooLarge: listBytes > this.#listBytesMax };
  }

  /** Reads one header into `#name` and `#value`. */
  #field(byte: number): void {
    if (byte >= 0x80) {
      this.#indexed(this.#integer(0x7f), true);
      return;
    }
    const kept = byte >= 0x40;
    const index = this.#integer(kept ? 0x3f : 0x0f);
    if (index === 0) this.#name = this.#text();
    else this.#indexed(index, false);
    this.#value = this.#text();
    if (kept && !this.#broken) this.#add(this.#name, this.#value);
  }

  #indexed(index: number, whole: boolean): void {
    const dynamic = index - STATIC_HEADERS.length - 1;
    const entry = STATIC_HEADERS[index - 1];
    if (entry !== undefined) {
      this.#name = entry[0];
      if (whole) this.#value = entry[1];
    } else if (dynamic >= 0 && dynamic < this.#entries) {
      const slot = (this.#newest - dynamic + ENTRIES_MAX) % ENTRIES_MAX;
      this.#name = this.#names[slot] as string;
      if (whole) this.#value = this.#values[slot] as string;
    } else {
      this.#broken = true;
    }
  }

  #add(name: string, value: string): void {
    const size = name.length + value.length + ENTRY_BYTES;
    this.#generation++;
    // RFC 7541, 4.4: an entry larger than the table empties it and is no error.
    this.#evict(this.#tableBytesMax - size);
    if (size > this.#tableBytesMax) return;
    this.#newest = (this.#newest + 1) % ENTRIES_MAX;
    this.#names[this.#newest] = name;
    this.#values[this.#newest] = value;
    this.#entries++;
    this.#tableBytes += size;
  }

  #resize(bytesMax: number): void {
    if (bytesMax > TABLE_BYTES_MAX) this.#broken = true;
    if (this.#broken) return;
    this.#generation++;
    this.#tableBytesMax = bytesMax;
    this.#evict(bytesMax);
  }

  /** Drops the oldest entries until at most `bytes` are left. */
  #evict(bytes: number): void {
    while (this.#entries > 0 && this.#tableBytes > bytes) {
      const slot = (this.#newest - this.#entries + 1 + ENTRIES_MAX) % ENTRIES_MAX;
      this.#tableBytes -= (this.#names[slot] as string).length + (this.#values[slot] as string).length;
      this.#tableBytes -= ENTRY_BYTES;
      this.#names[slot] = '';
      this.#values[slot] = '';
      this.#entries--;
    }
  }

  #text(): string {
    const huffman = this.#at < this.#end && (this.#bytes[this.#at] as number) >= 0x80;
    const length = this.#integer(0x7f);
    const start = this.#at;
    if (this.#broken || length > this.#end - start) {
      this.#broken = true;
      return '';
    }
    this.#at = start + length;
    if (!huffman) return this.#bytes.toString('latin1', start, this.#at);
    const text = huffmanText(this.#bytes, start, this.#at);
    if (text === undefined) this.#broken = true;
    return text ?? '';
  }

  /** RFC 7541, 5.1: a whole number in the bits of `most` and, when these are all set, in further bytes. */
  #integer(most: number): number {
    let value = most;
    if (this.#at < this.#end) value &= this.#bytes[this.#at++] as number;
    else this.#broken = true;
    if (value < most) return value;
    for (let shift = 0; ; shift += 7) {
      // Four more bytes hold any length that a block can have.
      if (this.#at >= this.#end || shift > 21) {
        this.#broken = true;
        return 0;
      }
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}

/** Whether a header may stand in a request of HTTP/2. */
function isField(name: string, value: string): boolean {
  if (NO_NAME.test(name) || NO_VALUE.test(value) || FORBIDDEN.has(name)) return false;
  return name !== 'te' || value === 'trailers';
}

function isSame(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
