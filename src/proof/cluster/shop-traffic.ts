/**
 * The simulated shop on real time, a minute of its own in each second: what its pages tell and ask goes to the nodes, stamped with the present,
 * and what they show comes back to its customers.
 *
 * I1  A customer's requests go one after the other, those of different customers together; who waits holds up nobody else.
 * I2  Each customer's pages are served by one of several servers of the shop. All of these know all nodes, and begin with another one.
 */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { AttuneError } from '../../client/attune-error.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { FeedbackKind, FeedbackStatus } from '../../gen/attune/v1/channel_pb.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import { eventText } from '../../scenario/demo/entry-text.ts';
import { servedTreatment } from '../../scenario/demo/served-treatment.ts';
import { eventInit } from '../../scenario/virtual/event-init.ts';
import type { Shop } from '../../world/shop.ts';
import type { ShopDecideStep, ShopFeedbackStep, ShopStep } from '../../world/shop-step.ts';
import { shopperIdentifiers } from '../../world/shopper-identity.ts';
import type { ShopTally } from './shop-tally.ts';

/** Seconds of the shop in a real one: a visit of four minutes takes four seconds. */
const FACTOR = 60;
const TICK_MS = 20;
/** Longer than a takeover, and than the nodes themselves wait for one. */
const DEADLINE_MS = 30_000;
const RETRY = { attemptsMax: 1_000, backoffMs: 20, backoffMsMax: 250, attemptMs: 10_000 };

export interface TrafficParts {
  readonly shop: Shop;
  readonly tally: ShopTally;
  readonly addresses: readonly string[];
  readonly shards: number;
}

interface Answer {
  readonly text: string;
  readonly decisionId?: string;
  readonly fault?: string;
}

export class ShopTraffic {
  readonly #parts: TrafficParts;
  readonly #clients: readonly AttuneClient[];
  readonly #openedAt = performance.now();
  readonly #startAt: number;
  /** What each customer does last, where it is not over. */
  readonly #last = new Map<number, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
    const { addresses } = parts;
    this.#clients = addresses.map((_, first) =>
      connect([...addresses.slice(first), ...addresses.slice(0, first)], {
        deadlineMs: DEADLINE_MS,
        retry: RETRY,
      }),
    );
    this.#startAt = parts.shop.now;
  }

  /** Milliseconds since the shop opened. */
  get elapsedMs(): number {
    return performance.now() - this.#openedAt;
  }

  /** Asks any of the nodes. */
  get client(): AttuneClient {
    return this.#clients[0] as AttuneClient;
  }

  open(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Lets nobody in any more; resolves when everything asked is answered or given up. */
  async drain(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }

  close(): void {
    clearInterval(this.#timer);
    for (const client of this.#clients) client.close();
  }

  shardOf(customer: number): number {
    const [strongest] = shopperIdentifiers(this.#parts.shop.truth(customer));
    if (strongest === undefined) return 0;
    return addresseeOf(strongest.kind, strongest.value).hash % this.#parts.shards;
  }

  #tick(): void {
    const { shop } = this.#parts;
    const now = this.#startAt + this.elapsedMs * FACTOR;
    for (let step = shop.next(now); step !== undefined; step = shop.next(now)) this.#queue(step);
  }

  /** I1 */
  #queue(step: ShopStep): void {
    const { customer } = step;
    const before = this.#last.get(customer) ?? Promise.resolve();
    const own: Promise<void> = before
      .then(() => this.#take(step))
      .finally(() => {
        if (this.#last.get(customer) === own) this.#last.delete(customer);
      });
    this.#last.set(customer, own);
  }

  async #take(step: ShopStep): Promise<void> {
    const { tally } = this.#parts;
    const { customer } = step;
    const at = this.elapsedMs;
    tally.waiting++;
    // I2
    const client = this.#clients[customer % this.#clients.length] as AttuneClient;
    const { text, decisionId = '', fault = '' } = await this.#ask(client, step);
    tally.waiting--;
    tally.note({
      ...{ customer, shard: this.shardOf(customer), at, ms: this.elapsedMs - at, text, decisionId, fault },
    });
  }

  async #ask(client: AttuneClient, step: ShopStep): Promise<Answer> {
    if (step.kind === 'event') return this.#publish(client, step);
    return step.kind === 'decide' ? this.#decide(client, step) : this.#report(client, step);
  }

  async #publish(client: AttuneClient, { event, customer }: ShopStep & { kind: 'event' }): Promise<Answer> {
    const { tally, shop } = this.#parts;
    const text = eventText(event, shop.catalog);
    const own = tally.eventsOf(customer);
    try {
      const [result] = await client.publish([
        { ...eventInit(event), occurredAt: timestampFromMs(Date.now()) },
      ]);
      if (result?.status !== EventStatus.ACCEPTED && result?.status !== EventStatus.DUPLICATE) {
        if (result?.status !== EventStatus.REJECTED) own.unknown++;
        return { text, fault: result?.violations[0]?.message ?? `status ${result?.status}` };
      }
      tally.events++;
      own.acknowledged.add(`${event.source} ${event.id}`);
      if (event.name === 'Order Completed') own.orders.add(event.order?.orderId ?? '');
      return { text };
    } catch (fault) {
      own.unknown++;
      return { text, fault: faultText(fault) };
    }
  }

  async #decide(client: AttuneClient, step: ShopDecideStep): Promise<Answer> {
    const { requestId, identifiers, placement, channel, customer, timeZone, locale } = step;
    const { tally, shop } = this.#parts;
    const started = performance.now();
    try {
      const { decisionId, choices } = await client.decide({
        ...{ requestId, placements: [placement], context: { channel, timeZone, locale } },
        identifiers: identifiers.map(({ kind, value }) => ({ kind, value })),
      });
      tally.decideMs.addMs(performance.now() - started);
      tally.decisions++;
      tally.answered.set(requestId, decisionId);
      const shown = choices.flatMap(({ outcome }) => (outcome.case === 'treatment' ? [outcome.value] : []));
      for (const treatment of shown)
        shop.onTreatment(customer, servedTreatment(treatment.tracking, treatment), step.at);
      const what = shown.map(({ actionId }) => actionId).join(', ') || 'nothing';
      return { text: `${placement} shows ${what}`, decisionId };
    } catch (fault) {
      return { text: `${placement} asks what to show`, fault: faultText(fault) };
    }
  }

  async #report(client: AttuneClient, step: ShopFeedbackStep): Promise<Answer> {
    const { id, ref, channel, feedback } = step;
    const text = `${channel} reports: ${feedback}`;
    try {
      const [result] = await client.report(channel, [
        {
          ...{ id, tracking: ref, occurredAt: timestampFromMs(Date.now()) },
          kind: FeedbackKind[feedback.toUpperCase() as keyof typeof FeedbackKind],
        },
      ]);
      if (result?.status === FeedbackStatus.REJECTED)
        return { text, fault: result.violations[0]?.message ?? 'refused' };
      this.#parts.tally.feedback++;
      return { text };
    } catch (fault) {
      return { text, fault: faultText(fault) };
    }
  }
}

/** What the client throws; everything else is a fault of ours. */
function faultText(fault: unknown): string {
  if (!(fault instanceof AttuneError)) throw fault;
  return `${fault.message} (${fault.code})`;
}
