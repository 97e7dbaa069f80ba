import { status } from '@grpc/grpc-js';
import { FastCall } from './fast-call.ts';
import { faultStatus } from './fast-status.ts';
import type { CallStream, StreamListener } from './http2/call-stream.ts';
import { type Held, MessageReader } from './message-reader.ts';

/**
 * A call with streams both ways (also one with a single request and a stream of replies: it just sends one message).
 *
 * Owned here: what was read and not yet handed over. Replies go to the connection, where those of one turn of the event
 * loop leave together in one write.
 *
 * I1  At most `inFlightMax` messages are handed over and not `done`; the rest wait unread, in the end in the sender.
 * I2  Nothing is read while more than `bufferedBytesMax` of replies wait for the other end.
 * I3  `message` is never called inside `write`, `done` or `end` of the same call made within `message` (no recursion).
 * I4  `closed` is called exactly once, last.
 */

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

export class BidiCall extends FastCall implements StreamListener {
  readonly #route: BidiRoute;
  readonly #reader: MessageReader;
  readonly #open: Set<BidiCall>;
  #sink: BidiSink | undefined;
  #inFlight = 0;
  #pumping = false;
  #paused = false;
  #halfClosed = false;
  #full = false;

  /** `open`: it stands there until its stream is over. */
  constructor(stream: CallStream, route: BidiRoute, open: Set<BidiCall>, held: Held) {
    super(stream);
    this.#route = route;
    this.#open = open;
    this.#reader = new MessageReader(route.messageBytesMax, this.header('grpc-encoding') ?? 'identity', held);
    stream.listen(this);
    open.add(this);
    try {
      this.#sink = route.open(this);
    } catch (error) {
      this.#broken(error);
    }
    if (!this.ended) this.respond();
  }

  /** Messages handed over and not done. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Reply bytes that the other end has not taken yet. */
  get bufferedBytes(): number {
    return this.stream.waitingBytes;
  }

  /**
   * Sends a message; it is copied. Answers false when more than `bufferedBytesMax` wait for the other end: who is not
   * answering a request should stop until `drained`. Does nothing when the call is over.
   */
  write(message: Uint8Array): boolean {
    if (this.ended || !this.respond()) return false;
    this.stream.send(message);
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
    if (this.finish() && this.respond()) this.endOk();
  }

  received(chunk: Buffer): void {
    if (this.ended) return;
    this.#reader.push(chunk);
    if (!this.#paused) this.#pump();
  }

  receivedAll(): void {
    this.#halfClosed = true;
    if (!this.#paused) this.#pump();
  }

  drained(): void {
    // I3: what waited may have left while the sink was writing.
    if (this.#full || this.#paused) process.nextTick(goOn, this);
  }

  /** After `drained`. */
  goOn(): void {
    if (this.#full && this.bufferedBytes === 0) {
      this.#full = false;
      if (!this.ended) this.#guard(() => this.#sink?.drained?.());
    }
    if (this.#paused && !this.#pumping) this.#pump();
  }

  closed(): void {
    this.#open.delete(this);
    this.#reader.close();
    // I4: the stream may have ended within a call of the sink's.
    process.nextTick(tellClosed, this);
    this.abandoned();
  }

  /** After `closed`. */
  tellClosed(): void {
    const cancelled = this.finish();
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
}

function goOn(call: BidiCall): void {
  call.goOn();
}

function tellClosed(call: BidiCall): void {
  call.tellClosed();
}
