/** Channel systems over the real client: they accept, reject and report feedback, until the service has it. */
import type { Rng } from '../../base/rng.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import type { ChannelStream, Refused } from '../../client/channel-stream.ts';
import { type Deliver, FeedbackKind, FeedbackStatus } from '../../gen/attune/v1/channel_pb.ts';
import type { Promised } from './promised.ts';

const CHANNELS = ['email', 'push'];
const REPORTS = [
  FeedbackKind.DELIVERED,
  FeedbackKind.OPENED,
  FeedbackKind.CLICKED,
  FeedbackKind.UNSUBSCRIBED,
  FeedbackKind.BOUNCED_SOFT,
];

export class CrashChannels {
  readonly #rng: Rng;
  readonly #promised: Promised;
  readonly #client: AttuneClient;
  readonly #streams: ChannelStream[];
  readonly failed: string[] = [];
  readonly #reports = new Set<Promise<void>>();
  readonly #prefix: string;
  #count = 0;
  deliveries = 0;

  /** `prefix`: of the ids of feedback, for a second run on the same data. */
  constructor(address: string, rng: Rng, promised: Promised, prefix = '') {
    this.#prefix = prefix;
    this.#rng = rng;
    this.#promised = promised;
    this.#client = connect(address, { retry: { backoffMs: 20, backoffMsMax: 200 } });
    this.#streams = CHANNELS.map((channel) => this.#serve(channel));
  }

  /** Resolves when all feedback is acknowledged. */
  async stop(): Promise<void> {
    await Promise.all(this.#reports);
    for (const stream of this.#streams) stream.close();
    this.#client.close();
  }

  #serve(channel: string): ChannelStream {
    const stream: ChannelStream = this.#client.connectChannel({
      channel,
      credits: 20,
      onDeliver: (delivery) => this.#receive(channel, stream, delivery),
      onWithdraw: () => false,
      onError: (error) => void this.failed.push(error.message),
    });
    return stream;
  }

  #receive(channel: string, stream: ChannelStream, delivery: Deliver): Refused | undefined {
    this.deliveries++;
    const chance = this.#rng.float();
    if (chance < 0.1) return { retryable: true, retryAfterMs: 50 };
    if (chance < 0.15) return { retryable: false };
    this.#promised.sent.set(delivery.dispatchId, delivery.attempt);
    if (chance < 0.85) this.#report(channel, stream, delivery);
    return undefined;
  }

  #report(channel: string, stream: ChannelStream, delivery: Deliver): void {
    const kind = REPORTS[this.#rng.intBelow(REPORTS.length)] ?? FeedbackKind.DELIVERED;
    const id = `${this.#prefix}${channel}-${++this.#count}`;
    if (kind === FeedbackKind.BOUNCED_SOFT) this.#promised.notReached.add(delivery.dispatchId);
    const tracking = delivery.treatment?.tracking ?? '';
    const report = stream
      .feedback({ id, tracking, kind, link: id })
      .then((result) => {
        const acknowledged =
          result.status === FeedbackStatus.ACCEPTED || result.status === FeedbackStatus.DUPLICATE;
        if (acknowledged) this.#promised.feedback.add(id);
        else this.failed.push(`feedback ${id}: status ${result.status}`);
      })
      .catch((fault: unknown) => void this.failed.push(`feedback ${id}: ${String(fault)}`))
      .finally(() => this.#reports.delete(report));
    this.#reports.add(report);
  }
}
