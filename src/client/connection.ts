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
import { AdminService } from '../gen/attune/v1/admin_pb.ts';
import { AttuneError, errorOfCall } from './attune-error.ts';
import { backoffMs, pause } from './backoff.ts';
import { MapFollower } from './map-follower.ts';
import { NodeAddresses } from './node-addresses.ts';
import type { ClientSettings } from './settings.ts';
import { type CustomerHint, type OwnerMap, ownerMapOf, shardOf } from './shard-map.ts';

const TRANSPORT = {
  // A policy comes back with all its files; requests are bounded by the service.
  'grpc.max_receive_message_length': 16 << 20,
  // Retries are ours, with the same ids; the transport's own would hide them.
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 60_000,
};
/** Between several nodes one that stands still is left when others take its customers over, three seconds after its last word. */
const TRANSPORT_OF_SEVERAL = { 'grpc.keepalive_time_ms': 2_000, 'grpc.keepalive_timeout_ms': 2_000 };
const MAP_DEADLINE_MS = 2_000;

/** How one unary call differs from the client's settings. */
export interface CallOptions {
  readonly deadlineMs?: number | undefined;
  /** False: one attempt only, because a repetition would not be the same call. */
  readonly retry?: boolean;
  /** Whom it is about: it goes to the node that has this customer, where that is known. */
  readonly target?: CustomerHint | undefined;
  /** Or the node's address itself. */
  readonly owner?: string | undefined;
}

/**
 * The connections of a client: one per address, opened when needed. A call goes to the node that has its customer, where the client
 * follows the map and that node answers, else to one of the others, and always the same one while it answers.
 */
export class Connection {
  readonly settings: ClientSettings;
  readonly #pool: NodeAddresses;
  readonly #follower: MapFollower | undefined;
  readonly #metadata = new Metadata();
  #closed = false;

  constructor(addresses: readonly string[], settings: ClientSettings) {
    if (addresses.length === 0) throw new AttuneError('INVALID_ARGUMENT', 'Give at least one address.');
    this.settings = settings;
    const secure = settings.credentials ?? credentials.createInsecure();
    const transport = settings.shardMap ? { ...TRANSPORT, ...TRANSPORT_OF_SEVERAL } : TRANSPORT;
    this.#pool = new NodeAddresses(addresses, (address) => new Client(address, secure, transport));
    if (settings.token !== '') this.#metadata.set('authorization', `Bearer ${settings.token}`);
    if (settings.shardMap) {
      this.#follower = new MapFollower({
        ask: () => this.#askMap(),
        onMap: ({ nodes }) => this.#pool.learn(nodes),
        warn: settings.warn,
      });
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Who serves whom, as far as it is known now. */
  get map(): OwnerMap | undefined {
    return this.#closed ? undefined : this.#follower?.map;
  }

  /** The address of the node that has a customer; '': not known. */
  ownerOf(target: CustomerHint | undefined): string {
    const map = target && this.map;
    const shard = map && shardOf(map, target);
    return shard === undefined ? '' : (map?.owners[shard] ?? '');
  }

  /** Where to call whom `owner` (an address, or '') should answer. `but`: an address that did not just now. */
  pick(owner: string, but = ''): string {
    return owner !== '' && owner !== but && !this.#pool.isAway(owner) ? owner : this.#pool.any(but);
  }

  /** Whether nothing was heard of a node when it was called last. */
  isAway(address: string): boolean {
    return this.#pool.isAway(address);
  }

  /** A call there ended so, or a stream: others are asked first from now on. */
  failed(address: string, { code, reason }: AttuneError): void {
    // What the service says itself has a reason.
    if (reason === '' && (code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED')) {
      this.#pool.noteAway(address);
      this.#follower?.suspect();
    }
    this.#pool.leave(address);
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
    let failedAt = '';
    for (let attempt = 1; ; attempt++) {
      const address = this.pick(options.owner ?? this.ownerOf(options.target), failedAt);
      try {
        const deadline = attemptsMax === 1 ? until : Math.min(until, Date.now() + retry.attemptMs);
        return await this.#attempt(address, path, bytes, deadline);
      } catch (error) {
        if (!(error instanceof AttuneError) || !error.retryable) throw error;
        if (error.code !== 'RESOURCE_EXHAUSTED') {
          this.failed(address, error);
          failedAt = address;
        }
        if (attempt >= attemptsMax) throw error;
        const wait = backoffMs(this.settings, attempt, error.retryAfterMs);
        if (Date.now() + wait >= until) throw error;
        await pause(wait);
      }
    }
  }

  /** Opens a stream both ways; its errors are grpc-js's, turn them with `errorOfCall`, and tell `failed` of them. */
  bidi<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
    address = this.pick(''),
  ): ClientDuplexStream<MessageInitShape<I>, MessageShape<O>> {
    return this.#client(address).makeBidiStreamRequest(
      pathOf(method),
      (message: MessageInitShape<I>) => toBuffer(method.input, message),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      this.#metadata,
    );
  }

  /** The same with requests that are encoded already. */
  bidiBytes<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
    address = this.pick(''),
  ): ClientDuplexStream<Buffer, MessageShape<O>> {
    return this.#client(address).makeBidiStreamRequest(
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
    { deadlineMs, address = this.pick('') }: { readonly deadlineMs?: number; readonly address?: string } = {},
  ): ClientReadableStream<MessageShape<O>> {
    return this.#client(address).makeServerStreamRequest(
      pathOf(method),
      (message: MessageInitShape<I>) => toBuffer(method.input, message),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      request,
      this.#metadata,
      deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs },
    );
  }

  close(): void {
    this.#closed = true;
    this.#pool.close();
  }

  #client(address: string): Client {
    if (this.#closed) throw new AttuneError('CANCELLED', 'The client is closed.');
    return this.#pool.client(address);
  }

  async #askMap(): Promise<OwnerMap | undefined> {
    const { getShardMap } = AdminService.method;
    const address = this.pick('');
    try {
      const bytes = toBuffer(getShardMap.input, {});
      const reply = await this.#attempt(address, pathOf(getShardMap), bytes, Date.now() + MAP_DEADLINE_MS);
      return ownerMapOf(fromBinary(getShardMap.output, reply));
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      if (error.retryable) this.failed(address, error);
      throw error;
    }
  }

  #attempt(address: string, path: string, bytes: Buffer, deadline: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client(address).makeUnaryRequest(
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
