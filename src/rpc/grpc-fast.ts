import { status } from '@grpc/grpc-js';
import { BidiCall, type BidiRoute } from './fast-bidi.ts';
import { endStream } from './fast-call.ts';
import { UnaryCall, type UnaryRoute } from './fast-unary.ts';
import type { CallStream } from './http2/call-stream.ts';
import { headerBlock } from './http2/header-block.ts';
import type { Held } from './message-reader.ts';

/**
 * Makes calls of the streams of HTTP/2 connections, with bytes in and bytes out: no metadata object, interceptor chain,
 * timer, promise or object stream per call. There is no timer that answers DEADLINE_EXCEEDED either: callers keep their
 * own, handlers ask `call.deadline` and drop expired work.
 */

export type FastRoute = UnaryRoute | BidiRoute;

const NO_GRPC = headerBlock({ ':status': '415' });
const NO_METHOD = { code: status.UNIMPLEMENTED, message: 'This server has no such method.' };

/** The calls of a server, by the routes that serve them (`/package.Service/Method`). */
export class FastCalls {
  /** What unfinished messages of all calls hold now. */
  readonly held: Held = { bytes: 0 };
  readonly #routes: ReadonlyMap<string, FastRoute>;
  readonly #others: FastCalls | undefined;
  readonly #open = new Set<BidiCall>();

  /** `others` serve the calls that have no route here. */
  constructor(routes: ReadonlyMap<string, FastRoute>, others?: FastCalls) {
    this.#routes = routes;
    this.#others = others;
  }

  /** The calls with streams that are open now. */
  get open(): ReadonlySet<BidiCall> {
    return this.#open;
  }

  /** Serves a new stream. */
  serve(stream: CallStream): void {
    const { headers } = stream;
    if (!headers.get('content-type')?.startsWith('application/grpc')) return stream.end(NO_GRPC);
    const route = this.#routes.get(headers.get(':path') as string);
    if (route === undefined) {
      if (this.#others === undefined) endStream(stream, NO_METHOD);
      else this.#others.serve(stream);
    } else if (route.kind === 'unary') new UnaryCall(stream, route, this.held);
    else new BidiCall(stream, route, this.#open, this.held);
  }

  /** Ends all open streams, or the server waits for its callers: they are told to come back elsewhere or later. */
  endOpen(message: string): void {
    for (const call of this.#open) call.fail({ code: status.UNAVAILABLE, message });
  }
}
