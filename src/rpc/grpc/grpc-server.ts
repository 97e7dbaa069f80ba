/**
 * The gRPC library's server behind our own listener: connections are bounded before they reach it, calls before anything of
 * their messages is read. Its public ways in are used: connection injector, interceptor, and Node's diagnostics channel,
 * the only one that names a connection's HTTP/2 session.
 *
 * I1  A call's stream is known when its interceptor runs: our listener on the session runs first, in the same turn.
 * I2  What the library would answer unguarded (no gRPC, no such method) never reaches that code: a stream that was reset in
 *     the turn in which it came would throw there and end the process.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import {
  type ConnectionInjector,
  Server,
  ServerCredentials,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
} from '@grpc/grpc-js';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { CallRoute, CallStatus } from '../call.ts';
import { Admission, type AdmissionRules, NO_ROUTE } from './admission.ts';
import { BidiServerCall } from './bidi-server-call.ts';
import { CallLedger, type OpenCall } from './call-ledger.ts';
import { type ConnectionBounds, Connections, PRICES } from './connections.ts';
import { IncomingStream } from './incoming-stream.ts';
import { Listener, type TlsFiles } from './listener.ts';
import type { Peer } from './peer.ts';
import type { CallContext } from './server-call.ts';
import { UnaryServerCall } from './unary-server-call.ts';

export interface GrpcServerParts {
  /** By path. */
  readonly routes: ReadonlyMap<string, CallRoute>;
  readonly rules: AdmissionRules;
  readonly bounds: ConnectionBounds;
  readonly tls: TlsFiles | undefined;
  /** Milliseconds of a clock that never runs backwards; default: this machine's. */
  readonly now?: () => number;
}

export interface ServerLoad {
  readonly connections: number;
  /** Calls that were let in and are not over. */
  readonly calls: number;
  /** Request bytes that are no whole message yet. */
  readonly readingBytes: number;
  /** Reply bytes that nobody has read. */
  readonly unreadBytes: number;
}

const STREAM_CREATED = 'http2.server.stream.created';
/** The path that calls of methods that do not exist get; no caller's path begins with anything but a slash. */
const NO_METHOD = 'attune.none';
const MESSAGE_LENGTH_HEAD = 5;
const TIMEOUT = /^(\d{1,8})([HMS])$/;
const TIMEOUT_SECONDS = { H: 3_600, M: 60, S: 1 } as const;
/** The library's timer counts milliseconds in 31 bits: a longer timeout would pass at once. */
const TIMEOUT_SECONDS_MAX = 2_147_483;

export class GrpcServer {
  readonly #routes: ReadonlyMap<string, CallRoute>;
  readonly #connections: Connections;
  readonly #context: CallContext;
  readonly #listener: Listener;
  readonly #server: Server;
  readonly #injector: ConnectionInjector;
  readonly #sweep: NodeJS.Timeout;
  readonly #peers = new WeakMap<Http2Session, Peer>();
  /** Injected, and without a session until its first stream comes. */
  readonly #sockets = new Map<string, Peer>();
  /** I1. */
  #nextIncoming: IncomingStream | undefined;

  #onLastClosed: () => void = () => {};

  constructor({ routes, rules, bounds, tls, now = () => performance.now() }: GrpcServerParts) {
    this.#routes = routes;
    this.#connections = new Connections(bounds, now);
    const ledger = new CallLedger(now);
    this.#context = { ledger, admission: new Admission(rules, this.#connections, ledger) };
    this.#server = new Server({
      interceptors: [(_method, rpc) => this.#intercept(rpc)],
      // Where everybody is trusted there are no strangers; elsewhere a connection's bound rises once its caller is known.
      'grpc.max_concurrent_streams':
        rules.tokens === undefined && !rules.certificates
          ? LIMITS.streamsPerConnectionMax
          : LIMITS.strangerStreamsPerConnectionMax,
      'grpc-node.max_session_memory': LIMITS.sessionMebibytesMax,
      'grpc.enable_channelz': 0,
      'grpc.max_connection_idle_ms': INTERVALS.connectionIdleMs,
      'grpc.max_connection_age_ms': INTERVALS.connectionAgeMs,
      'grpc.max_connection_age_grace_ms': INTERVALS.connectionAgeGraceMs,
      'grpc.keepalive_time_ms': INTERVALS.keepaliveMs,
      'grpc.keepalive_timeout_ms': INTERVALS.keepaliveTimeoutMs,
      'grpc.max_receive_message_length': largestMessage(routes),
      'grpc.max_send_message_length': -1,
    });
    for (const path of [...routes.keys(), NO_METHOD]) {
      // The interceptor gets every call before the library's handler would.
      this.#server.register(path, () => {}, toBuffer, same, 'bidi');
    }
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#listener = new Listener(this.#connections, tls, (socket, peer) => this.#inject(socket, peer));
    this.#sweep = setInterval(() => this.#inspect(), INTERVALS.sweepMs).unref();
    subscribe(STREAM_CREATED, this.#onStreamCreated);
  }

  /** The calls that are open now. */
  get open(): ReadonlySet<OpenCall> {
    return this.#context.ledger.open;
  }

  /** What is held now, for metrics. */
  get load(): ServerLoad {
    const { open, readingBytes, unreadBytes } = this.#context.ledger;
    return { connections: this.#connections.size, calls: open.size, readingBytes, unreadBytes };
  }

  /** Binds; resolves with the port. Rejects with the system's error. */
  listen(host: string, port: number): Promise<number> {
    return this.#listener.listen(host, port);
  }

  /** Uses these certificates for new connections. Throws when they do not load; the old ones stay in use. */
  renewTls(tls: TlsFiles): void {
    this.#listener.renew(tls);
  }

  /**
   * Accepts no new connections, tells the open ones to make no new calls; resolves when the last has closed, with all that was
   * still to be sent: for the library a session is closed before its last bytes have left.
   */
  drain(): Promise<void> {
    this.#listener.close();
    return new Promise((resolve) =>
      this.#server.tryShutdown(() => {
        if (this.#sockets.size === 0) resolve();
        else this.#onLastClosed = resolve;
      }),
    );
  }

  /** Ends all open calls. */
  endOpen(why: CallStatus): void {
    for (const call of [...this.#context.ledger.open]) call.fail(why);
  }

  /** Closes at once. */
  close(): void {
    clearInterval(this.#sweep);
    unsubscribe(STREAM_CREATED, this.#onStreamCreated);
    this.#listener.close();
    this.#server.forceShutdown();
    this.#connections.destroy();
  }

  #inject(socket: Socket, peer: Peer): void {
    const key = socketKey(socket);
    this.#sockets.set(key, peer);
    socket.once('close', () => {
      this.#sockets.delete(key);
      if (this.#sockets.size === 0) this.#onLastClosed();
    });
    this.#injector.injectConnection(socket);
  }

  /** Of any HTTP/2 server of this process. The session is met at its first stream, before the library hears of that. */
  readonly #onStreamCreated = (message: unknown): void => {
    const { session } = (message as { stream: ServerHttp2Stream }).stream;
    if (session === undefined || this.#peers.has(session)) return;
    const peer = this.#sockets.get(socketKey(session.socket as Socket));
    if (peer === undefined || peer.session !== undefined) return;
    this.#peers.set(session, peer);
    peer.session = session;
    session.prependListener('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) =>
      this.#onStream(stream, headers, peer),
    );
  };

  /** I1, I2. */
  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer): void {
    const incoming = new IncomingStream(stream, headers, peer, this.#context.ledger);
    this.#nextIncoming = incoming;
    peer.streams++;
    stream.on('data', (chunk: Buffer) => incoming.onData(chunk));
    // A caller's own resets cost them nothing.
    if (!peer.isCaller) stream.once('close', () => this.#onStreamClosed(stream, incoming));
    if (!headers['content-type']?.startsWith('application/grpc')) {
      this.#nextIncoming = undefined;
      if (!stream.destroyed && !stream.closed) stream.respond({ ':status': 415 }, { endStream: true });
      this.#connections.charge(peer, peer.isCaller ? 0 : PRICES.refused);
      headers['content-type'] = 'application/grpc';
    }
    if (!this.#routes.has(incoming.path) || this.#nextIncoming === undefined) headers[':path'] = NO_METHOD;
    clampTimeout(headers);
  }

  #intercept(rpc: ServerInterceptingCallInterface): ServerInterceptingCall {
    const incoming = this.#nextIncoming;
    this.#nextIncoming = undefined;
    if (incoming === undefined) return ANSWERED_CALL;
    const route = this.#routes.get(incoming.path) ?? NO_ROUTE;
    const call =
      route.kind === 'unary'
        ? new UnaryServerCall(rpc, incoming, this.#context, route)
        : new BidiServerCall(rpc, incoming, this.#context, route);
    // The library asks nothing of an intercepting call but that it starts; its own class would be two more objects a call.
    return call as unknown as ServerInterceptingCall;
  }

  #onStreamClosed(stream: ServerHttp2Stream, incoming: IncomingStream): void {
    if (stream.rstCode !== 0 && !incoming.peer.isCaller)
      this.#connections.charge(incoming.peer, PRICES.reset);
  }

  #inspect(): void {
    const nowMs = this.#context.ledger.now();
    for (const call of this.#context.ledger.open) call.endIfOverdue(nowMs);
    this.#context.ledger.unpackWaiting();
    this.#connections.sweep(this.#context.ledger.unreadBytes);
  }
}

/** The call of a stream that was answered without the library. */
const ANSWERED_CALL = { start: () => {} } as unknown as ServerInterceptingCall;

function largestMessage(routes: ReadonlyMap<string, CallRoute>): number {
  return (
    Math.max(...[...routes.values()].map(({ messageBytesMax }) => messageBytesMax)) + MESSAGE_LENGTH_HEAD
  );
}

function clampTimeout(headers: IncomingHttpHeaders): void {
  const timeout = headers['grpc-timeout'];
  const match = typeof timeout === 'string' ? TIMEOUT.exec(timeout) : null;
  if (match === null) return;
  const seconds = Number(match[1]) * TIMEOUT_SECONDS[match[2] as keyof typeof TIMEOUT_SECONDS];
  if (seconds > TIMEOUT_SECONDS_MAX) headers['grpc-timeout'] = `${TIMEOUT_SECONDS_MAX}S`;
}

function socketKey({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}

/** The library copies with a method that only buffers have. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
