import { Metadata, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { BidiCall, BidiRoute, BidiSink } from '../call.ts';
import type { IncomingStream } from './incoming-stream.ts';
import { type CallContext, ServerCall } from './server-call.ts';

/**
 * A call with streams both ways, also one with a single request and a stream of replies.
 *
 * I1  At most `inFlightMax` messages are handed over and not `done`; the rest wait unread, in the end in the sender.
 * I2  Nothing is read while more than `bufferedBytesMax` of replies wait for the other end.
 * I3  `message` is never called within `message` of the same call: the library may hand over the next one inside `startRead`.
 */
export class BidiServerCall extends ServerCall implements BidiCall {
  readonly #route: BidiRoute;
  #sink: BidiSink | undefined;
  #inFlight = 0;
  #wanted = false;
  #reading = false;
  #halfClosed = false;
  #full = false;

  constructor(
    rpc: ServerInterceptingCallInterface,
    incoming: IncomingStream,
    context: CallContext,
    route: BidiRoute,
  ) {
    super(rpc, incoming, context, route);
    this.#route = route;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  write(message: Uint8Array): boolean {
    if (this.ended) return false;
    this.send(message);
    if (this.bufferedBytes > this.#route.bufferedBytesMax) this.#full = true;
    return !this.#full;
  }

  reserve(count: number): void {
    this.#inFlight += count;
  }

  done(count = 1): void {
    this.#inFlight -= count;
    this.#read();
  }

  end(): void {
    if (!this.ended) this.endOk();
  }

  protected opened(): void {
    this.#sink = this.#route.open(this);
    if (this.ended) return;
    // Callers may wait for the headers before they send anything.
    this.rpc.sendMetadata(new Metadata());
    this.#read();
  }

  protected received(message: Buffer): void {
    this.#wanted = false;
    this.#inFlight++;
    this.#sink?.message(message);
    this.#read();
  }

  protected halfClosed(): void {
    this.#halfClosed = true;
    this.#sink?.halfClosed();
  }

  protected closed(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed();
  }

  protected override sent(): void {
    if (this.#full && this.bufferedBytes === 0) {
      this.#full = false;
      if (!this.ended) this.guarded(() => this.#sink?.drained?.());
    }
    this.#read();
  }

  /** I1, I2, I3. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#mayRead()) {
      this.#wanted = true;
      this.rpc.startRead();
      // Nothing was at hand: the library calls when something comes.
      if (this.#wanted) break;
    }
    this.#reading = false;
  }

  #mayRead(): boolean {
    const { inFlightMax, bufferedBytesMax } = this.#route;
    if (this.ended || this.#wanted || this.#halfClosed) return false;
    return this.#inFlight < inFlightMax && this.bufferedBytes <= bufferedBytesMax;
  }
}
