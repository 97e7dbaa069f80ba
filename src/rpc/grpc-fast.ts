import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { type Server, status } from '@grpc/grpc-js';
import { BidiCall, type BidiRoute } from './fast-bidi.ts';
import { UnaryCall, type UnaryRoute } from './fast-unary.ts';

/**
 * Serves chosen methods of a grpc-js server straight from their HTTP/2 streams, with bytes in and bytes out: no
 * metadata object, interceptor chain, timer, promise or object stream per call, and one write per turn of the event
 * loop for a stream's replies. All other methods (health) stay with grpc-js, on the same
 * port and connections, and so do connections, TLS, keep-alive and shutdown.
 *
 * What grpc-js does and this does not: a timer that answers DEADLINE_EXCEEDED (callers keep their own; handlers ask
 * `call.deadline` and drop expired work), interceptors, and channelz counts.
 */

/** A method that is served fast. */
export type FastRoute = UnaryRoute | BidiRoute;

/** The calls with streams that are open now; on shutdown each must be ended, or the server waits for its caller. */
export interface FastServing {
  readonly open: ReadonlySet<BidiCall>;
}

type StreamHandler = (interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
/** The two methods of grpc-js 1.14 that receive every new stream, with and without channelz. */
const ENTRANCES = ['_streamHandler', '_channelzHandler'] as const;

/**
 * Puts the routes (by `/package.Service/Method`) in front of a server that is not bound yet. Throws when this
 * release of grpc-js has no entrance of that name: the dependency is pinned, and a test holds it.
 */
export function serveFast(server: Server, routes: ReadonlyMap<string, FastRoute>): FastServing {
  const open = new Set<BidiCall>();
  const patched = server as unknown as Record<(typeof ENTRANCES)[number], StreamHandler>;
  for (const entrance of ENTRANCES) {
    const stock = patched[entrance];
    if (typeof stock !== 'function') throw new Error(`This release of grpc-js has no ${entrance} to extend.`);
    patched[entrance] = function (this: Server, interceptors, stream, headers) {
      const route = routes.get(headers[':path'] as string);
      if (!route || !headers['content-type']?.startsWith('application/grpc')) {
        stock.call(this, interceptors, stream, headers);
      } else if (route.kind === 'unary') {
        new UnaryCall(stream, headers, route);
      } else {
        track(open, new BidiCall(stream, headers, route), stream);
      }
    };
  }
  return { open };
}

/** Ends all open streams, telling their callers to come back elsewhere or later. */
export function endOpen(serving: FastServing, message: string): void {
  for (const call of serving.open) call.fail({ code: status.UNAVAILABLE, message });
}

function track(open: Set<BidiCall>, call: BidiCall, stream: ServerHttp2Stream): void {
  open.add(call);
  stream.once('close', () => open.delete(call));
}
