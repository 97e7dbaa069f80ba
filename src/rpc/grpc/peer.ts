import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { Debt } from './debt.ts';

/** HTTP/2's own code for a peer that costs too much; gRPC clients see RESOURCE_EXHAUSTED. */
const ENHANCE_YOUR_CALM = 0xb;
/** Of each call's header frames and flow control, what is no noise. */
const CALL_BYTES = 2_048;
/** What a stream may have sent that nobody has read: the window that the library gives it. */
const WINDOW_BYTES = 65_536;
/** A reader acknowledges what it gets: window updates of a tenth of it are generous. */
const ACKNOWLEDGED_SHARE = 10;

/** One connection, from its acceptance to its end. */
export class Peer {
  /** The other end's IP address. */
  readonly address: string;
  readonly acceptedAtMs: number;
  /** A proxy's: many callers share it, so none of their faults counts against it. */
  readonly isProxy: boolean;
  /** Its certificate is signed by the client CA; known once TLS is up. */
  hasCertificate = false;
  /** Undefined until the library has made one. */
  session: Http2Session | undefined;
  /** Calls that were let in and are open. */
  calls = 0;
  /** When a call was let in or came to its end last; 0: none was. */
  usedAtMs = 0;
  /** Somebody with a token or certificate, or anybody where neither is asked for; set by `admitted`. */
  isCaller = false;
  unreadBytes = 0;
  /** Request bytes of all calls, framing left out. */
  dataBytes = 0;
  /** Streams opened so far. */
  streams = 0;
  #socket: Socket;
  readonly #debt = new Debt(LIMITS.connectionDebtMax, INTERVALS.connectionDebtPerSecond);
  #noiseBytes = 0;
  #unreadSinceMs = 0;
  #written = 0;
  #disconnecting = false;

  constructor(socket: Socket, nowMs: number, isProxy: boolean) {
    this.#socket = socket;
    this.address = socket.remoteAddress ?? 'unknown';
    this.acceptedAtMs = nowMs;
    this.isProxy = isProxy;
  }

  /** The TLS handshake is done: from here on `socket` counts. */
  secured(socket: Socket, hasCertificate: boolean): void {
    this.#socket = socket;
    this.hasCertificate = hasCertificate;
  }

  /** Adds to what this connection owes; true when it is above the bound. Callers owe nothing for their calls. */
  charge(price: number, nowMs: number): boolean {
    return !this.isProxy && this.#debt.charge(price, nowMs);
  }

  /** Bytes that came since the last look and were neither headers of calls, data, nor answers to what was sent. */
  noise(): number {
    // Unread data cannot be told from noise: a stranger may have it in open calls, a caller in any, also in those that failed.
    const unread = WINDOW_BYTES * (this.isCaller ? this.streams : this.calls);
    const answers = this.#socket.bytesWritten / ACKNOWLEDGED_SHARE;
    const expected = this.dataBytes + this.streams * CALL_BYTES + unread + answers;
    const noise = Math.max(0, this.#socket.bytesRead - expected);
    const grown = noise - this.#noiseBytes;
    this.#noiseBytes = Math.max(noise, this.#noiseBytes);
    return Math.max(0, grown);
  }

  /** How long replies have waited without any of them leaving, in ms. */
  stalledMs(nowMs: number): number {
    const { bytesWritten } = this.#socket;
    if (this.unreadBytes === 0 || bytesWritten !== this.#written) this.#unreadSinceMs = nowMs;
    this.#written = bytesWritten;
    return nowMs - this.#unreadSinceMs;
  }

  /** True once the connection is ending. */
  get isDisconnecting(): boolean {
    return this.#disconnecting;
  }

  /** The peer has shown to be a caller: it may have as many calls at once as callers may. */
  admitted(): void {
    if (this.isCaller) return;
    this.isCaller = true;
    this.session?.settings({ maxConcurrentStreams: LIMITS.streamsPerConnectionMax });
  }

  /** Ends the connection at once. Streams that came and were not handled yet do not reach the library any more. */
  disconnect(): void {
    if (this.#disconnecting) return;
    this.#disconnecting = true;
    const { session } = this;
    if (session === undefined) return void this.#socket.destroy();
    session.removeAllListeners('stream');
    session.on('stream', (stream: ServerHttp2Stream) => stream.on('error', () => {}));
    // Not in this turn: the library answers what came in it without checking that the stream is still open.
    setImmediate(() => {
      if (session.destroyed) return;
      // Destroyed with the code it would make an error for each of its streams, which is a third of what a flood costs.
      session.goaway(ENHANCE_YOUR_CALM);
      session.destroy();
    });
  }
}
