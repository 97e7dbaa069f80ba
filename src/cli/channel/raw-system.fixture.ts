/** A channel system on a raw stream, whose client hides nothing of what it is told or says: the connection that such systems share. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { Connection } from '../../client/connection.ts';
import { settingsOf } from '../../client/settings.ts';
import {
  ChannelService,
  type ConnectReply,
  type ConnectRequestSchema,
} from '../../gen/attune/v1/channel_pb.ts';

type Up = MessageInitShape<typeof ConnectRequestSchema>;
export type UpMessage = NonNullable<Up['message']>;

const RECONNECT_MS = 60;
const CREDITS = 50;

/** What makes one channel system of it. */
export interface RawManner {
  readonly channel: string;
  readonly client: string;
  /** How long nothing may come before it cuts its stream; absent: for ever. */
  readonly silentMs?: number;
  /** It does not connect again when its stream ends. */
  readonly staysAway: boolean;
  take(reply: ConnectReply): void;
  /** It is connected, again too. */
  connected?(): void;
  lost?(): void;
}

export class RawSystem {
  readonly #connection: Connection;
  readonly #manner: RawManner;
  #stream: ClientDuplexStream<Up, ConnectReply> | undefined;
  #silence: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(address: string, manner: RawManner) {
    this.#connection = new Connection([address], settingsOf({}));
    this.#manner = manner;
    this.#connect();
  }

  write(message: UpMessage): void {
    this.#stream?.write({ message });
  }

  /** As a process that died of what it did not expect. */
  break(): void {
    this.#stream?.cancel();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#silence);
    this.#stream?.end();
    this.#connection.close();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const { channel, client } = this.#manner;
    const stream = this.#connection.bidi(ChannelService.method.connect);
    this.#stream = stream;
    stream.on('data', (reply: ConnectReply) => {
      if (this.#stream === stream) this.#take(reply);
    });
    stream.on('error', () => this.#lost(stream));
    stream.on('end', () => this.#lost(stream));
    this.write({ case: 'hello', value: { channel, credits: CREDITS, client } });
    this.#manner.connected?.();
  }

  #lost(stream: ClientDuplexStream<Up, ConnectReply>): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#manner.lost?.();
    if (!this.#manner.staysAway) setTimeout(() => this.#connect(), RECONNECT_MS);
  }

  #take(reply: ConnectReply): void {
    const { silentMs } = this.#manner;
    clearTimeout(this.#silence);
    if (silentMs !== undefined) this.#silence = setTimeout(() => this.break(), silentMs);
    this.#manner.take(reply);
  }
}
