/**
 * Callers that never give up: each sends a request until it is answered, with the same id over every death of the
 * service, and records what was acknowledged. Some repeat a request that was answered.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Rng } from '../../base/rng.ts';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import type { DecideInit } from '../../client/decide-init.ts';
import type { EventInit } from '../../client/event-init.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { EventStatus } from '../../gen/attune/v1/event_pb.ts';
import type { Promised } from './promised.ts';

type Keys = { kind: string; value: string }[];

interface Shopper {
  readonly identifiers: Keys;
  /** Keys of browsers that are the shopper's, of which nobody knows at first. */
  readonly browsers: Keys;
  readonly zone: string;
  events: number;
  decides: number;
}

const WORKERS = 24;
const BROWSERS = 4;
const CASES = 2;
/** Shoppers who are active at a time; one who has reached the bounds below is replaced. */
const ACTIVE = 60;
/** Well below the ids that a profile remembers: beyond them a repeat counts as new, as documented. */
const EVENTS_MAX = 90;
const DECIDES_MAX = 45;
const DEADLINE_MS = 120_000;
const CHANNELS = ['email', 'push'];
const PRODUCTS: readonly [string, string, number][] = [
  ['coat-1', 'coats', 180],
  ['shoe-1', 'shoes', 90],
  ['shoe-2', 'shoes', 110],
  ['bag-1', 'bags', 140],
  ['cream-1', 'beauty', 25],
  ['lamp-1', 'home', 60],
];

export class CrashLoad {
  readonly #rng: Rng;
  readonly #promised: Promised;
  readonly #client: AttuneClient;
  readonly #zones: readonly string[];
  readonly #shoppers: Shopper[];
  readonly #prefix: string;
  #count = 0;
  #shopperCount = 0;
  #stopped = false;
  #workers: Promise<void>[] = [];
  requests = 0;
  /** Requests that the client gave up, with its sentence. */
  readonly failed: string[] = [];

  /** `zones`: where shoppers live, drawn evenly. `prefix`: of ids and shoppers, for a second load on the same data. */
  constructor(address: string, rng: Rng, zones: readonly string[], promised: Promised, prefix = '') {
    this.#prefix = prefix;
    this.#rng = rng;
    this.#zones = zones;
    this.#promised = promised;
    this.#client = connect(address, {
      deadlineMs: DEADLINE_MS,
      retry: { attemptsMax: 10_000, backoffMs: 20, backoffMsMax: 200, attemptMs: 3_000 },
    });
    this.#shoppers = Array.from({ length: ACTIVE }, () => this.#shopper());
  }

  start(): void {
    this.#workers = Array.from({ length: WORKERS }, () => this.#work());
  }

  /** Resolves when every request is answered or given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    this.#client.close();
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const place = this.#rng.intBelow(ACTIVE);
      const shopper = this.#shoppers[place] as Shopper;
      if (shopper.events >= EVENTS_MAX || shopper.decides >= DECIDES_MAX)
        this.#shoppers[place] = this.#shopper();
      try {
        await this.#act(shopper);
      } catch (fault) {
        this.failed.push(fault instanceof Error ? fault.message : String(fault));
      }
      await pause(this.#rng.intBelow(12));
    }
  }

  async #act(shopper: Shopper): Promise<void> {
    const chance = this.#rng.float();
    if (chance < 0.5) return this.#publish(this.#events(shopper));
    if (chance < 0.9) return this.#decide(this.#request(shopper));
    const again = this.#promised.anyRequest(this.#rng);
    if (again?.kind === 'decide') await this.#decide(again.request);
    if (again?.kind === 'event') await this.#publish([again.event]);
  }

  async #publish(events: readonly EventInit[]): Promise<void> {
    this.requests++;
    const results = await this.#client.publish(events);
    results.forEach((result, i) => {
      const event = events[i];
      const acknowledged = result.status === EventStatus.ACCEPTED || result.status === EventStatus.DUPLICATE;
      if (event === undefined) return;
      if (acknowledged) this.#promised.event(event);
      else this.failed.push(`event ${event.id}: status ${result.status}`);
    });
  }

  async #decide(request: DecideInit): Promise<void> {
    this.requests++;
    const reply = await this.#client.decide(request);
    this.#promised.decide(request, reply.decisionId);
  }

  #shopper(): Shopper {
    const i = this.#shopperCount++;
    const name = `${this.#prefix}${i}`;
    return {
      identifiers: [
        { kind: 'loyalty', value: `crash-${name}` },
        { kind: 'email_sha256', value: Buffer.from(name).toString('hex').padStart(64, '0') },
        { kind: 'push_token', value: `token-${name}` },
      ],
      browsers: Array.from({ length: BROWSERS }, (_, n) => ({
        kind: 'anonymous',
        value: `browser-${name}-${n}`,
      })),
      zone: this.#zones[this.#rng.intBelow(this.#zones.length)] ?? 'Europe/London',
      events: 0,
      decides: 0,
    };
  }

  #request(shopper: Shopper): DecideInit {
    shopper.decides++;
    const outbound = this.#rng.float() < 0.75;
    const identifiers = this.#keys(shopper);
    return {
      requestId: `${this.#prefix}r${++this.#count}`,
      identifiers,
      delivery: outbound ? Delivery.DISPATCH : Delivery.RETURN,
      placements: outbound ? [] : ['home', 'basket'],
      events: this.#rng.float() < 0.3 ? [{ ...this.#event(shopper, 'Product Viewed'), identifiers }] : [],
    };
  }

  #events(shopper: Shopper): EventInit[] {
    if (shopper.events === 0)
      return [...CHANNELS.map((channel) => this.#consent(shopper, channel, true)), this.#confirmed(shopper)];
    const chance = this.#rng.float();
    if (chance < 0.4) return [this.#event(shopper, 'Product Viewed')];
    if (chance < 0.65) return [this.#event(shopper, 'Product Viewed'), this.#event(shopper, 'Product Added')];
    if (chance < 0.85)
      return [this.#event(shopper, 'Checkout Started'), this.#event(shopper, 'Shipping Cost Shown')];
    if (chance < 0.91) return [this.#order(shopper)];
    if (chance < 0.94) return [this.#shipped(shopper)];
    if (chance < 0.96) return [this.#caseNews(shopper)];
    const channel = CHANNELS[this.#rng.intBelow(CHANNELS.length)] ?? 'email';
    if (this.#rng.float() < 0.3) return [this.#confirmed(shopper)];
    return [this.#consent(shopper, channel, this.#rng.float() < 0.6)];
  }

  /** E-mail's yes counts from here on, where one waits. */
  #confirmed(shopper: Shopper): EventInit {
    return {
      ...this.#event(shopper, 'Consent Confirmed'),
      products: [],
      properties: { channel: { kind: { case: 'stringValue', value: 'email' } } },
    };
  }

  #order(shopper: Shopper): EventInit {
    const revenue = 100 + this.#rng.intBelow(100);
    const event = this.#event(shopper, 'Order Completed');
    return { ...event, order: { orderId: `${this.#prefix}o${this.#count}`, total: revenue, revenue } };
  }

  /** Fires a trigger, which answers at once. */
  #shipped(shopper: Shopper): EventInit {
    const event = this.#event(shopper, 'Order Shipped');
    return { ...event, products: [], order: { orderId: `${this.#prefix}o${this.#count}` } };
  }

  #caseNews(shopper: Shopper): EventInit {
    const name = this.#rng.float() < 0.6 ? 'Support Case Opened' : 'Support Case Closed';
    const value = `case-${this.#rng.intBelow(CASES)}`;
    return {
      ...this.#event(shopper, name),
      products: [],
      properties: { case_id: { kind: { case: 'stringValue', value } } },
    };
  }

  #consent(shopper: Shopper, channel: string, granted: boolean): EventInit {
    return {
      ...this.#event(shopper, 'Consent Updated'),
      products: [],
      properties: {
        channel: { kind: { case: 'stringValue', value: channel } },
        purpose: { kind: { case: 'stringValue', value: 'marketing' } },
        granted: { kind: { case: 'boolValue', value: granted } },
      },
    };
  }

  /** How the shopper shows: known, as a browser of theirs, or as both, which unites them. */
  #keys({ identifiers, browsers }: Shopper): Keys {
    const chance = this.#rng.float();
    const browser = browsers[this.#rng.intBelow(BROWSERS)];
    if (chance < 0.75 || browser === undefined) return identifiers;
    return chance < 0.87 ? [browser] : [...identifiers, browser];
  }

  #event(shopper: Shopper, name: string): EventInit {
    shopper.events++;
    const product = PRODUCTS[this.#rng.intBelow(PRODUCTS.length)];
    const [productId, category, price] = product as (typeof PRODUCTS)[number];
    return {
      id: `${this.#prefix}e${++this.#count}`,
      source: 'crash',
      identifiers: this.#keys(shopper),
      name,
      occurredAt: timestampFromMs(Date.now()),
      channel: 'web',
      products: [{ productId, category, brand: 'Nord', size: 'M', price, quantity: 1 }],
      context: { timeZone: shopper.zone, locale: 'en-GB' },
    };
  }
}
