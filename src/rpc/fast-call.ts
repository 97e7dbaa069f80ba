import type { CallStream } from './http2/call-stream.ts';
import { headerBlock } from './http2/header-block.ts';

/** How a call ends when not with OK. */
export interface FastStatus {
  /** The gRPC status code. */
  readonly code: number;
  /** For the caller to read; sent percent-encoded. */
  readonly message: string;
  /** Further trailers: names in lower case, values of names that end in `-bin` as base64. */
  readonly trailers?: Readonly<Record<string, string>>;
}

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
const RESPONSE: Readonly<Record<string, string>> = {
  ':status': '200',
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,deflate,gzip',
};
const RESPONSE_BLOCK = headerBlock(RESPONSE);
const OK_TRAILERS = headerBlock({ 'grpc-status': '0' });

/**
 * One call, of any shape, on an HTTP/2 stream. Everything that most calls never ask for (deadline, peer, headers,
 * cancellation) is worked out when asked.
 */
export class FastCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** When the call's headers were seen, in milliseconds since the epoch. */
  readonly arrivedAt: number;
  protected readonly stream: CallStream;
  #ended = false;
  #onCancel: (() => void)[] | undefined;

  constructor(stream: CallStream) {
    this.stream = stream;
    this.path = stream.headers.get(':path') as string;
    this.arrivedAt = Date.now();
  }

  /** When the caller gives up, in milliseconds since the epoch; Infinity when it never said, or said it illegibly. */
  get deadline(): number {
    const timeout = this.header('grpc-timeout');
    const match = timeout === undefined ? null : TIMEOUT.exec(timeout);
    return match ? this.arrivedAt + Number(match[1]) * (UNIT_MS[match[2] as string] as number) : Infinity;
  }

  /** The address of the other end, as `host:port`, or `unknown` when the connection is gone. */
  get peer(): string {
    return this.stream.peer;
  }

  /** True once the other end has reset the call or its connection is gone; what is sent then goes nowhere. */
  get cancelled(): boolean {
    return !this.#ended && this.stream.closed;
  }

  /** True once the call was answered or failed by us. */
  get ended(): boolean {
    return this.#ended;
  }

  /** A request header by its lower-case name; joined with `, ` when it came several times. */
  header(name: string): string | undefined {
    return this.stream.headers.get(name);
  }

  /** Runs `listener` if the other end abandons the call before we end it; at once when it already has. */
  onCancel(listener: () => void): void {
    if (this.cancelled) {
      process.nextTick(listener);
      return;
    }
    this.#onCancel ??= [];
    this.#onCancel.push(listener);
  }

  /** Ends the call with a status other than OK. Does nothing when it has ended already. */
  fail(status: FastStatus): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.stream.closed) return;
    endStream(this.stream, status);
  }

  /** Sends the reply headers unless they were; false when the other end is gone. */
  protected respond(): boolean {
    if (this.stream.closed) return false;
    if (!this.stream.headersSent) this.stream.respond(RESPONSE_BLOCK);
    return true;
  }

  /** Ends the stream with OK, after what was sent. */
  protected endOk(): void {
    this.stream.end(OK_TRAILERS);
  }

  /** Marks the call as answered; false when it was before. */
  protected finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    return true;
  }

  /** For subclasses, when the stream is over: tells who waits for a cancellation, unless we ended the call. */
  protected abandoned(): void {
    const listeners = this.#onCancel;
    this.#onCancel = undefined;
    if (this.#ended || listeners === undefined) return;
    for (const listener of listeners) listener();
  }
}

/** Ends a stream with a status other than OK. */
export function endStream(stream: CallStream, { code, message, trailers }: FastStatus): void {
  const status = {
    'grpc-status': String(code),
    'grpc-message': encodeURI(message.toWellFormed()),
    ...trailers,
  };
  stream.end(headerBlock(stream.headersSent ? status : { ...RESPONSE, ...status }));
}
