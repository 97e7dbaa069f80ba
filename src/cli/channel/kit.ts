/** What the rules of the test kit have in common: dispatches that were delivered, and what the channel system said of them. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AudienceOp, type Feedback, FeedbackKind, type Hello } from '../../gen/attune/v1/channel_pb.ts';
import type { KitServer, KitStream } from './kit-server.ts';

export interface KitSettings {
  readonly channel: string;
  /** Who the messages of the test go to. */
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  /** How long an answer may take, in ms. */
  readonly waitMs: number;
  /** Whose changes an ads channel is told. */
  readonly audience: string;
  /** Prints who is in it; undefined: nobody knows. */
  readonly members?: () => Promise<string>;
}

/** What a channel system says to a delivery or a withdrawal. */
export interface ChannelAnswer {
  readonly kind: 'accepted' | 'rejected' | 'withdrawn';
  readonly stream: number;
  /** Of a withdrawal: it had gone out. */
  readonly isTooLate: boolean;
  /** Of a refusal: it is worth another attempt. */
  readonly isRetryable: boolean;
  readonly reason: string;
}

interface Sent {
  readonly dispatchId: string;
  readonly notAfter: number;
}

const VALID_MS = 3_600_000;

export class Kit {
  readonly server: KitServer;
  readonly settings: KitSettings;
  readonly #sent = new Map<string, Sent>();
  /** Tells the dispatches of one run from those of another: a channel system remembers what it has seen. */
  readonly run: string = Date.now().toString(36);
  #count = 0;

  constructor(server: KitServer, settings: KitSettings) {
    this.server = server;
    this.settings = settings;
  }

  get waitMs(): number {
    return this.settings.waitMs;
  }

  get dispatchIds(): readonly string[] {
    return [...this.#sent.keys()];
  }

  /** An open stream that has said hello; undefined: none came in time. */
  async stream(ms = this.waitMs): Promise<KitStream | undefined> {
    return this.server.until(() => {
      const { stream } = this.server;
      return stream !== undefined && this.helloOf(stream) !== undefined ? stream : undefined;
    }, ms);
  }

  helloOf(stream: KitStream): Hello | undefined {
    const [first] = this.server.heard.filter((one) => one.stream === stream.number);
    return first?.message.case === 'hello' ? first.message.value : undefined;
  }

  /** Delivers something new; its dispatch id. `validMs` negative: it was to be sent before now. */
  deliver(stream: KitStream, { attempt = 1, validMs = VALID_MS } = {}): string {
    const dispatchId = this.named(Date.now() + validMs);
    this.deliverAgain(stream, dispatchId, attempt);
    return dispatchId;
  }

  /** A dispatch id that was not used yet, of something that is over at `notAfter` (ms since 1970). */
  named(notAfter: number): string {
    this.#count++;
    const dispatchId = `kit-${this.run}-${this.#count}`;
    this.#sent.set(dispatchId, { dispatchId, notAfter });
    return dispatchId;
  }

  /** The same delivery once more. */
  deliverAgain(stream: KitStream, dispatchId: string, attempt: number): void {
    const { channel, identifiers } = this.settings;
    const notAfter = timestampFromMs(this.#sent.get(dispatchId)?.notAfter ?? 0);
    const content = {
      ...{ templateId: 'kit.plain', locale: 'en-GB', slots: { headline: 'A test of the channel' } },
      rendered: `This is message ${dispatchId} of a test.`,
    };
    const about = { actionId: 'kit', variantId: 'plain', channel, content, notAfter };
    const treatment = { ...about, tracking: `t-${dispatchId}` };
    const value = {
      dispatchId,
      customerId: 'kit',
      identifiers: [...identifiers],
      treatment,
      attempt,
      notAfter,
    };
    stream.send({ case: 'deliver', value });
  }

  /** Says that a customer is in an audience; a channel that keeps none refuses the change, or is silent. */
  changeAudience(stream: KitStream): void {
    const notAfter = Date.now() + VALID_MS;
    const dispatchId = this.named(notAfter);
    const { identifiers, audience } = this.settings;
    const value = {
      ...{ audience, op: AudienceOp.ADD, version: BigInt(this.#count), customerId: 'kit', dispatchId },
      ...{ identifiers: [...identifiers], notAfter: timestampFromMs(notAfter), attempt: 1 },
    };
    stream.send({ case: 'audienceChange', value });
  }

  withdraw(stream: KitStream, dispatchId: string): void {
    stream.send({ case: 'withdraw', value: { dispatchId, reason: 'PURCHASED_PRODUCT' } });
  }

  /** Answers to a dispatch, in order. */
  answersTo(dispatchId: string): ChannelAnswer[] {
    return this.server.heard.flatMap(({ stream, message }) => {
      if (message.case !== 'accepted' && message.case !== 'rejected' && message.case !== 'withdrawn')
        return [];
      if (message.value.dispatchId !== dispatchId) return [];
      return [
        {
          ...{ kind: message.case, stream },
          isTooLate: message.case === 'withdrawn' && message.value.tooLate,
          isRetryable: message.case === 'rejected' && message.value.retryable,
          reason: message.case === 'rejected' ? message.value.reason : '',
        },
      ];
    });
  }

  /** The `nth` answer to a delivery, from 1; undefined: there was none in time. */
  async answer(dispatchId: string, nth = 1): Promise<ChannelAnswer | undefined> {
    return this.server.until(() => this.answersTo(dispatchId)[nth - 1], this.waitMs);
  }

  get feedback(): readonly { readonly at: number; readonly stream: number; readonly value: Feedback }[] {
    return this.server.heard.flatMap(({ at, stream, message }) =>
      message.case === 'feedback' ? [{ at, stream, value: message.value }] : [],
    );
  }

  /** Ids of the feedback that says that a dispatch was sent: one for each time that it was. */
  effectsOf(dispatchId: string): ReadonlySet<string> {
    return new Set(
      this.feedback.flatMap(({ value }) =>
        value.kind === FeedbackKind.DELIVERED && isAbout(value, dispatchId) ? [value.id] : [],
      ),
    );
  }
}

function isAbout({ dispatchId, tracking }: Feedback, wanted: string): boolean {
  return dispatchId === wanted || tracking === `t-${wanted}`;
}
