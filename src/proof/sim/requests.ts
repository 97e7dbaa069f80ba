/** Makes the requests of a simulated shop's customers: plain inputs, each with a body hash that its retries share. */
import type { Rng } from '../../base/rng.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import type { EventInput, IdentifierInput, ProductInput } from '../../core/event/event-input.ts';

export interface Person {
  /** The strongest first. */
  readonly identifiers: readonly IdentifierInput[];
  /** Keys of browsers that are the person's, of which nobody knows at first. */
  readonly devices: readonly IdentifierInput[];
  /** '' when nobody knows. */
  readonly zone: string;
}

export const PRODUCTS: readonly [string, string, number][] = [
  ['coat', 'coats', 200],
  ['shoe', 'shoes', 90],
  ['soap', 'soap', 5],
  ['lamp', 'home', 40],
];
const CHECKOUT_NAMES = [
  'Checkout Started',
  'Checkout Started',
  'Checkout Step Viewed',
  'Shipping Cost Shown',
  'Coupon Denied',
];

/** Of which everybody has the app. */
const PHONE: IdentifierInput = { kind: 'push_token', value: 'phone' };

const CASES = ['case-1', 'case-2'];

const DEVICES = 6;

export function people(count: number): Person[] {
  const zones = ['Europe/London', 'America/New_York', 'Asia/Kathmandu', ''];
  return Array.from({ length: count }, (_, i) => ({
    identifiers: [
      { kind: 'loyalty', value: `L${i}` },
      { kind: 'push_token', value: `T${i}` },
    ],
    devices: [
      ...Array.from({ length: DEVICES }, (_unused, n) => ({ kind: 'anonymous', value: `D${i}-${n}` })),
      // In the living room, where everybody uses it.
      { kind: 'anonymous', value: 'tablet' },
    ],
    zone: zones[i % zones.length] ?? '',
  }));
}

/** Whom a browser that nobody knows says to be. */
const NOBODY: Person = {
  identifiers: [{ kind: 'anonymous', value: 'nobody' }],
  devices: [{ kind: 'anonymous', value: 'nobody' }],
  zone: '',
};

export class RequestMaker {
  readonly #rng: Rng;
  #count = 0;
  #shippedId = '';

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** What the customer does next, at `now`. */
  event(person: Person, now: number): EventInput {
    const chance = this.#rng.float();
    if (chance < 0.2) return this.#event(person, 'Product Viewed', now, { products: [this.#product()] });
    if (chance < 0.45) return this.#event(person, 'Product Added', now, { products: [this.#product()] });
    if (chance < 0.65) return this.#event(person, this.#pick(CHECKOUT_NAMES), now);
    if (chance < 0.75) return this.#order(person, now);
    if (chance < 0.8)
      return this.#event(person, 'Order Refunded', now, { products: [{ ...this.#product(), quantity: 1 }] });
    if (chance < 0.91) return this.consent(person, now, this.#rng.float() < 0.8);
    if (chance < 0.95) return this.#shipped(person, now);
    if (chance < 0.98) return this.#caseNews(person, now);
    return this.#event(person, 'Page Viewed', now);
  }

  consent(
    person: Person,
    now: number,
    granted: boolean,
    channel = this.#pick(['push', 'email', 'ads', 'all']),
  ): EventInput {
    if (granted && channel === 'email' && this.#rng.float() < 0.6)
      return this.#event(person, 'Consent Confirmed', now, {
        properties: { channel, purpose: 'marketing', granted },
      });
    return this.#event(person, 'Consent Updated', now, {
      properties: { channel, purpose: 'marketing', granted },
    });
  }

  /** A line of an old list: what they once agreed to, or looked at. It is told, and nothing is sent for it. */
  reimport(person: Person, now: number): EventInput {
    const old = this.#rng.float() < 0.5 ? 3_600_000 + this.#rng.intBelow(30 * 86_400_000) : 0;
    const said =
      this.#rng.float() < 0.7
        ? this.consent(person, now, true, 'all')
        : this.#event(person, 'Product Viewed', now, { products: [this.#product()] });
    return { ...said, identifiers: person.identifiers, occurredAt: now - old, historical: true };
  }

  /** Whoever has the family's phone logs in on it. */
  withPhone(person: Person, now: number): EventInput {
    const [login] = person.identifiers;
    return { ...this.event(person, now), identifiers: login === undefined ? [PHONE] : [login, PHONE] };
  }

  /** A browser lands by a link in a message. */
  landing(browser: IdentifierInput, token: string, isMachine: boolean, now: number): EventInput {
    const properties = isMachine ? { attune_token: token, attune_machine: true } : { attune_token: token };
    return { ...this.#event(NOBODY, 'Page Viewed', now), identifiers: [browser], properties };
  }

  /** A browser looks around, and asks what to show. */
  lookAround(
    browser: IdentifierInput,
    now: number,
  ): { readonly view: EventInput; readonly ask: DecideInput } {
    const identifiers = [browser];
    const view = this.#event(NOBODY, 'Product Viewed', now, { products: [this.#product()], identifiers });
    const ask = this.decide(NOBODY, now);
    return {
      view,
      ask: {
        ...ask,
        identifiers,
        events: [],
        placements: ['home', 'basket'],
        dispatch: false,
        dryRun: false,
      },
    };
  }

  decide(person: Person, now: number): DecideInput {
    this.#count++;
    const dispatch = this.#rng.float() < 0.7;
    const some = this.#rng.float() < 0.2;
    const identifiers = this.#identifiers(person);
    return {
      requestId: `r${this.#count}`,
      identifiers,
      events: some
        ? [this.#event(person, 'Product Viewed', now, { products: [this.#product()], identifiers })]
        : [],
      placements: dispatch ? [] : this.#rng.float() < 0.5 ? ['home'] : ['home', 'basket'],
      dispatch,
      timeZone: '',
      locale: '',
      device: '',
      page: '',
      channel: 'web',
      alternativesMax: 0,
      dryRun: this.#rng.float() < 0.05,
      bodyHash: this.#count,
    };
  }

  /** Somebody asks by a new address and by a browser; the address is seen alone, and then with the browser. */
  newAddress(
    person: Person,
    browser: IdentifierInput,
    now: number,
  ): { readonly ask: DecideInput; readonly alone: EventInput; readonly together: EventInput } {
    this.#count++;
    const address = { kind: 'email_sha256', value: this.#count.toString(16).padStart(64, '0') };
    const seen = (...identifiers: IdentifierInput[]): EventInput =>
      this.#event(person, 'Page Viewed', now, { identifiers });
    return {
      ask: { ...this.decide(person, now), identifiers: [address, browser], events: [], dryRun: false },
      alone: seen(address),
      together: seen(address, browser),
    };
  }

  /** An order that was sent before, under a new event id: the shop's own retry. */
  sameOrder(input: EventInput): EventInput {
    this.#count++;
    return { ...input, id: `e${this.#count}`, bodyHash: this.#count };
  }

  #order(person: Person, now: number): EventInput {
    const product = this.#product();
    const order = orderOf(`o${this.#count}`, product.price);
    return this.#event(person, 'Order Completed', now, { products: [product], order });
  }

  /** News of an order, some of it told twice. */
  #shipped(person: Person, now: number): EventInput {
    const isAgain = this.#shippedId !== '' && this.#rng.float() < 0.2;
    if (!isAgain) this.#shippedId = `o${this.#count}`;
    return this.#event(person, 'Order Shipped', now, { order: orderOf(this.#shippedId, 0) });
  }

  /** Nobody has more cases than a profile keeps. */
  #caseNews(person: Person, now: number): EventInput {
    const name = this.#rng.float() < 0.7 ? 'Support Case Opened' : 'Support Case Closed';
    return this.#event(person, name, now, { properties: { case_id: this.#pick(CASES) } });
  }

  #event(person: Person, name: string, now: number, change: Partial<EventInput> = {}): EventInput {
    this.#count++;
    const late = this.#rng.float();
    return {
      id: `e${this.#count}`,
      source: 'shop',
      identifiers: this.#identifiers(person),
      name,
      // Most are fresh; some took a while, some took long.
      occurredAt:
        now - (late < 0.8 ? 0 : late < 0.97 ? this.#rng.intBelow(30_000) : this.#rng.intBelow(7_200_000)),
      channel: 'web',
      sessionId: '',
      products: [],
      order: undefined,
      currency: 'GBP',
      properties: undefined,
      context: { timeZone: person.zone, locale: 'en-GB', device: '', page: '' },
      historical: false,
      bodyHash: this.#count,
      ...change,
    };
  }

  /** How the person shows: known, as a browser of theirs, or as both, which unites them. */
  #identifiers({ identifiers, devices }: Person): readonly IdentifierInput[] {
    const chance = this.#rng.float();
    if (chance < 0.7) return identifiers;
    const device = this.#pick(devices);
    if (chance < 0.82) return [device];
    if (chance < 0.95) return [identifiers[0] as IdentifierInput, device];
    const other = this.#pick(devices);
    return other === device ? [device] : [device, other];
  }

  #product(): ProductInput {
    const [productId, category, price] = this.#pick(PRODUCTS);
    return {
      productId,
      sku: '',
      variant: '',
      size: 'M',
      category,
      brand: 'B',
      price,
      quantity: 1,
      coupon: '',
    };
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#rng.intBelow(from.length)] as T;
  }
}

function orderOf(orderId: string, revenue: number): NonNullable<EventInput['order']> {
  const nothing = { shipping: 0, tax: 0, discount: 0, coupon: '', refundId: '' };
  return { orderId, total: revenue, revenue, ...nothing };
}
