/** The fold against a plain sequential model that shares no code with it (plain-profile.fixture.ts). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { fixedZones } from '../calendar/fixed-zones.fixture.ts';
import { purchased } from '../candidate/promotable.ts';
import { CHANNELS, PURPOSES } from '../channel.ts';
import { catalog, contact, NOON } from '../decide/shop.fixture.ts';
import { deriveEvent, type EventSetting } from '../event/derive-event.ts';
import { deriveFeedback } from '../event/derive-feedback.ts';
import type { EventInput, ProductInput } from '../event/event-input.ts';
import type { FeedbackInput } from '../event/feedback-input.ts';
import type { ChoiceRef } from '../fact/fact.ts';
import { Verdict } from '../guardrail/verdict.ts';
import { counterPlace, readCounter } from './counter.ts';
import { emptyProfile } from './empty-profile.ts';
import { fold } from './fold.ts';
import { type Arrival, PlainProfile } from './plain-profile.fixture.ts';
import { HALF_LIVES_MS, type Profile } from './profile.ts';

/** Everything happens before it, and it is here that late things come in. */
const END = NOON + 30 * DAY_MS;
const PRODUCTS: Readonly<Record<string, { readonly category: string; readonly price: number }>> = {
  coat: { category: 'coats', price: 240 },
  boots: { category: 'shoes', price: 99.95 },
  sandals: { category: 'shoes', price: 49.5 },
};
const SUPPRESSION = {
  defaultMs: 20 * DAY_MS,
  byCategory: new Map([['shoes', 6 * DAY_MS]]),
  categoryMs: 0,
  categoryMsBy: new Map(),
};
const RULES = { policy: { suppression: SUPPRESSION }, catalog: catalog() };
const COUNTED = ['events', 'views', 'orders', 'clicks'] as const;
const DEEDS_MAX = 45;
/** Sent before anything else; reports are about one of them. */
const MESSAGES = 3;
const EMAIL = CHANNELS.indexOf('email');
/** Each of at most so many additions is rounded to 24 bits. */
const ROUNDING = 1e-5;
/** What rounding may leave of orders that were counted and undone. */
const TAKEN_BACK = 1e-6;

const arbProducts = fc.array(
  fc.record({
    product: fc.constantFrom(...Object.keys(PRODUCTS)),
    quantity: fc.integer({ min: 1, max: 3 }),
    size: fc.constantFrom('M', 'M', 'L'),
  }),
  { maxLength: 3 },
);
const arbOrderId = fc.integer({ min: 1, max: 5 }).map((n) => `o${n}`);
/** What the sender says that it is worth: nothing, or an amount of its own. */
const arbAmount = fc.oneof(
  fc.constantFrom(Number.NaN, 0, 240),
  fc.integer({ min: 1, max: 40_000 }).map((cents) => cents / 100),
);

const arbDeed = fc.oneof(
  { weight: 2, arbitrary: fc.record({ deed: fc.constant('view' as const), products: arbProducts }) },
  {
    weight: 4,
    arbitrary: fc.record({
      deed: fc.constantFrom('order' as const, 'order' as const, 'refund' as const, 'cancel' as const),
      products: arbProducts,
      orderId: arbOrderId,
      amount: arbAmount,
      taxed: fc.boolean(),
      source: fc.constantFrom('shop', 'shop', 'till', 'browser'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      deed: fc.constant('consent' as const),
      channel: fc.constantFrom('email', 'push', 'carrier-pigeon'),
      purpose: fc.constantFrom(...PURPOSES),
      granted: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      deed: fc.constant('report' as const),
      channel: fc.constantFrom('email', 'push'),
      kind: fc.constantFrom(
        'opened' as const,
        'clicked' as const,
        'converted' as const,
        'unsubscribed' as const,
        'complained' as const,
      ),
      scope: fc.constantFrom('', ...PURPOSES),
      machine: fc.boolean(),
      message: fc.integer({ min: 1, max: MESSAGES }),
    }),
  },
);
type Deed = typeof arbDeed extends fc.Arbitrary<infer T> ? T : never;

/** Deeds at times of their own, none at the same one; in the order of time, or as chance brings them in. */
const arbHistory: fc.Arbitrary<Arrival[]> = fc
  .record({
    deeds: fc.array(fc.record({ deed: arbDeed, order: fc.nat(), again: fc.nat({ max: 5 }) }), {
      maxLength: DEEDS_MAX,
      size: 'max',
    }),
    times: fc.uniqueArray(fc.integer({ min: 0, max: 20 * DAY_MS }), {
      minLength: DEEDS_MAX,
      maxLength: DEEDS_MAX,
    }),
    late: fc.boolean(),
  })
  .map(({ deeds, times, late }) => {
    const inTime = deeds
      .map(({ deed, order, again }, n) => ({ deed, order, again, at: NOON + (times[n] ?? 0) }))
      .sort((a, b) => a.at - b.at);
    const inOrder = late ? [...inTime].sort((a, b) => a.order - b.order) : inTime;
    return inOrder.flatMap(({ deed, at, again }, n) => {
      const arrival = arrivalOf(deed, `n${n}`, at, late ? END + n * 1_000 : at);
      // Now and then a producer sends again what it has no answer to.
      return again === 0 ? [arrival, { ...arrival, now: arrival.now + 1 }] : [arrival];
    });
  });

function arrivalOf(deed: Deed, id: string, at: number, now: number): Arrival {
  switch (deed.deed) {
    case 'view':
      return event(now, { id, occurredAt: at, name: 'Product Viewed', products: deed.products.map(product) });
    case 'consent': {
      const { channel, purpose, granted } = deed;
      return event(now, {
        id,
        occurredAt: at,
        name: 'Consent Updated',
        properties: { channel, purpose, granted },
      });
    }
    case 'report': {
      const { channel, kind, scope, machine, message } = deed;
      const said = kind === 'unsubscribed' || kind === 'complained' ? scope : '';
      return {
        kind: 'feedback',
        now,
        input: {
          ...silence,
          id,
          occurredAt: at,
          channel,
          kind,
          scope: said,
          machine,
          dispatchId: String(message),
        },
      };
    }
    default: {
      const name = { order: 'Order Completed', refund: 'Order Refunded', cancel: 'Order Cancelled' }[
        deed.deed
      ];
      const extra = deed.taxed && deed.amount > 0 ? 7.5 : 0;
      const order = {
        orderId: deed.orderId,
        // Either the revenue is said, or what it is left of the total.
        revenue: extra > 0 ? Number.NaN : deed.amount,
        total: extra > 0 ? deed.amount + extra : Number.NaN,
        shipping: extra > 0 ? 5 : 0,
        tax: extra > 0 ? 2.5 : 0,
        discount: 0,
        coupon: '',
        refundId: '',
      };
      return event(now, {
        id,
        source: deed.source,
        occurredAt: at,
        name,
        order,
        products: deed.products.map(product),
      });
    }
  }
}

function product(wanted: {
  readonly product: string;
  readonly quantity: number;
  readonly size: string;
}): ProductInput {
  const { category = '', price = 0 } = PRODUCTS[wanted.product] ?? {};
  const { product: productId, quantity, size } = wanted;
  return { productId, sku: '', variant: '', size, category, brand: '', price, quantity, coupon: '' };
}

const silence: FeedbackInput = {
  channel: 'email',
  id: '',
  dispatchId: '',
  tracking: '',
  identifiers: [],
  kind: 'opened',
  occurredAt: 0,
  machine: false,
  link: '',
  value: 0,
  scope: '',
  bodyHash: 1,
};

function event(now: number, change: Partial<EventInput>): Arrival {
  const input: EventInput = {
    id: '',
    source: 'shop',
    identifiers: [{ kind: 'crm', value: 'c1' }],
    name: '',
    occurredAt: 0,
    channel: 'web',
    sessionId: '',
    products: [],
    order: undefined,
    currency: 'EUR',
    properties: undefined,
    context: undefined,
    historical: false,
    bodyHash: 1,
    ...change,
  };
  return { kind: 'event', now, input };
}

const key = branded<IdentifierKey>('crm:c1');

function stranger(): Profile {
  const profile = emptyProfile(branded<CustomerId>('abcdefghijklmnopqrstuv'), key);
  for (let seq = 1; seq <= MESSAGES; seq++) contact(profile, { seq });
  return profile;
}

/** Derives the fact and folds it, as a turn does; false: a duplicate. */
function take(profile: Profile, arrival: Arrival, seq: number): boolean {
  const { now } = arrival;
  const setting: EventSetting = {
    now,
    catalog: catalog(),
    marginRate: 0.4,
    zones: fixedZones,
    currency: 'EUR',
    rates: new Map(),
    attributes: [],
    channels: [],
    lateMsMax: 60 * DAY_MS,
    aheadMsMax: HOUR_MS,
  };
  const verdict =
    arrival.kind === 'event'
      ? deriveEvent(profile, key, arrival.input, setting)
      : deriveFeedback(profile, arrival.input, refOf(arrival.input), now, fixedZones);
  if (verdict.kind === 'duplicate') return false;
  if (verdict.kind !== 'accepted') throw new Error(`it was ${verdict.kind}`);
  fold(profile, verdict.fact, seq, 0);
  return !('isSilent' in verdict);
}

function refOf({ dispatchId }: FeedbackInput): ChoiceRef {
  return { seq: Number(dispatchId), index: 0, choice: 0 };
}

/** An arrival in a line. */
function told({ kind, now, input }: Arrival): string {
  const at = `+${input.occurredAt - NOON} (came +${now - NOON})`;
  if (kind === 'feedback')
    return `${at} ${input.id} ${input.channel} ${input.dispatchId} ${input.kind} ${input.scope} ${input.machine ? 'machine' : ''}`;
  const goods = input.products.map(({ productId, quantity }) => `${quantity} ${productId}`).join(' ');
  const { orderId = '', revenue = 0, total = 0 } = input.order ?? {};
  const { source } = input;
  return `${at} ${source} ${input.id} ${input.name} ${orderId} ${revenue} ${total} ${goods} ${JSON.stringify(input.properties ?? '')}`;
}

/** Calls `check` after every arrival of every history, with both profiles and the time. */
function compared(
  check: (profile: Profile, plain: PlainProfile, now: number) => void,
  numRuns: number,
): void {
  fc.assert(
    fc.property(arbHistory, (history) => {
      const profile = stranger();
      const plain = new PlainProfile(CHANNELS);
      for (const [n, arrival] of history.entries()) {
        try {
          expect(take(profile, arrival, n + 1)).toBe(plain.take(arrival));
          check(profile, plain, arrival.now);
        } catch (cause) {
          throw new Error(
            `after\n${history
              .slice(0, n + 1)
              .map(told)
              .join('\n')}`,
            { cause },
          );
        }
      }
    }),
    { numRuns },
  );
}

test('orders are counted once each, and revenue is what was paid less what was given back', () => {
  compared((profile, plain) => {
    expect(profile.orderCount).toBe(plain.orderCount);
    expect(profile.refundedOrders).toBe(plain.orders.filter(({ isPaidBack }) => isPaidBack).length);
    expect(profile.revenue).toBeCloseTo(plain.revenue, 6);
    expect(profile.refunds).toBeCloseTo(plain.refunds, 6);
  }, 300);
});

test('what the customer bought and did not bring back is theirs, and no more', () => {
  compared((profile, plain) => {
    const pieces = profile.owned.flatMap(({ productId, size, at, quantity }) =>
      Array.from({ length: quantity }, () => `${productId} ${size} ${at}`),
    );
    expect(pieces.sort()).toEqual(
      plain.owned.map((piece) => `${piece.product} ${piece.size} ${piece.at}`).sort(),
    );
  }, 300);
});

test('a product is suppressed exactly as long as the last piece of it that the customer kept says', () => {
  const msOf = (category: string): number => SUPPRESSION.byCategory.get(category) ?? SUPPRESSION.defaultMs;
  const verdict = new Verdict();
  compared((profile, plain, now) => {
    for (const [name, { category }] of Object.entries(PRODUCTS)) {
      const until = plain.suppressedUntil(name, msOf);
      for (const at of [now, until - 1, until].filter((time) => time > 0)) {
        verdict.pass();
        expect(purchased(verdict, profile, RULES, name, category, at)).toBe(at < until);
      }
    }
  }, 200);
});

test('the last word of a customer on each channel and purpose stands, and an unsubscribe stands until a later yes', () => {
  compared((profile, plain) => {
    const folded = CHANNELS.flatMap((name, channel) => [
      ...PURPOSES.map((about, purpose) => {
        const word = profile.consent[channel * PURPOSES.length + purpose] ?? 0;
        return `${name} ${about}: ${word === 0 ? 'nobody asked' : word > 0}`;
      }),
      `${name}: unsubscribed ${profile.channelStats[channel]?.unsubscribedAt ?? 0}`,
      `${name}: complained ${profile.channelStats[channel]?.complainedAt ?? 0}`,
    ]);
    const said = CHANNELS.flatMap((name) => [
      ...PURPOSES.map(
        (about) => `${name} ${about}: ${plain.words.get(`${name} ${about}`)?.granted ?? 'nobody asked'}`,
      ),
      `${name}: unsubscribed ${plain.unsubscribed.get(name) ?? 0}`,
      `${name}: complained ${plain.complained.get(name) ?? 0}`,
    ]);
    expect(folded.join('\n')).toBe(said.join('\n'));
  }, 250);
});

test('decayed counters are the sums of what happened, halved for every half-life since, in whatever order it came', () => {
  compared((profile, plain, now) => {
    for (const name of COUNTED) {
      for (const [window, halfLife] of HALF_LIVES_MS.entries()) {
        const at = now + HOUR_MS;
        const counted = readCounter(profile, counterPlace(name), window, at);
        const summed = plain.counter(name, halfLife, at);
        expect(Math.abs(counted - summed)).toBeLessThanOrEqual(
          summed * ROUNDING + (name === 'orders' ? TAKEN_BACK : 1e-30),
        );
      }
    }
  }, 150);
});

test('a message is opened once, answered once and bounces once, however often and by whomever it is told', () => {
  const told = fc.array(
    fc.record({
      message: fc.integer({ min: 1, max: MESSAGES + 2 }),
      kind: fc.constantFrom(...(['opened', 'clicked', 'replied', 'converted', 'bounced_hard'] as const)),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(told, (reports) => {
      const profile = stranger();
      for (const [n, { message, kind }] of reports.entries()) {
        const input = { ...silence, id: `f${n}`, kind, dispatchId: String(message), occurredAt: NOON };
        expect(take(profile, { kind: 'feedback', now: NOON + n, input }, n + 10)).toBe(true);
      }
      const messagesWith = (...kinds: readonly string[]): number =>
        new Set(reports.filter(({ kind }) => kinds.includes(kind)).map(({ message }) => message)).size;
      const { opens = 0, clicks = 0, bounces = 0 } = profile.channelStats[EMAIL] ?? {};
      expect(opens).toBe(messagesWith('opened'));
      expect(clicks).toBe(messagesWith('clicked', 'replied', 'converted'));
      expect(bounces).toBe(messagesWith('bounced_hard'));
    }),
  );
});

test('bounces that name no message are one where they are told within an hour, and what names none is opened by nobody', () => {
  const profile = stranger();
  const report = (id: string, kind: FeedbackInput['kind'], at: number): void => {
    const input = { ...silence, id, kind, occurredAt: at };
    const verdict = deriveFeedback(profile, input, undefined, NOON + DAY_MS, fixedZones);
    if (verdict.kind !== 'accepted') throw new Error(`it was ${verdict.kind}`);
    fold(profile, verdict.fact, 100, 0);
  };
  for (const minutes of [0, 3, 59]) report(`b${minutes}`, 'bounced_hard', NOON + minutes * 60_000);
  expect(profile.channelStats[EMAIL]?.bounces).toBe(1);
  report('later', 'bounced_hard', NOON + HOUR_MS);
  expect(profile.channelStats[EMAIL]?.bounces).toBe(2);
  report('open', 'opened', NOON);
  expect(profile.channelStats[EMAIL]).toMatchObject({ opens: 0, lastOpenAt: NOON });
});
