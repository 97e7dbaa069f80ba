import { gunzipSync, inflateSync } from 'node:zlib';
import { LIMITS } from '../config/limits.ts';

const HEAD = 5;
const EMPTY = Buffer.alloc(0);
/** Crumbs share a part: a buffer object each would take a hundred times the room of its byte. */
const PART_BYTES_MIN = 1_024;

/** Why a stream of bytes cannot be read on; the call ends with the status of that name. */
export type ReadFault = 'too-large' | 'undecodable' | 'garbled' | 'no-room';

/** What all readers of a server have copied of messages that are not whole or not pulled. */
export interface Held {
  bytes: number;
}

/**
 * Splits the bytes of a call into gRPC messages, pulled one at a time, so that a reader may stop between two messages
 * of one chunk. Messages are views of the chunks that were pushed; what spans chunks, or waits behind others, is copied.
 */
export class MessageReader {
  readonly #bytesMax: number;
  readonly #encoding: string;
  readonly #held: Held;
  #bytes: Buffer = EMPTY;
  #at = 0;
  /** Full but for the last one. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #lastRoom = 0;
  #fault: ReadFault | undefined;

  /**
   * `bytesMax` bounds one message, compressed and not; `encoding` is the value of the header `grpc-encoding`; `held` is
   * shared, and bounded by `unfinishedBytesMax`.
   */
  constructor(bytesMax: number, encoding: string, held: Held) {
    this.#bytesMax = bytesMax;
    this.#encoding = encoding;
    this.#held = held;
  }

  /** Set once a message was too large, found no room or could not be understood; nothing more is read then. */
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
      this.#keep(chunk);
    }
  }

  /** Gives back what was copied; the call is over. */
  close(): void {
    this.#held.bytes -= this.#partBytes;
    this.#parts = [];
    this.#partBytes = 0;
    this.#lastRoom = 0;
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
    const flag = this.#bytes[this.#at];
    const start = this.#at + HEAD;
    this.#at = start + length;
    const message = this.#bytes.subarray(start, this.#at);
    return flag === 0 ? message : this.#decompress(message, flag === 1 ? this.#encoding : 'identity');
  }

  /** Takes a copy: a view would keep all that came with it from the network, however little of it is ours. */
  #keep(chunk: Buffer): void {
    if (this.#held.bytes + chunk.length > LIMITS.unfinishedBytesMax) this.#fault = 'no-room';
    if (this.#fault) return;
    this.#held.bytes += chunk.length;
    for (let from = 0; from < chunk.length; ) {
      if (this.#lastRoom === 0) {
        this.#lastRoom = Math.max(chunk.length - from, PART_BYTES_MIN);
        // Not of Node's pool: a part would hold a whole slab, and what is counted would be less than what is held.
        this.#parts.push(Buffer.allocUnsafeSlow(this.#lastRoom));
      }
      const last = this.#parts.at(-1) as Buffer;
      const copied = chunk.copy(last, last.length - this.#lastRoom, from);
      this.#lastRoom -= copied;
      from += copied;
    }
    this.#partBytes += chunk.length;
  }

  #merge(): void {
    const bytes = this.pending;
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), ...this.#parts], bytes);
    this.#at = 0;
    this.close();
  }

  #decompress(message: Buffer, encoding: string): Buffer | undefined {
    const bounds = { maxOutputLength: this.#bytesMax };
    try {
      if (encoding === 'gzip') return gunzipSync(message, bounds);
      if (encoding === 'deflate') return inflateSync(message, bounds);
      this.#fault = encoding === 'identity' ? 'garbled' : 'undecodable';
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      this.#fault = code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'garbled';
    }
    return undefined;
  }
}
