import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
} from '@grpc/grpc-js';
import { decodeFrames, encodeFrames, FRAME_EXTRA_BYTES, NODE_EXCHANGE } from '../../port/node-frames.ts';
import type { NodeQuestion } from './node-question.ts';

/** What a node shows to other nodes, and whom it believes, as PEM texts. */
export interface NodeTls {
  /** The authorities that sign nodes' certificates; undefined: those that Node trusts. */
  readonly ca: string | undefined;
  readonly cert: string;
  readonly key: string;
}

export interface NodeStreamParts {
  /** `host:port` */
  readonly address: string;
  readonly token: string;
  readonly tls: NodeTls | undefined;
  /** Largest answer, in bytes. */
  readonly answerBytesMax: number;
  /** In ms: how long it may take until the node has let the stream in; how often it is asked whether it is there, and how long that may take. */
  readonly openMsMax: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** The stream may take questions: it was let in, or has room again. */
  readonly ready: () => void;
  /** It is over, with why. `wasOpen`: it had been let in. Called once, last. */
  readonly ended: (why: string, wasOpen: boolean) => void;
}

/** Answers may be large: so much of them is on its way before the node hears that it was read. */
const WINDOW_BYTES = 1 << 20;

/**
 * The library closes no connection that has not come about: one to a node that stands still would stay for as long as that does, and each further try would
 * add one. Nor does it name its sockets, so Node tells of each when it is made, and the context tells for whom.
 */
const opening = new AsyncLocalStorage<(socket: Socket) => void>();
subscribe('net.client.socket', (message) => opening.getStore()?.((message as { socket: Socket }).socket));

/**
 * One connection and its one stream to a node, from its opening to its end; never opened again.
 *
 * I1  Nothing is written before the node has let the stream in: until then no question was heard.
 * I2  The library is given one message at a time: behind a node that does not read questions wait unsent, where they are counted and can be given up.
 * I3  A question that was written is ended once: with its answer, refused, given up by its asker, or with the stream.
 */
export class NodeStream {
  readonly #parts: NodeStreamParts;
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;
  readonly #sent = new Map<number, NodeQuestion>();
  readonly #opening: NodeJS.Timeout;
  readonly #sockets = new Set<Socket>();
  #isOpen = false;
  #isWriting = false;
  #isEnded = false;
  #isRetired = false;
  #lastTag = 0;

  /** Throws where certificates do not load. */
  constructor(parts: NodeStreamParts) {
    this.#parts = parts;
    // A channel of its own: the library shares connections between channels that look alike, and their waits.
    this.#client = new Client(`dns:${parts.address}`, credentialsOf(parts.tls), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.enable_channelz': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.keepalive_time_ms': parts.keepaliveMs,
      'grpc.keepalive_timeout_ms': parts.keepaliveTimeoutMs,
      // Beside the answer that fills it a message may hold smaller ones.
      'grpc.max_receive_message_length': parts.answerBytesMax + FRAME_EXTRA_BYTES,
      'grpc-node.flow_control_window': WINDOW_BYTES,
    });
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${parts.token}`);
    this.#stream = opening.run(
      (socket) => this.#connecting(socket),
      () => this.#client.makeBidiStreamRequest(NODE_EXCHANGE, same, same, metadata),
    );
    this.#stream
      .on('metadata', () => this.#opened())
      .on('data', (message: Buffer) => this.#received(message))
      // Behind each error comes the status.
      .on('error', () => {})
      .on('status', ({ code, details }: { code: number; details: string }) =>
        this.#end(code === 0 ? 'it ended the stream' : details),
      );
    this.#opening = setTimeout(() => this.#end(`no answer within ${parts.openMsMax} ms`), parts.openMsMax);
  }

  /** True while another message may be written. */
  get isReady(): boolean {
    return this.#isOpen && !this.#isWriting && !this.#isRetired && !this.#isEnded;
  }

  /** Sends these in one message; `isReady` is true. */
  write(questions: readonly NodeQuestion[]): void {
    const nowMs = performance.now();
    const frames = questions.map((question) => {
      this.#lastTag = (this.#lastTag + 1) >>> 0;
      const tag = this.#lastTag;
      this.#sent.set(tag, question);
      question.onEnd = () => this.#forget(tag);
      const timeoutMs = Math.max(1, Math.ceil(question.expiresAt - nowMs));
      return { tag, body: question.body, timeoutMs, refused: false };
    });
    this.#isWriting = true;
    const bytes = encodeFrames(frames);
    this.#stream.write(Buffer.from(bytes.buffer), () => {
      this.#isWriting = false;
      if (this.isReady) this.#parts.ready();
    });
  }

  /** Takes no more questions, and ends once all are answered or given up. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    if (this.#sent.size === 0) this.#end('it was retired');
  }

  /** Ends at once: what was sent is told that nothing is known. */
  close(): void {
    this.#end('it was closed');
  }

  /** Of the library. Later ones, made by whoever is told of an answer, carry the context too and are not ours. */
  #connecting(socket: Socket): void {
    if (this.#isOpen) return;
    if (this.#isEnded) return void socket.destroy();
    this.#sockets.add(socket);
  }

  #opened(): void {
    if (this.#isEnded) return;
    clearTimeout(this.#opening);
    this.#sockets.clear();
    this.#isOpen = true;
    this.#parts.ready();
  }

  #received(message: Buffer): void {
    if (this.#isEnded) return;
    const frames = decodeFrames(message);
    if (frames === undefined) return this.#end('it sent what cannot be read');
    // Answers that nobody waits for any more are none.
    for (const { tag, body, refused } of frames) this.#sent.get(tag)?.end(refused ? undefined : body);
  }

  #forget(tag: number): void {
    this.#sent.delete(tag);
    if (this.#isRetired && this.#sent.size === 0) this.#end('it was retired');
  }

  /** I3 */
  #end(why: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#opening);
    this.#stream.cancel();
    this.#client.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const question of [...this.#sent.values()]) question.end(undefined);
    this.#parts.ended(why, this.#isOpen);
  }
}

function credentialsOf(tls: NodeTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { ca, cert, key } = tls;
  return credentials.createSsl(
    ca === undefined ? null : Buffer.from(ca),
    Buffer.from(key),
    Buffer.from(cert),
  );
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
