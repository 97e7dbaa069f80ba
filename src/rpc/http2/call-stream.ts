/**
 * One call's stream on a connection, as its call sees it.
 *
 * Owned here: both windows of the stream, what could not be sent yet, and which sides are closed.
 *
 * I1  What is written leaves in order: once something waits, everything after it waits, the trailers too.
 * I2  Received bytes are credited to the peer when the call has room for more, so that a call which does not read holds at
 *     most one window of bytes.
 * I3  The listener's `closed` is called exactly once, last.
 */
import type { Connection } from './connection.ts';
import { FRAME, H2_ERROR, PAYLOAD_MAX, WINDOW_MAX, writeUint32 } from './frame.ts';
import type { Headers } from './header-reader.ts';

/** What a stream tells its call. */
export interface StreamListener {
  /** Bytes came: a view of a network buffer. */
  received(bytes: Buffer): void;
  /** The other end sends no more. */
  receivedAll(): void;
  /** All that waited has been sent. */
  drained(): void;
  /** The stream is over: all was sent, or the other end or the connection is gone. */
  closed(): void;
}

const MESSAGE_HEAD = 5;

export class CallStream {
  readonly id: number;
  readonly headers: Headers;
  readonly #connection: Connection;
  readonly #windowMax: number;
  #listener: StreamListener | undefined;
  #receiveWindow: number;
  #uncredited = 0;
  #reading = true;
  #sendWindow: number;
  #waiting: Buffer[] | undefined;
  #waitingBytes = 0;
  #trailers: Buffer | undefined;
  #headersSent = false;
  /** Known before the call is told, which may answer at once: a stream that both ended takes no reset. */
  #peerEnded: boolean;
  #closed = false;
  /** Of the headers; -1: not said. */
  #bytesToCome: number;

  constructor(
    connection: Connection,
    id: number,
    headers: Headers,
    begun: { readonly sendWindow: number; readonly receiveWindow: number; readonly peerEnded: boolean },
  ) {
    this.#connection = connection;
    this.id = id;
    this.headers = headers;
    this.#sendWindow = begun.sendWindow;
    this.#receiveWindow = begun.receiveWindow;
    this.#windowMax = begun.receiveWindow;
    this.#peerEnded = begun.peerEnded;
    const length = headers.get('content-length');
    this.#bytesToCome = length === undefined ? -1 : Number(length);
  }

  /** True once nothing can be sent any more: all was, or the other end or the connection is gone. */
  get closed(): boolean {
    return this.#closed;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  /** Bytes that wait for a window or for the socket. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The address of the other end, as `host:port`, or `unknown` when it is gone. */
  get peer(): string {
    return this.#connection.peer;
  }

  listen(listener: StreamListener): void {
    this.#listener = listener;
  }

  /** Sends the reply's headers. */
  respond(block: Buffer): void {
    this.#headersSent = true;
    this.#connection.writer.headers(this.id, block, false);
  }

  /** Sends a gRPC message, or as much of it as may be sent now; the rest is copied and waits. */
  send(message: Uint8Array): void {
    const length = MESSAGE_HEAD + message.length;
    if (
      length <= PAYLOAD_MAX &&
      this.#waiting === undefined &&
      this.#connection.take(length, this.#sendWindow)
    ) {
      this.#sendWindow -= length;
      this.#connection.writer.data(this.id, message, MESSAGE_HEAD);
      return;
    }
    const framed = Buffer.allocUnsafe(length);
    framed[0] = 0;
    writeUint32(framed, 1, message.length);
    framed.set(message, MESSAGE_HEAD);
    if (this.#waiting === undefined) this.#waiting = [framed];
    else this.#waiting.push(framed);
    this.#waitingBytes += length;
    this.#connection.wait(this);
  }

  /** Ends the stream with these trailers, after all that was sent. */
  end(trailers: Buffer): void {
    if (this.#waiting === undefined) this.#finish(trailers);
    else this.#trailers = trailers;
  }

  /** Reads no more: what still comes is handed over, and its room is not given back. */
  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    this.#reading = true;
    this.#credit();
  }

  /**
   * For the connection: bytes came, `overhead` more than `bytes` in the window's terms; `last`: `receiveEnd` follows.
   * False: more than the window.
   */
  receive(bytes: Buffer, overhead: number, last: boolean): boolean {
    this.#peerEnded = last;
    const size = bytes.length + overhead;
    this.#receiveWindow -= size;
    if (this.#receiveWindow < 0) return false;
    this.#uncredited += size;
    if (this.#bytesToCome >= 0) {
      this.#bytesToCome -= bytes.length;
      // A length that the bytes exceed would otherwise count as "not said".
      if (this.#bytesToCome < 0) this.#bytesToCome = Number.NaN;
    }
    if (bytes.length > 0) this.#listener?.received(bytes);
    this.#credit();
    return true;
  }

  /** For the connection: the other end sends no more. False: its bytes are not as many as it had said. */
  receiveEnd(): boolean {
    this.#peerEnded = true;
    if (!(this.#bytesToCome <= 0)) return false;
    this.#listener?.receivedAll();
    return true;
  }

  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  /** For the connection: the other end allows `by` more bytes. False: more than there may be. */
  widen(by: number): boolean {
    this.#sendWindow += by;
    if (this.#waiting !== undefined) this.#connection.wait(this);
    return this.#sendWindow <= WINDOW_MAX;
  }

  /** For the connection: sends of what waits at most `quantum` bytes; false when the stream can send no more now. */
  sendWaiting(quantum: number): boolean {
    const waiting = this.#waiting;
    if (waiting === undefined) return false;
    for (let left = quantum; left > 0; ) {
      const next = waiting[0];
      if (next === undefined) {
        this.#waiting = undefined;
        if (this.#trailers !== undefined) this.#finish(this.#trailers);
        else this.#listener?.drained();
        return false;
      }
      const room = this.#connection.room(Math.min(next.length, PAYLOAD_MAX, this.#sendWindow));
      if (room <= 0) return this.#sendWindow > 0;
      this.#connection.take(room, room);
      this.#sendWindow -= room;
      this.#waitingBytes -= room;
      left -= room;
      this.#connection.writer.data(this.id, room === next.length ? next : next.subarray(0, room), 0);
      if (room === next.length) waiting.shift();
      else waiting[0] = next.subarray(room);
    }
    return true;
  }

  /** For the connection: the stream is over, whoever ended it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    this.#listener?.closed();
  }

  #finish(trailers: Buffer): void {
    this.#headersSent = true;
    this.#connection.writer.headers(this.id, trailers, true);
    // RFC 9113, 8.1: who has not sent all yet is told to stop, without a fault.
    if (!this.#peerEnded) this.#connection.writer.number(FRAME.rstStream, this.id, H2_ERROR.none);
    this.#connection.ended(this);
  }

  #credit(): void {
    if (!this.#reading || this.#peerEnded || this.#closed || this.#uncredited < this.#windowMax / 2) return;
    this.#connection.writer.number(FRAME.windowUpdate, this.id, this.#uncredited);
    this.#receiveWindow += this.#uncredited;
    this.#uncredited = 0;
  }
}
