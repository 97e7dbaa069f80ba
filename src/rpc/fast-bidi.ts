import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { CALL, type CarryingStream, FastCall, type FastStatus } from './fast-call.ts';
import { faultStatus } from './fast-status.ts';
import { MessageReader } from './message-reader.ts';

/**
 * A call with streams both ways (also one with a single request and a stream of replies: it just sends one message).
 *
 * Owned here: what was read and not yet handed over, and the replies of this turn of the event loop, which leave
 * together in one write.
 *
 * I1  At most `inFlightMax` messages are handed over and not `done`; the rest wait unread, in the end in the sender.
 * I2  Nothing is read while more than `bufferedBytesMax` of replies wait for the other end.
 * I3  `message` is never called inside `write`, `done` or `end` of the same call made within `message` (no recursion).
 * I4  `closed` is called exactly once, last.
 */

const HEAD = 5;
const BATCH_BYTES_MIN = 1 << 10;
const BATCH_BYTES_MAX = 1 << 16;

/** What a bidirectional call does with what comes. */
export interface BidiSink {
  /** One message came; answer for it with `call.done()` when it needs no more room. The bytes are a view, as in a unary call. */
  message(message: Buffer): void;
  /** The other end sends no more. Usually: `call.end()` once all replies are written. */
  halfClosed(): void;
  /** The call is over; `cancelled` when the other end or the connection left before we ended it. */
  closed(cancelled: boolean): void;
  /** There is room again after `write` had answered false. */
  drained?(): void;
}

export interface BidiRoute {
  readonly kind: 'bidi';
  /** Called with each new call; it may write or fail at once. A throw ends the call as INTERNAL. */
  readonly open: (call: BidiCall) => BidiSink;
  readonly messageBytesMax: number;
  /** I1. */
  readonly inFlightMax: number;
  /** I2. */
  readonly bufferedBytesMax: number;
  readonly failed: (error: unknown, path: string) => void;
}

export class BidiCall extends FastCall {
  readonly #route: BidiRoute;
  readonly #reader: MessageReader;
  #sink: BidiSink | undefined;
  #inFlight = 0;
  #pumping = false;
  #paused = false;
  #halfClosed = false;
  #batch: Buffer | undefined;
  #batchUsed = 0;
  #batchLast = BATCH_BYTES_MIN;
  #full = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, route: BidiRoute) {
    super(stream, headers);
    this.#route = route;
    this.#reader = new MessageReader(route.messageBytesMax, this.header('grpc-encoding') ?? 'identity');
    stream.on('close', onClose);
    try {
      this.#sink = route.open(this);
    } catch (error) {
      this.#broken(error);
    }
    if (this.ended) return;
    this.respond();
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('drain', onDrain);
  }

  /** Messages handed over and not done. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Reply bytes that the other end has not taken yet. */
  get bufferedBytes(): number {
    return this.stream.writableLength + this.#batchUsed;
  }

  /**
   * Sends a message; it is copied. Answers false when more than `bufferedBytesMax` wait for the other end: who is not
   * answering a request should stop until `drained`. Does nothing when the call is over.
   */
  write(message: Uint8Array): boolean {
    if (this.ended || !this.respond()) return false;
    const length = HEAD + message.length;
    const at = this.#reserve(length);
    const batch = this.#batch as Buffer;
    batch[at] = 0;
    batch.writeUInt32BE(message.length, at + 1);
    batch.set(message, at + HEAD);
    if (this.bufferedBytes > this.#route.bufferedBytesMax) this.#full = true;
    return !this.#full;
  }

  /** Gives back the room of `count` messages, so that as many more are read. */
  done(count = 1): void {
    this.#inFlight -= count;
    if (this.#paused && !this.#pumping) this.#pump();
  }

  /** Ends the call with OK, after what was written. */
  end(): void {
    if (!this.finish() || !this.respond()) return;
    this.flush();
    this.stream.end();
    this.stream.resume();
  }

  override fail(reason: FastStatus): void {
    if (!this.ended) this.flush();
    super.fail(reason);
  }

  /** Sends what `write` has gathered; it happens by itself at the end of the current turn of the event loop. */
  flush(): void {
    const batch = this.#batch;
    if (!batch) return;
    const used = this.#batchUsed;
    this.#batch = undefined;
    this.#batchUsed = 0;
    this.#batchLast = used;
    if (!this.stream.destroyed && !this.stream.closed) this.stream.write(batch.subarray(0, used));
  }

  /** For the stream's listeners. */
  receive(chunk: Buffer): void {
    if (this.ended) return;
    this.#reader.push(chunk);
    if (!this.#paused) this.#pump();
  }

  receiveEnd(): void {
    this.#halfClosed = true;
    if (!this.#paused) this.#pump();
  }

  receiveDrain(): void {
    if (this.#full) {
      this.#full = false;
      if (!this.ended) this.#guard(() => this.#sink?.drained?.());
    }
    if (this.#paused && !this.#pumping) this.#pump();
  }

  receiveClose(): void {
    const cancelled = this.finish();
    this.#batch = undefined;
    this.#batchUsed = 0;
    try {
      this.#sink?.closed(cancelled);
    } catch (error) {
      this.#route.failed(error, this.path);
    }
  }

  #pump(): void {
    this.#pumping = true;
    const { inFlightMax, bufferedBytesMax } = this.#route;
    while (!this.ended) {
      if (this.#inFlight >= inFlightMax || this.bufferedBytes > bufferedBytesMax) {
        this.#paused = true;
        this.stream.pause();
        break;
      }
      const message = this.#reader.next();
      if (!message) {
        this.#starved();
        break;
      }
      this.#inFlight++;
      try {
        (this.#sink as BidiSink).message(message);
      } catch (error) {
        this.#broken(error);
      }
    }
    this.#pumping = false;
  }

  #starved(): void {
    if (this.#reader.fault) {
      this.fail(faultStatus(this.#reader.fault));
    } else if (!this.#halfClosed) {
      if (!this.#paused) return;
      this.#paused = false;
      this.stream.resume();
    } else if (this.#reader.pending > 0) {
      this.fail({ code: status.INTERNAL, message: 'The stream ended inside a message.' });
    } else {
      this.#paused = false;
      this.#guard(() => this.#sink?.halfClosed());
    }
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#broken(error);
    }
  }

  #broken(error: unknown): void {
    this.#route.failed(error, this.path);
    this.fail({ code: status.INTERNAL, message: 'Something went wrong on our side.' });
  }

  #reserve(length: number): number {
    if (this.#batch && this.#batchUsed + length > this.#batch.length) {
      if (this.#batchUsed + length > BATCH_BYTES_MAX) {
        this.flush();
      } else {
        const grown = Buffer.allocUnsafe(Math.min(BATCH_BYTES_MAX, 2 * (this.#batchUsed + length)));
        grown.set(this.#batch.subarray(0, this.#batchUsed));
        this.#batch = grown;
      }
    }
    if (!this.#batch) {
      const size = Math.max(length, Math.min(BATCH_BYTES_MAX, this.#batchLast));
      this.#batch = Buffer.allocUnsafe(size);
      process.nextTick(flushCall, this);
    }
    const at = this.#batchUsed;
    this.#batchUsed += length;
    return at;
  }
}

function flushCall(call: BidiCall): void {
  call.flush();
}

function onData(this: CarryingStream, chunk: Buffer): void {
  (this[CALL] as BidiCall).receive(chunk);
}

function onEnd(this: CarryingStream): void {
  (this[CALL] as BidiCall).receiveEnd();
}

function onDrain(this: CarryingStream): void {
  (this[CALL] as BidiCall).receiveDrain();
}

function onClose(this: CarryingStream): void {
  (this[CALL] as BidiCall).receiveClose();
}
