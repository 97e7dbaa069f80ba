/**
 * Channel systems over the real client: they accept, reject and report feedback, until the service has it; one keeps audiences; all forget whom they
 * are told to forget, some of them not at once.
 */

import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Rng } from '../../base/rng.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import type { ChannelStream, Refused } from '../../client/channel-stream.ts';
import {
  type AudienceChange,
  AudienceOp,
  type Deliver,
  FeedbackKind,
  FeedbackStatus,
} from '../../gen/attune/v1/channel_pb.ts';
import type { Promised } from './promised.ts';

const CHANNELS = ['email', 'push', 'ads'];
/** A push that was under way when an erasure was acknowledged has arrived by then, ms. */
const UNDER_WAY_MS = 2_000;
const TOKENS_MAX = 200;
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
  readonly #clients: readonly AttuneClient[];
  readonly #streams: ChannelStream[];
  readonly failed: string[] = [];
  readonly #reports = new Set<Promise<void>>();
  readonly #prefix: string;
  #count = 0;
  deliveries = 0;
  audienceChanges = 0;
  /** Customers that each channel's system has forgotten. */
  readonly forgot = new Map<string, Set<string>>();
  /** What no channel system should have been handed. */
  readonly broken: string[] = [];
  /** Of a version, the change that had it. */
  readonly #versions = new Map<string, string>();
  readonly #channelOf = new Map<string, string>();
  /** Whom a system did not forget when it was asked first. */
  readonly #asked = new Set<string>();
  /** While it is set, who is to be forgotten is asked for twice. */
  isForgetful = true;

  /** A system of each channel: connected to one of the addresses, and to the next one where that is away. `prefix`: of the ids of feedback, for a second run on the same data. */
  constructor(addresses: readonly string[], rng: Rng, promised: Promised, prefix = '') {
    this.#prefix = prefix;
    this.#rng = rng;
    this.#promised = promised;
    this.#clients = CHANNELS.map((_, n) => {
      const first = n % addresses.length;
      const inTurn = [...addresses.slice(first), ...addresses.slice(0, first)];
      return connect(inTurn, { retry: { backoffMs: 20, backoffMsMax: 200 } });
    });
    this.#streams = this.#serveAll();
  }

  /** A further system of each channel: it is told at once of all whom none has forgotten, the others each minute. */
  comeAgain(): void {
    this.#streams.push(...this.#serveAll());
  }

  /** Resolves when all feedback is acknowledged. */
  async stop(): Promise<void> {
    await Promise.all(this.#reports);
    for (const stream of this.#streams) stream.close();
    for (const client of this.#clients) client.close();
  }

  /** Sentences about those who were sent something by a channel that was never told to forget them. */
  notForgotten(): string[] {
    const faults = new Set<string>();
    for (const [dispatchId, channel] of this.#channelOf) {
      const customer = this.#promised.customerOf.get(dispatchId) ?? '';
      const isOver = this.#promised.forgotten.some(({ ids }) => ids.includes(customer));
      if (isOver && this.forgot.get(channel)?.has(customer) !== true)
        faults.add(`${channel} was never told to forget ${customer}`);
    }
    return [...faults];
  }

  #serveAll(): ChannelStream[] {
    return this.#clients.map((client, n) => this.#serve(client, CHANNELS[n] as string));
  }

  #serve(client: AttuneClient, channel: string): ChannelStream {
    const stream: ChannelStream = client.connectChannel({
      channel,
      credits: 20,
      onDeliver: (delivery) => this.#receive(channel, stream, delivery),
      onAudienceChange: (change) => this.#change(change),
      onErase: (customerId) => this.#forget(channel, customerId),
      onWithdraw: () => false,
      onError: (error) => void this.failed.push(error.message),
    });
    return stream;
  }

  #receive(channel: string, stream: ChannelStream, delivery: Deliver): Refused | undefined {
    this.deliveries++;
    const { dispatchId, customerId } = delivery;
    this.#promised.customerOf.set(dispatchId, customerId);
    this.#channelOf.set(dispatchId, channel);
    this.#afterErasure(dispatchId, customerId);
    const chance = this.#rng.float();
    if (chance < 0.1) return { retryable: true, retryAfterMs: 50 };
    if (chance < 0.15) return { retryable: false };
    this.#promised.sent.set(delivery.dispatchId, delivery.attempt);
    if (chance < 0.85) this.#report(channel, stream, delivery);
    const { tokens } = this.#promised;
    const token = delivery.treatment?.tracking ?? '';
    // Each twice: a message that was passed on identifies one browser.
    if (token !== '' && tokens.length < TOKENS_MAX && !this.#promised.passing.has(customerId))
      tokens.push(token, token);
    return undefined;
  }

  #change(change: AudienceChange): Refused | undefined {
    this.audienceChanges++;
    const { audience, customerId, version, dispatchId, op } = change;
    if (op === AudienceOp.ADD) this.#afterErasure(dispatchId, customerId);
    const name = `${audience} ${customerId}`;
    const known = this.#versions.get(`${name} ${version}`);
    if (known !== undefined && known !== `${op} ${dispatchId}`)
      this.broken.push(`version ${version} of ${name} is ${known} and ${op} ${dispatchId}`);
    this.#versions.set(`${name} ${version}`, `${op} ${dispatchId}`);
    if (this.isForgetful && this.#rng.float() < 0.1) return { retryable: true };
    const { levels } = this.#promised;
    const notAfter = change.notAfter === undefined ? 0 : timestampMs(change.notAfter);
    if ((levels.get(name)?.version ?? 0n) < version)
      levels.set(name, { version, dispatchId, isIn: op === AudienceOp.ADD, notAfter });
    return undefined;
  }

  #forget(channel: string, customerId: string): void {
    const asked = `${channel} ${customerId}`;
    if (this.isForgetful && !this.#asked.has(asked) && this.#rng.float() < 0.3) {
      this.#asked.add(asked);
      throw new Error('not now');
    }
    const all = this.forgot.get(channel) ?? new Set();
    this.forgot.set(channel, all.add(customerId));
    if (!this.#promised.passing.has(customerId)) this.broken.push(`${customerId} was never to be forgotten`);
    if (channel !== 'ads') return;
    for (const name of this.#promised.levels.keys())
      if (name.endsWith(` ${customerId}`)) this.#promised.levels.delete(name);
  }

  #afterErasure(dispatchId: string, customerId: string): void {
    const { passing, forgotten } = this.#promised;
    if (!passing.has(customerId)) return;
    const found = forgotten.find(({ ids }) => ids.includes(customerId));
    if (found !== undefined && Date.now() > found.at + UNDER_WAY_MS)
      this.broken.push(`${customerId} was forgotten and is handed ${dispatchId}`);
  }

  #report(channel: string, stream: ChannelStream, delivery: Deliver): void {
    const kind = REPORTS[this.#rng.intBelow(REPORTS.length)] ?? FeedbackKind.DELIVERED;
    const id = `${this.#prefix}${channel}-${++this.#count}`;
    if (kind === FeedbackKind.BOUNCED_SOFT) this.#promised.notReached.add(delivery.dispatchId);
    this.#promised.customerOf.set(id, delivery.customerId);
    const tracking = delivery.treatment?.tracking ?? '';
    const isPassing = (): boolean => this.#promised.passing.has(delivery.customerId);
    const report = stream
      .feedback({ id, tracking, kind, link: id })
      .then((result) => {
        const acknowledged =
          result.status === FeedbackStatus.ACCEPTED || result.status === FeedbackStatus.DUPLICATE;
        if (acknowledged) this.#promised.feedback.add(id);
        // Nothing is known any more of whom it is about.
        else if (!isPassing()) this.failed.push(`feedback ${id}: status ${result.status}`);
      })
      .catch((fault: unknown) => void (isPassing() || this.failed.push(`feedback ${id}: ${String(fault)}`)))
      .finally(() => this.#reports.delete(report));
    this.#reports.add(report);
  }
}
