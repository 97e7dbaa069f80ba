/**
 * As much of HPACK (RFC 7541) as a load client needs: it writes literal request headers without Huffman coding, and of
 * a reply it learns the gRPC status. Names and values are never Huffman-decoded: the two names of interest are
 * known in both forms, and nghttp2 leaves a status number uncoded because coding would not make it shorter.
 */

/** `grpc-status` in the Huffman code of RFC 7541, Appendix B. */
const STATUS_NAME_HUFFMAN = Buffer.from('9acac8b21234da8f', 'hex');
const STATUS_NAME = Buffer.from('grpc-status', 'latin1');
const STATIC_ENTRIES = 61;
/** A table of 4,096 bytes cannot hold more entries, as each one counts at least 32. */
const DYNAMIC_ENTRIES_MAX = 128;
/** What a dynamic entry says: another header, or a gRPC status. */
const NOT_STATUS = -1;
/** A grpc-status that could not be read. */
const UNREADABLE = -2;

/**
 * Writes headers as literals. With `indexed` they enter the peer's dynamic table in their order, so that the first
 * is the oldest there; without, the table stays as it is.
 */
export function encodeLiterals(headers: readonly (readonly [string, string])[], indexed: boolean): Buffer {
  const parts: number[] = [];
  for (const [name, value] of headers) {
    parts.push(indexed ? 0x40 : 0x00);
    pushText(parts, name);
    pushText(parts, value);
  }
  return Buffer.from(parts);
}

/** The same headers again, as references to the table that indexed literals filled: a byte each. */
export function encodeReferences(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  for (let i = 0; i < count; i++) bytes[i] = 0x80 | (STATIC_ENTRIES + count - i);
  return bytes;
}

function pushText(parts: number[], text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length >= 127)
    throw new Error(`A header of ${bytes.length} bytes is longer than this encoder writes.`);
  parts.push(bytes.length, ...bytes);
}

/** Follows a connection's reply headers; every block must be given to it, in order, as the table carries over. */
export class StatusReader {
  readonly #names = new Uint8Array(DYNAMIC_ENTRIES_MAX);
  readonly #statuses = new Int16Array(DYNAMIC_ENTRIES_MAX).fill(NOT_STATUS);
  #newest = 0;
  #at = 0;

  /** Reads one header block; answers its grpc-status, or -1 when it has none, -2 when it cannot be read. */
  read(bytes: Buffer, start: number, end: number): number {
    let status = NOT_STATUS;
    this.#at = start;
    while (this.#at < end) {
      const first = bytes[this.#at] as number;
      if (first >= 0x80) {
        const index = this.#integer(bytes, 0x7f);
        if (index > STATIC_ENTRIES) {
          const found = this.#statuses[this.#slot(index)] as number;
          if (found !== NOT_STATUS) status = found;
        }
      } else if (first >= 0x40 || first < 0x20) {
        const indexed = first >= 0x40;
        const isStatus = this.#name(bytes, this.#integer(bytes, indexed ? 0x3f : 0x0f));
        const value = this.#status(bytes, isStatus);
        if (value !== NOT_STATUS) status = value;
        if (indexed) {
          this.#newest = (this.#newest + 1) % DYNAMIC_ENTRIES_MAX;
          this.#names[this.#newest] = isStatus ? 1 : 0;
          this.#statuses[this.#newest] = value;
        }
      } else {
        this.#integer(bytes, 0x1f);
      }
    }
    return status;
  }

  #slot(index: number): number {
    return (this.#newest - (index - STATIC_ENTRIES - 1) + 2 * DYNAMIC_ENTRIES_MAX) % DYNAMIC_ENTRIES_MAX;
  }

  #name(bytes: Buffer, index: number): boolean {
    if (index > STATIC_ENTRIES) return this.#names[this.#slot(index)] === 1;
    if (index > 0) return false;
    const huffman = (bytes[this.#at] as number) >= 0x80;
    const length = this.#integer(bytes, 0x7f);
    const expected = huffman ? STATUS_NAME_HUFFMAN : STATUS_NAME;
    const at = this.#at;
    this.#at += length;
    return length === expected.length && expected.compare(bytes, at, at + length) === 0;
  }

  #status(bytes: Buffer, isStatus: boolean): number {
    const huffman = (bytes[this.#at] as number) >= 0x80;
    const length = this.#integer(bytes, 0x7f);
    const at = this.#at;
    this.#at += length;
    if (!isStatus) return NOT_STATUS;
    if (huffman || length < 1 || length > 2) return UNREADABLE;
    const status = Number(bytes.toString('latin1', at, at + length));
    return Number.isInteger(status) ? status : UNREADABLE;
  }

  #integer(bytes: Buffer, mask: number): number {
    let value = (bytes[this.#at++] as number) & mask;
    if (value < mask) return value;
    let shift = 0;
    for (;;) {
      const byte = bytes[this.#at++];
      if (byte === undefined || shift > 21) throw new Error('The reply holds a malformed header block.');
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      shift += 7;
    }
  }
}
