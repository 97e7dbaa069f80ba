import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** How a call ends when not with OK. */
export interface FastStatus {
  /** The gRPC status code. */
  readonly code: number;
  /** For the caller to read; sent percent-encoded. */
  readonly message: string;
  /** Further trailers: names in lower case, values of names that end in `-bin` as base64. */
  readonly trailers?: Readonly<Record<string, string>>;
}

/** The key under which a stream carries its call, so that all streams share the same listeners. */
export const CALL = Symbol('call');

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
const RESPONSE: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,deflate,gzip',
};
/** Node adds a date of its own unless told not to; gRPC has no use for it, and it changes the header table each second. */
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const TRAILERS_ONLY = { endStream: true, sendDate: false };
const OK_TRAILERS: OutgoingHttpHeaders = { 'grpc-status': '0' };

/**
 * One call, of any shape, on an HTTP/2 stream. Everything that most calls never ask for (deadline, peer, headers,
 * cancellation) is worked out when asked.
 */
export class FastCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** When the call's headers were seen, in milliseconds since the epoch. */
  readonly arrivedAt: number;
  protected readonly stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  #trailers: OutgoingHttpHeaders = OK_TRAILERS;
  #ended = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.#headers = headers;
    this.path = headers[':path'] as string;
    this.arrivedAt = Date.now();
    const carrier = stream as CarryingStream;
    carrier[CALL] = this;
    carrier.on('error', ignore);
    carrier.on('wantTrailers', sendTrailers);
  }

  /** When the caller gives up, in milliseconds since the epoch; Infinity when it never said, or said it illegibly. */
  get deadline(): number {
    const match = TIMEOUT.exec(this.header('grpc-timeout') ?? '');
    return match ? this.arrivedAt + Number(match[1]) * (UNIT_MS[match[2] as string] as number) : Infinity;
  }

  /** The address of the other end, as `host:port`, or `unknown` when the connection is gone. */
  get peer(): string {
    const socket = this.stream.session?.socket;
    return socket?.remoteAddress ? `${socket.remoteAddress}:${socket.remotePort}` : 'unknown';
  }

  /** True once the other end has reset the call or its connection is gone; what is sent then goes nowhere. */
  get cancelled(): boolean {
    return !this.#ended && (this.stream.destroyed || this.stream.closed);
  }

  /** True once the call was answered or failed by us. */
  get ended(): boolean {
    return this.#ended;
  }

  /** A request header by its lower-case name; the first when it came several times. */
  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** All request headers, as node:http2 gives them. Not to be changed. */
  get headers(): Readonly<IncomingHttpHeaders> {
    return this.#headers;
  }

  /** Runs `listener` if the other end abandons the call before we end it; at once when it already has. */
  onCancel(listener: () => void): void {
    if (this.cancelled) {
      process.nextTick(listener);
      return;
    }
    this.stream.once('close', () => {
      if (!this.#ended) listener();
    });
  }

  /** Ends the call with a status other than OK. Does nothing when it has ended already. */
  fail(status: FastStatus): void {
    const trailers: OutgoingHttpHeaders = {
      'grpc-status': String(status.code),
      'grpc-message': encodeURI(status.message.toWellFormed()),
      ...status.trailers,
    };
    if (this.#ended) return;
    this.#ended = true;
    if (this.stream.destroyed || this.stream.closed) return;
    if (this.stream.headersSent) {
      this.#trailers = trailers;
      this.stream.end();
    } else {
      this.stream.respond({ ...RESPONSE, ...trailers }, TRAILERS_ONLY);
    }
    this.stream.resume();
  }

  /** Sends the reply headers unless they were; false when the other end is gone. */
  protected respond(): boolean {
    if (this.stream.destroyed || this.stream.closed) return false;
    if (!this.stream.headersSent) this.stream.respond(RESPONSE, WITH_TRAILERS);
    return true;
  }

  /** Marks the call as answered; false when it was before. */
  protected finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    return true;
  }

  /** The trailers that the stream sends when it has sent all else. */
  get pendingTrailers(): OutgoingHttpHeaders {
    return this.#trailers;
  }
}

/** A stream that carries its call. */
export type CarryingStream = ServerHttp2Stream & { [CALL]?: FastCall };

function ignore(): void {
  // A stream's error is followed by its close, which is where a call learns of it.
}

function sendTrailers(this: CarryingStream): void {
  if (this.destroyed || this.closed) return;
  this.sendTrailers((this[CALL] as FastCall).pendingTrailers);
}
