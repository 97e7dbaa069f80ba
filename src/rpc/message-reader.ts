import { gunzipSync, inflateSync } from 'node:zlib';

const HEAD = 5;
const EMPTY = Buffer.alloc(0);

/** Why a stream of bytes cannot be read on; the call ends with the status of that name. */
export type ReadFault = 'too-large' | 'undecodable';

/**
 * Splits the bytes of a call into gRPC messages, pulled one at a time, so that a reader may stop between two messages
 * of one chunk. Messages are views of the chunks that were pushed; what spans chunks, or waits behind others, is copied.
 */
export class MessageReader {
  readonly #bytesMax: number;
  readonly #encoding: string;
  #bytes: Buffer = EMPTY;
  #at = 0;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #fault: ReadFault | undefined;

  /** `bytesMax` bounds one message, compressed and not; `encoding` is the value of the header `grpc-encoding`. */
  constructor(bytesMax: number, encoding: string) {
    this.#bytesMax = bytesMax;
    this.#encoding = encoding;
  }

  /** Set once a message was too large or could not be decompressed; nothing more is read then. */
  get fault(): ReadFault | undefined {
    return this.#fault;
  }

  /** Bytes that belong to no whole message yet, or to messages that were not pulled. */
  get pending(): number {
    return this.#bytes.length - this.#at + this.#partBytes;
  }

  push(chunk: Buffer): void {
    // Only when nothing waits: what came before goes first.
    if (this.#at === this.#bytes.length && this.#partBytes === 0) {
      this.#bytes = chunk;
      this.#at = 0;
    } else {
      // A copy: a view would keep all that came with it from the network, however little of it is ours.
      this.#parts.push(Buffer.from(chunk));
      this.#partBytes += chunk.length;
    }
  }

  /** The next whole message without its five leading bytes; undefined when more bytes must come, or after a fault. */
  next(): Buffer | undefined {
    if (this.#fault || this.pending < HEAD) return undefined;
    if (this.#bytes.length - this.#at < HEAD) this.#merge();
    const length = this.#bytes.readUInt32BE(this.#at + 1);
    if (length > this.#bytesMax) {
      this.#fault = 'too-large';
      return undefined;
    }
    if (this.pending < HEAD + length) return undefined;
    if (this.#bytes.length - this.#at < HEAD + length) this.#merge();
    const compressed = this.#bytes[this.#at] === 1;
    const start = this.#at + HEAD;
    this.#at = start + length;
    const message = this.#bytes.subarray(start, this.#at);
    return compressed ? this.#decompress(message) : message;
  }

  #merge(): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), ...this.#parts]);
    this.#at = 0;
    this.#parts = [];
    this.#partBytes = 0;
  }

  #decompress(message: Buffer): Buffer | undefined {
    const bounds = { maxOutputLength: this.#bytesMax };
    try {
      if (this.#encoding === 'gzip') return gunzipSync(message, bounds);
      if (this.#encoding === 'deflate') return inflateSync(message, bounds);
      this.#fault = 'undecodable';
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      this.#fault = code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'undecodable';
    }
    return undefined;
  }
}
