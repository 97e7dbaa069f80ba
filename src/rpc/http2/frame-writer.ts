/**
 * Frames on their way to one socket.
 *
 * Owned here: the bytes of this round of the event loop, which leave together in one write (after the callbacks of all
 * that had happened, so that replies of several shards share it), and whether the socket takes more. Windows are not known here.
 *
 * I1  Frames leave whole and in the order in which they were begun.
 * I2  DATA of one stream that follow each other become one frame, as long as it fits.
 * I3  While the socket holds bytes that the kernel did not take, `blocked` is true: who has a choice waits for `unblocked`.
 */
import type { Socket } from 'node:net';
import { FLAG, FRAME, FRAME_HEAD, PAYLOAD_MAX, writeFrameHead, writeUint32 } from './frame.ts';

/** One write of this size costs the kernel as much as its copy; larger ones would only hold memory. */
const OUTPUT_BYTES = 1 << 16;
const NO_STREAM = -1;
const NO_BYTES = Buffer.alloc(0);
/** At the head of a header block: a table of 0 bytes (RFC 7541, 6.3). */
const NO_TABLE = Buffer.from([0x20]);
/** Buffers that no writer uses. A writer has one only while it gathers, so that thousands of idle connections hold none. */
const spare: Buffer[] = [];
const SPARE_MAX = 64;

export class FrameWriter {
  readonly #socket: Socket;
  readonly #unblocked: () => void;
  readonly #wrote: () => void;
  #bytes: Buffer = NO_BYTES;
  #used = 0;
  #flushQueued = false;
  #blocked = false;
  /** I2: the stream of the last frame, when that is DATA and may grow; where its head stands, and its payload's length. */
  #dataOf = NO_STREAM;
  #dataAt = 0;
  #dataLength = 0;
  #tableToTell = false;

  /** `unblocked` is called when the socket takes bytes again after it did not. */
  constructor(socket: Socket, unblocked: () => void) {
    this.#socket = socket;
    this.#unblocked = unblocked;
    this.#wrote = () => this.#written();
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** Bytes that the kernel did not take yet. */
  get backlog(): number {
    return this.#socket.writableLength + this.#used;
  }

  /**
   * The peer said how large a table of headers it allows, and where that is less than before, it takes no block that does
   * not begin with the size in use (RFC 9113, 4.3.1): 0, since ours never enter it.
   */
  tellTable(): void {
    this.#tableToTell = true;
  }

  /** A header block, in as many frames as it takes. */
  headers(stream: number, fields: Buffer, endStream: boolean): void {
    const block = this.#tableToTell ? Buffer.concat([NO_TABLE, fields]) : fields;
    this.#tableToTell = false;
    const ending = endStream ? FLAG.endStream : 0;
    for (let at = 0; at === 0 || at < block.length; at += PAYLOAD_MAX) {
      const length = Math.min(PAYLOAD_MAX, block.length - at);
      const flags = (at === 0 ? ending : 0) | (at + length === block.length ? FLAG.endHeaders : 0);
      const type = at === 0 ? FRAME.headers : FRAME.continuation;
      const to = this.#begin(length, type, flags, stream);
      this.#bytes.set(length === block.length ? block : block.subarray(at, at + length), to);
    }
  }

  /** At most `PAYLOAD_MAX` bytes of DATA behind `head` bytes of a gRPC message's head (5: `bytes` are a message; 0: a piece). */
  data(stream: number, bytes: Uint8Array, head: 0 | 5): void {
    const length = head + bytes.length;
    const at = this.#dataRoom(stream, length);
    if (head > 0) {
      this.#bytes[at] = 0;
      writeUint32(this.#bytes, at + 1, bytes.length);
    }
    this.#bytes.set(bytes, at + head);
  }

  /** A frame whose payload is one number of 32 bits: WINDOW_UPDATE and RST_STREAM. */
  number(type: number, stream: number, value: number): void {
    const at = this.#begin(4, type, 0, stream);
    writeUint32(this.#bytes, at, value);
  }

  /** A frame of the connection with this payload. */
  control(type: number, flags: number, payload: Uint8Array): void {
    const at = this.#begin(payload.length, type, flags, 0);
    this.#bytes.set(payload, at);
  }

  /** Hands what was gathered to the socket, unless it takes nothing now; happens by itself at the end of the round. */
  flush(): void {
    this.#flushQueued = false;
    if (!this.#blocked) this.#send();
  }

  /** Hands over what was gathered in any case: nothing follows. */
  flushLast(): void {
    this.#send();
  }

  /** Room for a payload behind the head of a new frame; answers where. */
  #begin(length: number, type: number, flags: number, stream: number): number {
    this.#dataOf = NO_STREAM;
    const at = this.#reserve(FRAME_HEAD + length);
    writeFrameHead(this.#bytes, at, { length, type, flags, stream });
    return at + FRAME_HEAD;
  }

  /** Room for more DATA: in the last frame (I2), or in a new one. */
  #dataRoom(stream: number, length: number): number {
    const grown = this.#dataLength + length;
    if (this.#dataOf === stream && grown <= PAYLOAD_MAX && this.#used + length <= this.#bytes.length) {
      const at = this.#used;
      this.#used = at + length;
      this.#dataLength = grown;
      this.#bytes[this.#dataAt] = grown >>> 16;
      this.#bytes[this.#dataAt + 1] = grown >>> 8;
      this.#bytes[this.#dataAt + 2] = grown;
      return at;
    }
    const at = this.#begin(length, FRAME.data, 0, stream);
    this.#dataOf = stream;
    this.#dataAt = at - FRAME_HEAD;
    this.#dataLength = length;
    return at;
  }

  #reserve(length: number): number {
    if (this.#used + length > this.#bytes.length) {
      this.#send();
      // Every frame fits into an empty one.
      this.#bytes = spare.pop() ?? Buffer.allocUnsafeSlow(OUTPUT_BYTES);
    }
    if (!this.#flushQueued) {
      this.#flushQueued = true;
      setImmediate(flushNow, this);
    }
    const at = this.#used;
    this.#used = at + length;
    return at;
  }

  #send(): void {
    const used = this.#used;
    if (used === 0) return;
    const bytes = this.#bytes;
    this.#bytes = NO_BYTES;
    this.#used = 0;
    this.#dataOf = NO_STREAM;
    const socket = this.#socket;
    if (socket.writable) socket.write(used === bytes.length ? bytes : bytes.subarray(0, used), this.#wrote);
    // Usually the kernel has copied all of it by now. Otherwise the socket keeps the buffer, and `#written` ends the wait.
    if (socket.writableLength > 0) this.#blocked = true;
    else if (spare.length < SPARE_MAX) spare.push(bytes);
  }

  #written(): void {
    if (!this.#blocked || this.#socket.writableLength > 0) return;
    this.#blocked = false;
    this.#send();
    if (!this.#blocked) this.#unblocked();
  }
}

function flushNow(writer: FrameWriter): void {
  writer.flush();
}
