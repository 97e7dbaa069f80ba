/** A gRPC server of two echoing methods for tests of connections and peers, with a clock that a test moves on. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { BearerTokens } from '../bearer.ts';
import type { BidiRoute, UnaryRoute } from '../call.ts';
import { GrpcServer, type GrpcServerParts } from './grpc-server.ts';

export const ECHO = '/test.Service/Echo';
export const STREAM = '/test.Service/Stream';
export const HEALTH = '/test.Service/Health';
export const WATCH = '/test.Service/Watch';
/** Answers with a MiB. */
export const LARGE = '/test.Service/Large';
export const TOKEN = { authorization: 'Bearer first' };

export interface ScratchServer {
  readonly server: GrpcServer;
  readonly port: number;
  /** Moves the server's clock on; it stands still otherwise. */
  later(ms: number): void;
  /** From 127.0.0.`from`. */
  session(from?: number): ClientHttp2Session;
  tcp(from?: number): Promise<Socket>;
  close(): void;
}

const shared = { messageBytesMax: 1 << 22, failed: () => {} };
const unary = (reply: (message: Buffer) => Buffer, change: Partial<UnaryRoute> = {}): UnaryRoute => ({
  ...shared,
  ...change,
  kind: 'unary',
  handler: (call, message) => call.reply(reply(message)),
});
const bidi = (change: Partial<BidiRoute> = {}): BidiRoute => ({
  ...shared,
  inFlightMax: 16,
  bufferedBytesMax: 1 << 16,
  ...change,
  kind: 'bidi',
  open: (call) => ({
    message: (message) => {
      call.write(message);
      call.done();
    },
    halfClosed: () => call.end(),
    closed: () => {},
  }),
});

/** Starts it on a free port of every loopback address. Default: callers need TOKEN, 100 connections. */
export async function startGrpc(parts: Partial<GrpcServerParts> = {}): Promise<ScratchServer> {
  let nowMs = 1;
  const server = new GrpcServer({
    routes: new Map<string, UnaryRoute | BidiRoute>([
      [ECHO, unary((message) => message)],
      [LARGE, unary(() => Buffer.alloc(1 << 20))],
      [STREAM, bidi()],
      [HEALTH, unary((message) => message, { openToStrangers: true, messageBytesMax: 1_024 })],
      [WATCH, bidi({ openToStrangers: true })],
    ]),
    rules: { tokens: new BearerTokens(['first']), certificates: false },
    bounds: { connectionsMax: 100, proxies: new Set() },
    tls: undefined,
    now: () => nowMs,
    ...parts,
  });
  const port = await server.listen('0.0.0.0', 0);
  const ends: (() => void)[] = [];
  const tcp = (from = 1): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connectTcp({ port, host: '127.0.0.1', localAddress: `127.0.0.${from}` });
      ends.push(() => socket.destroy());
      socket.on('error', () => {}).once('connect', () => resolve(socket));
    });
  return {
    server,
    port,
    later: (ms) => {
      nowMs += ms;
    },
    session: (from = 1) => {
      const session = connect(`http://127.0.0.1:${port}`, {
        createConnection: () => connectTcp({ port, host: '127.0.0.1', localAddress: `127.0.0.${from}` }),
      });
      ends.push(() => session.destroy());
      return session.on('error', () => {});
    },
    tcp,
    close: () => {
      for (const end of ends) end();
      server.close();
    },
  };
}

/** A call's stream, open for sending. Errors are left to who looks. */
export function call(session: ClientHttp2Session, path: string, headers: object = TOKEN): ClientHttp2Stream {
  const stream = session.request(
    {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    },
    { endStream: false },
  );
  return stream.on('error', () => {});
}

/** A message as it stands on the wire. `flag` 1: compressed. */
export function framed(message: Buffer, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The gRPC status that a call ends with, or the code of its reset: `rst 11`. */
export function ended(stream: ClientHttp2Stream): Promise<number | string> {
  return new Promise((resolve) => {
    const told = (headers: Record<string, unknown>): void => {
      if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
    };
    stream.on('response', told).on('trailers', told);
    stream.on('close', () => resolve(`rst ${stream.rstCode}`));
    stream.resume();
  });
}

/** One whole unary call: its status. */
export function ask(
  session: ClientHttp2Session,
  path: string,
  headers: object = TOKEN,
): Promise<number | string> {
  const stream = call(session, path, headers);
  const end = ended(stream);
  stream.end(framed(Buffer.from('x')));
  return end;
}

/** Resolves when a connection is over, whoever ended it and however. */
export function over(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    if (session.destroyed) resolve();
    else session.once('close', () => resolve());
  });
}

/** Resolves when the other end has closed a socket. */
export function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.resume().once('close', () => resolve()));
}
