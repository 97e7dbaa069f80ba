/**
 * What a method sees of a call: the port between the methods of this room (bytes in, bytes out) and the gRPC library behind
 * it (`grpc/`). A unary method is a `UnaryRoute`; methods with a stream either way are a `BidiRoute`: one that takes a
 * single request reads one message, one that gives a single reply writes one.
 */

import type { BearerTokens } from './bearer.ts';

/** How a call ends when it does not end well. */
export interface CallStatus {
  /** A gRPC status code other than OK. */
  readonly code: number;
  /** A sentence for the caller. */
  readonly message: string;
  /** An encoded google.rpc.Status; absent: none. */
  readonly details?: Buffer;
}

export interface Call {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** When the caller gives up, in milliseconds since the epoch by this machine's clock; Infinity when it never said. */
  readonly deadline: number;
  /** True once the call was answered, failed or abandoned; what is sent after that is dropped. */
  readonly ended: boolean;
  /** Ends the call with a status other than OK. Does nothing when it has ended already. */
  fail(status: CallStatus): void;
}

export interface UnaryCall extends Call {
  /** Answers with OK and a copy of this message. Does nothing when the call has ended. */
  reply(message: Uint8Array): void;
}

export interface BidiCall extends Call {
  /** Messages handed to the sink for which `done` was not called yet. */
  readonly inFlight: number;
  /** Reply bytes that have not left yet. */
  readonly bufferedBytes: number;
  /**
   * Sends a copy of a message. Answers false when more than `bufferedBytesMax` wait for the other end: send
   * nothing but replies to requests then, until `drained`. Does nothing when the call has ended.
   */
  write(message: Uint8Array): boolean;
  /** Counts `count` more messages as in flight: for a message that holds several requests. */
  reserve(count: number): void;
  /** Ends `count` messages in flight, so that as many more are read. */
  done(count?: number): void;
  /** Ends the call with OK, after what was written. */
  end(): void;
}

/** What a call with streams does with what comes. */
export interface BidiSink {
  /** One message came; call `call.done()` once it is answered. */
  message(message: Buffer): void;
  /** The other end sends no more. Usually: `call.end()` once all replies are written. */
  halfClosed(): void;
  /** The call is over: ended by us and read to its end, or abandoned by the other end. Called once, last. */
  closed(): void;
  /** There is room again after `write` had answered false. */
  drained?(): void;
}

interface RouteBase {
  /** The largest request message in bytes; a larger one is answered RESOURCE_EXHAUSTED. */
  readonly messageBytesMax: number;
  /** True: callers without a token or certificate are served too, within the bounds for strangers. */
  readonly openToStrangers?: boolean;
  /** Whose tokens are asked for in place of the server's, also where that asks for none. Default: the server's. */
  readonly callers?: BearerTokens;
  /** Called with what a handler threw; the caller learns only that something went wrong. */
  readonly failed: (error: unknown) => void;
}

export interface UnaryRoute extends RouteBase {
  readonly kind: 'unary';
  /** Answers the call: `call.reply` or `call.fail`, now or later, exactly once. */
  readonly handler: (call: UnaryCall, message: Buffer) => void;
}

export interface BidiRoute extends RouteBase {
  readonly kind: 'bidi';
  /** Called with each new call; it may write or fail at once. A throw ends the call as INTERNAL. */
  readonly open: (call: BidiCall) => BidiSink;
  /** Messages in flight; further ones stay unread, so that in the end the sender waits. */
  readonly inFlightMax: number;
  /** Nothing is read while more than this of replies waits for the other end. */
  readonly bufferedBytesMax: number;
}

export type CallRoute = UnaryRoute | BidiRoute;
