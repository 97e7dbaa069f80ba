import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
} from '@grpc/grpc-js';
import { AttuneError, errorOfCall } from './attune-error.ts';
import { backoffMs, pause } from './backoff.ts';
import type { ClientSettings } from './settings.ts';

const TRANSPORT = {
  // A policy comes back with all its files; requests are bounded by the service.
  'grpc.max_receive_message_length': 16 << 20,
  // Retries are ours, with the same ids; the transport's own would hide them.
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 60_000,
};

/** How one unary call differs from the client's settings. */
export interface CallOptions {
  readonly deadlineMs?: number | undefined;
  /** False: one attempt only, because a repetition would not be the same call. */
  readonly retry?: boolean;
}

/**
 * The connections of a client: one per address, opened when needed. Calls go to one of them until it is unavailable, then
 * to the next; a shard-aware choice belongs here.
 */
export class Connection {
  readonly settings: ClientSettings;
  readonly #clients: Client[];
  readonly #metadata = new Metadata();
  #at = 0;
  #closed = false;

  constructor(addresses: readonly string[], settings: ClientSettings) {
    if (addresses.length === 0) throw new AttuneError('INVALID_ARGUMENT', 'Give at least one address.');
    this.settings = settings;
    const secure = settings.credentials ?? credentials.createInsecure();
    this.#clients = addresses.map((address) => new Client(address, secure, TRANSPORT));
    if (settings.token !== '') this.#metadata.set('authorization', `Bearer ${settings.token}`);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** One unary call with its retries. Throws AttuneError. */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): Promise<MessageShape<O>> {
    const bytes = toBuffer(method.input, request);
    const reply = await this.unaryBytes(pathOf(method), bytes, options);
    return fromBinary(method.output, reply);
  }

  /** The same with bytes, for a service outside of attune.v1. */
  async unaryBytes(path: string, bytes: Buffer, options: CallOptions = {}): Promise<Buffer> {
    const { retry, deadlineMs } = this.settings;
    const until = Date.now() + (options.deadlineMs ?? deadlineMs);
    const attemptsMax = options.retry === false ? 1 : retry.attemptsMax;
    for (let attempt = 1; ; attempt++) {
      try {
        const deadline = attemptsMax === 1 ? until : Math.min(until, Date.now() + retry.attemptMs);
        return await this.#attempt(path, bytes, deadline);
      } catch (error) {
        if (!(error instanceof AttuneError) || !error.retryable || attempt >= attemptsMax) throw error;
        const wait = backoffMs(this.settings, attempt, error.retryAfterMs);
        if (Date.now() + wait >= until) throw error;
        if (error.code === 'UNAVAILABLE') this.next();
        await pause(wait);
      }
    }
  }

  /** Opens a stream both ways; its errors are grpc-js's, turn them with `errorOfCall`. */
  bidi<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
  ): ClientDuplexStream<MessageInitShape<I>, MessageShape<O>> {
    return this.#client().makeBidiStreamRequest(
      pathOf(method),
      (message: MessageInitShape<I>) => toBuffer(method.input, message),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      this.#metadata,
    );
  }

  /** The same with requests that are encoded already. */
  bidiBytes<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
  ): ClientDuplexStream<Buffer, MessageShape<O>> {
    return this.#client().makeBidiStreamRequest(
      pathOf(method),
      same,
      (bytes: Buffer) => fromBinary(method.output, bytes),
      this.#metadata,
    );
  }

  /** Opens a stream of replies; `deadlineMs`: how long it may go on, without it for ever. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    deadlineMs?: number,
  ): ClientReadableStream<MessageShape<O>> {
    return this.#client().makeServerStreamRequest(
      pathOf(method),
      (message: MessageInitShape<I>) => toBuffer(method.input, message),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      request,
      this.#metadata,
      deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs },
    );
  }

  /** Turns to the next address. */
  next(): void {
    this.#at = (this.#at + 1) % this.#clients.length;
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.close();
  }

  #client(): Client {
    if (this.#closed) throw new AttuneError('CANCELLED', 'The client is closed.');
    return this.#clients[this.#at] as Client;
  }

  #attempt(path: string, bytes: Buffer, deadline: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client().makeUnaryRequest(
        path,
        same,
        same,
        bytes,
        this.#metadata,
        { deadline },
        (error, reply) => (error ? reject(errorOfCall(error)) : resolve(reply as Buffer)),
      );
    });
  }
}

/** As gRPC calls a method. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** A message as it is sent. Throws what protobuf-es throws of a message that is none. */
export function toBuffer<Desc extends DescMessage>(schema: Desc, message: MessageInitShape<Desc>): Buffer {
  const bytes = toBinary(schema, create(schema, message));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
