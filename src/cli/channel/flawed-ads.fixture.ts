/** A channel system of an ad platform on a raw stream that does all that is right but for one flaw: our client would hide it. */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type AudienceChange, AudienceOp, type ConnectReply } from '../../gen/attune/v1/channel_pb.ts';
import { RawSystem } from './raw-system.fixture.ts';

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

const SILENT_MS = 90;
const BUSY_MS = 5;

export class FlawedAds {
  readonly #system: RawSystem;
  readonly #flaw: AdFlaw | undefined;
  /** By customer: the change that counts. */
  readonly #levels = new Map<string, AudienceChange>();
  readonly #answered = new Set<string>();
  #busyUntil = 0;

  constructor(address: string, flaw?: AdFlaw) {
    this.#flaw = flaw;
    this.#system = new RawSystem(address, {
      ...{ channel: 'ads', client: 'flawed-ads', staysAway: flaw === 'lost-connection' },
      ...(flaw === 'quiet' && { silentMs: SILENT_MS }),
      take: (reply) => this.#take(reply),
    });
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
    this.#system.close();
  }

  #take({ message }: ConnectReply): void {
    if (message.case === 'audienceChange') this.#change(message.value);
    else if (message.case === 'eraseCustomer') this.#erase(message.value.customerId);
    else if (message.case === 'deliver') {
      if (this.#flaw === 'messages') this.#system.break();
      const { dispatchId } = message.value;
      this.#system.write({
        case: 'rejected',
        value: { dispatchId, retryable: false, reason: 'no messages here' },
      });
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
      this.#system.write({ case: 'rejected', value: { dispatchId, retryable: false, reason: 'no' } });
    else this.#system.write({ case: 'accepted', value: { dispatchId } });
  }

  #erase(customerId: string): void {
    if (this.#flaw === 'forgets') return;
    this.#levels.delete(customerId);
    this.#system.write({ case: 'erased', value: { customerId } });
  }
}
