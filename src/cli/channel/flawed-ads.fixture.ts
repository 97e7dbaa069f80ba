/** A channel system of an ad platform on a raw stream that does all that is right but for one flaw: our client would hide it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { Connection } from '../../client/connection.ts';
import { settingsOf } from '../../client/settings.ts';
import {
  type AudienceChange,
  AudienceOp,
  ChannelService,
  type ConnectReply,
  type ConnectRequestSchema,
} from '../../gen/attune/v1/channel_pb.ts';

/** Named as the rule of the kit that it breaks. */
export const AD_FLAWS = [
  'enters',
  'again',
  'overtaken',
  'leaves-unknown',
  'changes-at-once',
  'messages',
  'quiet',
  'forgets',
  'lost-connection',
  'highest-version',
] as const;
type AdFlaw = (typeof AD_FLAWS)[number];

type Up = MessageInitShape<typeof ConnectRequestSchema>;

const RECONNECT_MS = 60;
const SILENT_MS = 90;
const BUSY_MS = 5;

export class FlawedAds {
  readonly #connection: Connection;
  readonly #flaw: AdFlaw | undefined;
  /** By customer: the change that counts. */
  readonly #levels = new Map<string, AudienceChange>();
  readonly #answered = new Set<string>();
  #stream: ClientDuplexStream<Up, ConnectReply> | undefined;
  #silence: NodeJS.Timeout | undefined;
  #busyUntil = 0;
  #isClosed = false;

  constructor(address: string, flaw?: AdFlaw) {
    this.#connection = new Connection([address], settingsOf({}));
    this.#flaw = flaw;
    this.#connect();
  }

  /** The keys of who is in the audience, a line each. */
  readonly members = async (): Promise<string> =>
    [...this.#levels.values()]
      .filter(({ op, notAfter }) => {
        const end = notAfter === undefined ? 0 : timestampMs(notAfter);
        return op === AudienceOp.ADD && end > Date.now();
      })
      .flatMap(({ identifiers }) => identifiers.map(({ value }) => value))
      .join('\n');

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#silence);
    this.#stream?.end();
    this.#connection.close();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const stream = this.#connection.bidi(ChannelService.method.connect);
    this.#stream = stream;
    stream.on('data', (reply: ConnectReply) => {
      if (this.#stream === stream) this.#take(reply);
    });
    stream.on('error', () => this.#lost(stream));
    stream.on('end', () => this.#lost(stream));
    this.#write({ case: 'hello', value: { channel: 'ads', credits: 50, client: 'flawed-ads' } });
  }

  #lost(stream: ClientDuplexStream<Up, ConnectReply>): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    if (this.#flaw !== 'lost-connection') setTimeout(() => this.#connect(), RECONNECT_MS);
  }

  #take({ message }: ConnectReply): void {
    clearTimeout(this.#silence);
    if (this.#flaw === 'quiet') this.#silence = setTimeout(() => this.#stream?.cancel(), SILENT_MS);
    if (message.case === 'audienceChange') this.#change(message.value);
    else if (message.case === 'eraseCustomer') this.#erase(message.value.customerId);
    else if (message.case === 'deliver') {
      if (this.#flaw === 'messages') this.#stream?.cancel();
      const { dispatchId } = message.value;
      this.#write({ case: 'rejected', value: { dispatchId, retryable: false, reason: 'no messages here' } });
    }
  }

  #change(change: AudienceChange): void {
    const { dispatchId, customerId, version, op } = change;
    const known = this.#levels.get(customerId);
    const isOlder = known !== undefined && known.version > version;
    if (this.#flaw === 'again' && this.#answered.has(dispatchId)) return;
    if (this.#flaw === 'overtaken' && isOlder) return;
    if (this.#flaw === 'leaves-unknown' && op === AudienceOp.REMOVE && known === undefined) return;
    if (this.#flaw === 'changes-at-once' && Date.now() < this.#busyUntil) return;
    this.#busyUntil = Date.now() + BUSY_MS;
    if (!isOlder || this.#flaw === 'highest-version') this.#levels.set(customerId, change);
    this.#answered.add(dispatchId);
    if (this.#flaw === 'enters')
      this.#write({ case: 'rejected', value: { dispatchId, retryable: false, reason: 'no' } });
    else this.#write({ case: 'accepted', value: { dispatchId } });
  }

  #erase(customerId: string): void {
    if (this.#flaw === 'forgets') return;
    this.#levels.delete(customerId);
    this.#write({ case: 'erased', value: { customerId } });
  }

  #write(message: NonNullable<Up['message']>): void {
    this.#stream?.write({ message });
  }
}
