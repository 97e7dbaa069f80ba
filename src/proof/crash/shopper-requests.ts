/** What shoppers do, as requests: each with an id that no other one has. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Rng } from '../../base/rng.ts';
import type { DecideInit } from '../../client/decide-init.ts';
import type { EventInit } from '../../client/event-init.ts';
import { Delivery } from '../../gen/attune/v1/decision_pb.ts';

export type Keys = { kind: string; value: string }[];

export interface Shopper {
  readonly identifiers: Keys;
  /** Keys of browsers that are the shopper's, of which nobody knows at first. */
  readonly browsers: Keys;
  readonly zone: string;
  events: number;
  decides: number;
}

const BROWSERS = 4;
const CASES = 2;
const CHANNELS = ['email', 'push', 'ads'];
const PRODUCTS: readonly [string, string, number][] = [
  ['coat-1', 'coats', 180],
  ['shoe-1', 'shoes', 90],
  ['shoe-2', 'shoes', 110],
  ['bag-1', 'bags', 140],
  ['cream-1', 'beauty', 25],
  ['lamp-1', 'home', 60],
];

export class ShopperRequests {
  readonly #rng: Rng;
  readonly #zones: readonly string[];
  readonly #prefix: string;
  #count = 0;
  #shopperCount = 0;

  /** `zones`: where shoppers live, drawn evenly. `prefix`: of ids and shoppers. */
  constructor(rng: Rng, zones: readonly string[], prefix: string) {
    this.#rng = rng;
    this.#zones = zones;
    this.#prefix = prefix;
  }

  shopper(): Shopper {
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

  /** `keys`: by which the shopper is met; default: any. */
  request(shopper: Shopper, keys = this.#keys(shopper)): DecideInit {
    shopper.decides++;
    const outbound = this.#rng.float() < 0.75;
    const identifiers = keys;
    return {
      requestId: `${this.#prefix}r${++this.#count}`,
      identifiers,
      delivery: outbound ? Delivery.DISPATCH : Delivery.RETURN,
      placements: outbound ? [] : ['home', 'basket'],
      events: this.#rng.float() < 0.3 ? [this.event(shopper, 'Product Viewed', identifiers)] : [],
    };
  }

  /** What somebody says who has just come: yes to everything. */
  welcome(shopper: Shopper): EventInit[] {
    return [...CHANNELS.map((channel) => this.#consent(shopper, channel, true)), this.#confirmed(shopper)];
  }

  events(shopper: Shopper): EventInit[] {
    if (shopper.events === 0) return this.welcome(shopper);
    const chance = this.#rng.float();
    if (chance < 0.4) return [this.event(shopper, 'Product Viewed')];
    if (chance < 0.65) return [this.event(shopper, 'Product Viewed'), this.event(shopper, 'Product Added')];
    if (chance < 0.85)
      return [this.event(shopper, 'Checkout Started'), this.event(shopper, 'Shipping Cost Shown')];
    if (chance < 0.91) return [this.#order(shopper)];
    if (chance < 0.94) return [this.#shipped(shopper)];
    if (chance < 0.96) return [this.#caseNews(shopper)];
    const channel = CHANNELS[this.#rng.intBelow(CHANNELS.length)] ?? 'email';
    if (this.#rng.float() < 0.3) return [this.#confirmed(shopper)];
    return [this.#consent(shopper, channel, this.#rng.float() < 0.6)];
  }

  /** A browser opens a page by the link of a message, which carries its token. */
  landing(token: string): EventInit {
    const browser = { kind: 'anonymous', value: `landed-${this.#prefix}${++this.#count}` };
    const shopper = { identifiers: [browser], browsers: [], zone: 'Europe/London', events: 0, decides: 0 };
    const event = this.event(shopper, 'Product Viewed', [browser]);
    return { ...event, properties: { attune_token: { kind: { case: 'stringValue', value: token } } } };
  }

  /** E-mail's yes counts from here on, where one waits. */
  #confirmed(shopper: Shopper): EventInit {
    return {
      ...this.event(shopper, 'Consent Confirmed'),
      products: [],
      properties: { channel: { kind: { case: 'stringValue', value: 'email' } } },
    };
  }

  #order(shopper: Shopper): EventInit {
    const revenue = 100 + this.#rng.intBelow(100);
    const event = this.event(shopper, 'Order Completed');
    return { ...event, order: { orderId: `${this.#prefix}o${this.#count}`, total: revenue, revenue } };
  }

  /** Fires a trigger, which answers at once. */
  #shipped(shopper: Shopper): EventInit {
    const event = this.event(shopper, 'Order Shipped');
    return { ...event, products: [], order: { orderId: `${this.#prefix}o${this.#count}` } };
  }

  #caseNews(shopper: Shopper): EventInit {
    const name = this.#rng.float() < 0.6 ? 'Support Case Opened' : 'Support Case Closed';
    const value = `case-${this.#rng.intBelow(CASES)}`;
    return {
      ...this.event(shopper, name),
      products: [],
      properties: { case_id: { kind: { case: 'stringValue', value } } },
    };
  }

  #consent(shopper: Shopper, channel: string, granted: boolean): EventInit {
    return {
      ...this.event(shopper, 'Consent Updated'),
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

  event(shopper: Shopper, name: string, keys = this.#keys(shopper)): EventInit {
    shopper.events++;
    const product = PRODUCTS[this.#rng.intBelow(PRODUCTS.length)];
    const [productId, category, price] = product as (typeof PRODUCTS)[number];
    return {
      id: `${this.#prefix}e${++this.#count}`,
      source: 'crash',
      identifiers: keys,
      name,
      occurredAt: timestampFromMs(Date.now()),
      channel: 'web',
      products: [{ productId, category, brand: 'Nord', size: 'M', price, quantity: 1 }],
      context: { timeZone: shopper.zone, locale: 'en-GB' },
    };
  }
}
