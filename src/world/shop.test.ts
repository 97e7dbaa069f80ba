import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../base/clock.ts';
import { HOUR_PROFILES } from './hour-profile.ts';
import { createShop, type Shop } from './shop.ts';
import type { ShopStep } from './shop-step.ts';
import { storyLine } from './story.ts';
import type { ShopTreatment } from './treatment.ts';
import { OUTCOME_DAYS, orderProbability } from './truth.ts';

const START = Date.UTC(2026, 0, 5);
/** For tests that let tens of thousands of customers live for a week. */
const LONG_MS = 120_000;

function treatment(more: Partial<ShopTreatment> = {}): ShopTreatment {
  return { ref: 'r1', family: 'discount', channel: 'whatsapp', productId: '', offer: undefined, ...more };
}

function tenPercent(until: number) {
  return { kind: 'percent', depth: 10, code: 'TEN', until };
}

function* steps(shop: Shop, until: number): Generator<ShopStep> {
  for (let step = shop.next(until); step !== undefined; step = shop.next(until)) yield step;
}

/** Runs a shop that treats every customer whom `treats` names when a decision about their cart is asked. */
function hashOf(
  seed: number,
  days: number,
  treats: (customer: number) => boolean,
  only?: (customer: number) => boolean,
): string {
  const shop = createShop({ seed, customers: 300, startAt: START });
  const hash = createHash('sha256');
  for (const step of steps(shop, START + days * DAY_MS)) {
    if (only === undefined || only(step.customer)) hash.update(JSON.stringify(step));
    if (step.kind === 'decide' && step.placement === 'home_hero' && treats(step.customer)) {
      const offer = tenPercent(step.at + DAY_MS);
      shop.onTreatment(step.customer, treatment({ ref: step.requestId, channel: 'email', offer }), step.at);
    }
  }
  return hash.digest('hex');
}

describe('the stream of steps', () => {
  test('is the same for the same seed and treatments, and another for another seed', () => {
    const one = hashOf(1, 20, (customer) => customer % 3 === 0);
    expect(hashOf(1, 20, (customer) => customer % 3 === 0)).toBe(one);
    expect(hashOf(2, 20, (customer) => customer % 3 === 0)).not.toBe(one);
    expect(hashOf(1, 20, () => false)).not.toBe(one);
  });

  test('of one customer is not moved by what another is sent', () => {
    const odd = (customer: number): boolean => customer % 2 === 1;
    expect(hashOf(4, 20, (customer) => !odd(customer), odd)).toBe(hashOf(4, 20, () => false, odd));
  });

  test('comes in order of time, stops at its bound, and goes on behind it', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 48 }), (seed, hours) => {
        const whole = [...steps(createShop({ seed, customers: 60, startAt: START }), START + 5 * DAY_MS)];
        const shop = createShop({ seed, customers: 60, startAt: START });
        const parts: ShopStep[] = [];
        for (let until = START; until < START + 5 * DAY_MS; until += hours * HOUR_MS)
          parts.push(...steps(shop, until));
        parts.push(...steps(shop, START + 5 * DAY_MS));
        expect(parts).toEqual(whole);
        for (let i = 1; i < whole.length; i++) {
          expect((whole[i] as ShopStep).at).toBeGreaterThanOrEqual((whole[i - 1] as ShopStep).at);
        }
      }),
      { numRuns: 10 },
    );
  });

  test(
    'holds events whose ids are their own, with products where the contract wants them',
    () => {
      const needed = new Set([
        'Product Viewed',
        'Product Added',
        'Size Guide Viewed',
        'Variant Unavailable',
        'Order Completed',
      ]);
      const shop = createShop({ seed: 5, customers: 1000, startAt: START });
      const ids = new Set<string>();
      const names = new Set<string>();
      for (const step of steps(shop, START + 30 * DAY_MS)) {
        if (step.kind !== 'event') continue;
        const { id, source, name, products, order, channel } = step.event;
        expect(ids.has(`${source}/${id}`)).toBe(false);
        ids.add(`${source}/${id}`);
        names.add(name);
        if (needed.has(name)) expect(products.length).toBeGreaterThan(0);
        expect(order !== undefined).toBe(name === 'Order Completed' || name === 'Order Refunded');
        if (order !== undefined) expect(order.total).toBeCloseTo(order.revenue + order.shipping, 6);
        if (channel === 'store')
          expect(['Order Completed', 'Order Refunded', 'Consent Updated']).toContain(name);
        if (name === 'Variant Unavailable') {
          const product = shop.catalog.byId.get(products[0]?.productId ?? '');
          expect(product?.stock.get(products[0]?.size ?? '')).toBe(0);
        }
        if (name === 'Order Completed') {
          for (const line of products)
            expect(shop.catalog.byId.get(line.productId)?.stock.get(line.size)).toBeGreaterThan(0);
        }
      }
      expect([...names].sort()).toEqual([
        'Checkout Started',
        'Checkout Step Viewed',
        'Consent Updated',
        'Coupon Denied',
        'Order Completed',
        'Order Refunded',
        'Page Viewed',
        'Payment Failed',
        'Payment Info Entered',
        'Product Added',
        'Product Viewed',
        'Shipping Cost Shown',
        'Size Guide Viewed',
        'Variant Unavailable',
      ]);
    },
    LONG_MS,
  );
});

describe('the truth comes true', () => {
  test(
    'orders within seven days of the untouched are as likely as p0 says, in every tenth of the customers',
    () => {
      const customers = 20_000;
      const shop = createShop({ seed: 21, customers, startAt: START });
      const bought = new Uint8Array(customers);
      for (const step of steps(shop, START + OUTCOME_DAYS * DAY_MS)) {
        if (step.kind === 'event' && step.event.name === 'Order Completed') bought[step.customer] = 1;
      }
      const predicted = Array.from({ length: customers }, (_, customer) => ({
        p: orderProbability(shop.truth(customer), {
          daysSinceOrder: Number.POSITIVE_INFINITY,
          dropped: false,
        }),
        bought: bought[customer] as number,
      })).sort((a, b) => a.p - b.p);
      for (let tenth = 0; tenth < 10; tenth++) {
        const group = predicted.slice((tenth * customers) / 10, ((tenth + 1) * customers) / 10);
        const expected = group.reduce((sum, { p }) => sum + p, 0);
        const variance = group.reduce((sum, { p }) => sum + p * (1 - p), 0);
        const seen = group.reduce((sum, entry) => sum + entry.bought, 0);
        expect(
          Math.abs(seen - expected),
          `tenth ${tenth}: ${seen} orders, ${expected.toFixed(1)} expected`,
        ).toBeLessThan(4 * Math.sqrt(variance));
      }
    },
    LONG_MS,
  );

  test(
    'a treatment adds buyers as τ says, in twin shops with the same draws',
    () => {
      const customers = 20_000;
      const buyers = (treats: boolean): { bought: Uint8Array; tau: number } => {
        const shop = createShop({ seed: 22, customers, startAt: START });
        let tau = 0;
        for (let customer = 0; customer < customers && treats; customer++) {
          const said = treatment({ ref: `t${customer}`, family: 'early_access' });
          tau += shop.treatmentTruth(customer, said, START).tau;
          shop.onTreatment(customer, said, START);
        }
        const bought = new Uint8Array(customers);
        for (const step of steps(shop, START + OUTCOME_DAYS * DAY_MS)) {
          if (step.kind === 'event' && step.event.name === 'Order Completed') bought[step.customer] = 1;
        }
        return { bought, tau };
      };
      const treated = buyers(true);
      const untreated = buyers(false);
      let added = 0;
      let turned = 0;
      for (let customer = 0; customer < customers; customer++) {
        const difference = (treated.bought[customer] as number) - (untreated.bought[customer] as number);
        added += difference;
        turned += Math.abs(difference);
      }
      expect(treated.tau).toBeGreaterThan(100);
      expect(Math.abs(added - treated.tau)).toBeLessThan(4 * Math.sqrt(turned));
    },
    LONG_MS,
  );

  test(
    'messages are opened and clicked as often as the formulas say',
    () => {
      const customers = 20_000;
      const shop = createShop({ seed: 23, customers, startAt: START });
      let attention = 0;
      let unsubscribe = 0;
      for (let customer = 0; customer < customers; customer++) {
        const said = treatment({ ref: `t${customer}`, family: 'bulk', channel: 'email' });
        const truth = shop.treatmentTruth(customer, said, START);
        attention += truth.attention;
        unsubscribe += truth.unsubscribe;
        shop.onTreatment(customer, said, START);
      }
      let clickHours: number[] = [];
      const count = { delivered: 0, opened: 0, clicked: 0, unsubscribed: 0, bounced: 0 };
      for (const step of steps(shop, START + 7 * DAY_MS)) {
        if (step.kind !== 'feedback') continue;
        if (step.feedback === 'bounced_hard' || step.feedback === 'bounced_soft') count.bounced++;
        if (step.feedback === 'delivered') count.delivered++;
        if (step.feedback === 'opened') count.opened++;
        if (step.feedback === 'unsubscribed') count.unsubscribed++;
        if (step.feedback === 'clicked') {
          count.clicked++;
          clickHours.push((step.at - START) / HOUR_MS);
        }
      }
      expect(count.delivered + count.bounced).toBe(customers);
      expect(Math.abs(count.bounced / customers - 0.0093)).toBeLessThan(0.003);
      // Bounced mail is not read.
      expect(Math.abs(count.opened / (attention * 0.9907) - 1)).toBeLessThan(0.07);
      expect(Math.abs(count.clicked / count.opened - 0.059)).toBeLessThan(0.016);
      expect(Math.abs(count.unsubscribed - unsubscribe)).toBeLessThan(4 * Math.sqrt(unsubscribe));
      clickHours = clickHours.sort((a, b) => a - b);
      const median = clickHours[Math.floor(clickHours.length / 2)] as number;
      expect(median).toBeGreaterThan(1.2);
      expect(median).toBeLessThan(3.6);
    },
    LONG_MS,
  );

  test('lunch readers come at lunch, by their own clock', () => {
    const shop = createShop({ seed: 24, customers: 3000, startAt: START });
    const lunch = HOUR_PROFILES.indexOf('lunch');
    let all = 0;
    let atLunch = 0;
    for (const step of steps(shop, START + 14 * DAY_MS)) {
      if (step.kind !== 'event' || step.event.name !== 'Page Viewed') continue;
      if (shop.truth(step.customer).hours !== lunch) continue;
      const hour = shop.moment(step.customer, step.at).hourOfWeek % 24;
      all++;
      if (hour >= 12 && hour < 14) atLunch++;
    }
    // Two hours at the rate 7 of a day's sum of 33.
    expect(atLunch / all).toBeGreaterThan(0.36);
    expect(atLunch / all).toBeLessThan(0.48);
  });
});

describe('a message', () => {
  /** The first customer who notices and clicks a WhatsApp message at the start, and a shop in which they are about to. */
  function withClicker(
    offer: ShopTreatment['offer'],
    buys: boolean,
  ): { shop: Shop; customer: number; steps: ShopStep[] } {
    for (let customer = 0; ; customer++) {
      const shop = createShop({ seed: 31, customers: 300, startAt: START });
      shop.onTreatment(customer, treatment({ offer }), START);
      const own = [...steps(shop, START + DAY_MS)].filter((step) => step.customer === customer);
      const clicked = own.some((step) => step.kind === 'feedback' && step.feedback === 'clicked');
      if (clicked && (shop.ledger.inducedOrders === 1) === buys) {
        const again = createShop({ seed: 31, customers: 300, startAt: START });
        again.onTreatment(customer, treatment({ offer }), START);
        return { shop: again, customer, steps: own };
      }
    }
  }

  test(
    'that brings an order has its code on it, to the cent, and the code works once',
    () => {
      const { customer, steps: own, shop } = withClicker(tenPercent(START + 30 * DAY_MS), true);
      const order = own.find((step) => step.kind === 'event' && step.event.name === 'Order Completed');
      if (order?.kind !== 'event') throw new Error('no order');
      const price = order.event.products.reduce((sum, { price: each }) => sum + each, 0);
      expect(order.event.order).toMatchObject({
        coupon: 'TEN',
        discount: Math.round(price * 10) / 100,
        revenue: Math.round((price - Math.round(price * 10) / 100) * 100) / 100,
      });
      const coupons = [...steps(shop, START + 120 * DAY_MS)].flatMap((step) =>
        step.customer === customer && step.kind === 'event' && step.event.name === 'Order Completed'
          ? [step.event.order?.coupon]
          : [],
      );
      expect(coupons.filter((coupon) => coupon === 'TEN')).toHaveLength(1);
    },
    LONG_MS,
  );

  test(
    'that is withdrawn before it is noticed sets nothing off, and cannot be withdrawn again',
    () => {
      const { shop, customer } = withClicker(undefined, true);
      expect(shop.withdraw('r1')).toBe(true);
      expect(shop.withdraw('r1')).toBe(false);
      const own = [...steps(shop, START + DAY_MS)].filter((step) => step.customer === customer);
      expect(own.filter((step) => step.kind === 'feedback')).toEqual([]);
      expect(shop.ledger.inducedOrders).toBe(0);
    },
    LONG_MS,
  );

  test(
    'that was opened cannot be withdrawn',
    () => {
      const { shop, customer } = withClicker(undefined, true);
      for (const step of steps(shop, START + DAY_MS)) {
        if (step.customer === customer && step.kind === 'feedback' && step.feedback === 'opened') break;
      }
      expect(shop.withdraw('r1')).toBe(false);
    },
    LONG_MS,
  );

  test('sent to who has unsubscribed there is counted as what must never be', () => {
    const shop = createShop({ seed: 32, customers: 1, startAt: START });
    let at = START;
    for (let n = 0; shop.ledger.unsubscribes === 0 && n < 3000; n++) {
      at += MINUTE_MS;
      shop.onTreatment(0, treatment({ ref: `r${n}`, channel: 'sms' }), at);
      for (const _ of steps(shop, at));
    }
    for (const _ of steps(shop, at + 7 * DAY_MS));
    const before = shop.ledger.sentAfterUnsubscribe;
    shop.onTreatment(0, treatment({ ref: 'one more', channel: 'sms' }), shop.now);
    expect(shop.ledger.sentAfterUnsubscribe).toBe(before + 1);
    shop.onTreatment(0, treatment({ ref: 'another channel', channel: 'push' }), shop.now);
    expect(shop.ledger.sentAfterUnsubscribe).toBe(before + 1);
  });
});

describe('the story', () => {
  const storyAt = START + HOUR_MS;
  const words = (list: readonly ShopStep[]): string[] =>
    list
      .filter((step) => step.customer === 0)
      .map((step) => {
        const name =
          step.kind === 'event'
            ? step.event.name
            : step.kind === 'decide'
              ? `decide ${step.placement}`
              : step.feedback;
        return `${(step.at - storyAt) / 1000} ${name}`;
      });

  test('runs from the page view over the exit to the order that the intervention brings', () => {
    const shop = createShop({ seed: 1, customers: 50, startAt: START, storyAt, outreachPerDay: 0 });
    const before = [...steps(shop, storyAt + 310_000)];
    expect(words(before).filter((word) => !word.endsWith('Consent Updated'))).toEqual([
      '0 Page Viewed',
      '0 decide home_hero',
      '20 Product Viewed',
      '20 decide pdp_recommendation',
      '65 Size Guide Viewed',
      '65 decide onsite_modal',
      '110 Product Viewed',
      '150 Product Added',
      '150 decide cart_banner',
      '180 Checkout Started',
      '205 Checkout Step Viewed',
      '220 Shipping Cost Shown',
    ]);
    const { product } = storyLine(shop.catalog);
    const offer = { kind: 'free_shipping', depth: 0, code: 'SHIPFREE', until: storyAt + DAY_MS };
    const said = treatment({ family: 'free_shipping', channel: 'push', productId: product.productId, offer });
    shop.onTreatment(0, said, storyAt + 310_000);
    const after = [...steps(shop, storyAt + DAY_MS)];
    expect(words(after)).toEqual([
      '311 delivered',
      '335 opened',
      '350 clicked',
      '355 Checkout Started',
      expect.stringMatching(/^[\d.]+ Order Completed$/),
    ]);
    const order = after.findLast((step) => step.customer === 0 && step.kind === 'event');
    if (order?.kind !== 'event') throw new Error('no order');
    expect(order.event).toMatchObject({
      products: [{ productId: product.productId, size: 'M' }],
      order: { shipping: 0, discount: 0, coupon: 'SHIPFREE', revenue: product.price },
    });
    expect(order.at - storyAt).toBeLessThan(500_000);
  });

  test('has no order when nothing is sent', () => {
    const shop = createShop({ seed: 1, customers: 50, startAt: START, storyAt, outreachPerDay: 0 });
    expect(words([...steps(shop, storyAt + 60 * DAY_MS)]).filter((word) => word.includes('Order'))).toEqual(
      [],
    );
  });
});

test('a shop refuses numbers of customers that it cannot hold', () => {
  expect(() => createShop({ seed: 1, customers: 0, startAt: START })).toThrow(
    '1 to 1000000 customers, not 0',
  );
  expect(() => createShop({ seed: 1, customers: 1_000_001, startAt: START })).toThrow(RangeError);
  expect(() => createShop({ seed: 1, customers: 5, startAt: START }).truth(5)).toThrow('numbered 0 to 4');
});
