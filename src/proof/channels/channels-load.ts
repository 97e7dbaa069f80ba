/** Callers at a fixed rate: decisions that are to be dispatched, and events; their latencies are counted from when they were due. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Histogram } from '../../base/histogram.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import type { EventInit } from '../../client/event-init.ts';
import { type DecideReply, Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { ALL_CHANNELS, HEALTHY_CHANNELS, READS } from './channels-policy.ts';

/** Customers who are decided for in turn: each comes back after many others. */
const CUSTOMERS = 3_000;
/** One event a so many decisions; every so many-th event takes back a consent, whose messages are then withdrawn. */
const DECIDES_PER_EVENT = 5;
const REFUSAL_EVERY = 7;
const TICK_MS = 2;

export class ChannelsLoad {
  readonly #client: AttuneClient;
  readonly #perSecond: number;
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #isMeasuring = false;
  #beganAt = 0;
  #issued = 0;
  #events = 0;
  /** Of decisions whose message goes to a healthy channel. */
  readonly decide = new Histogram();
  readonly failed: string[] = [];

  constructor(port: number, perSecond: number) {
    this.#client = connect(`127.0.0.1:${port}`, { deadlineMs: 20_000 });
    this.#perSecond = perSecond;
  }

  get requests(): number {
    return this.#issued + this.#events;
  }

  start(): void {
    this.#beganAt = performance.now();
    this.#timer = setInterval(() => this.#issueDue(), TICK_MS);
  }

  /** Latencies count from now on. */
  measure(): void {
    this.#isMeasuring = true;
  }

  /** Resolves when all that was asked is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    this.#client.close();
  }

  #issueDue(): void {
    const stepMs = 1_000 / this.#perSecond;
    const now = performance.now();
    for (let due = this.#beganAt + this.#issued * stepMs; due <= now; due += stepMs) {
      const n = this.#issued++;
      this.#keep(this.#decide(n, due, this.#isMeasuring));
      if (n % DECIDES_PER_EVENT === 0) this.#keep(this.#publish(this.#events++));
    }
  }

  #keep(call: Promise<void>): void {
    const kept = call
      .catch((fault: unknown) => void this.failed.push(String(fault)))
      .finally(() => this.#underWay.delete(kept));
    this.#underWay.add(kept);
  }

  async #decide(n: number, dueMs: number, isMeasured: boolean): Promise<void> {
    const reply = await this.#client.decide({
      requestId: `r${n}`,
      identifiers: [keyOf(n)],
      delivery: Delivery.DISPATCH,
      placements: [],
      events: [reads(n)],
    });
    if (isMeasured && HEALTHY_CHANNELS.includes(channelOf(reply)))
      this.decide.addMs(performance.now() - dueMs);
  }

  async #publish(n: number): Promise<void> {
    const isRefusal = n % REFUSAL_EVERY === 0;
    await this.#client.publish([isRefusal ? refusal(n) : viewed(n)]);
  }
}

function channelOf({ choices }: DecideReply): string {
  const outcome = choices[0]?.outcome;
  return outcome?.case === 'treatment' ? outcome.value.channel : '';
}

function keyOf(n: number): { kind: string; value: string } {
  return { kind: 'loyalty', value: `c${n % CUSTOMERS}` };
}

/** Each customer is reached by one channel, and every channel has as many of them. */
function readsBy(n: number): string {
  return ALL_CHANNELS[n % ALL_CHANNELS.length] as string;
}

function reads(n: number): EventInit {
  return {
    ...bare(n, 'Profile Updated', `p${n}`),
    properties: { [READS]: { kind: { case: 'stringValue', value: readsBy(n) } } },
  };
}

function viewed(n: number): EventInit {
  return {
    ...bare(n * DECIDES_PER_EVENT, 'Product Viewed', `e${n}`),
    products: [{ productId: 'p', category: 'coats', brand: 'Nord', price: 90, quantity: 1 }],
  };
}

/** Somebody who was decided for a moment ago wants nothing more of a channel, whose message may still be on its way. */
function refusal(n: number): EventInit {
  const channel = readsBy(n * DECIDES_PER_EVENT);
  return {
    ...bare(n * DECIDES_PER_EVENT, 'Consent Updated', `e${n}`),
    properties: {
      channel: { kind: { case: 'stringValue', value: channel } },
      purpose: { kind: { case: 'stringValue', value: 'marketing' } },
      granted: { kind: { case: 'boolValue', value: false } },
    },
  };
}

/** Of the customer of the n-th decision. */
function bare(n: number, name: string, id: string): EventInit {
  return {
    id,
    source: 'channels',
    identifiers: [keyOf(n)],
    name,
    occurredAt: timestampFromMs(Date.now()),
    channel: 'web',
  };
}
