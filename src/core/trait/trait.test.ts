import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { channelIndex } from '../channel.ts';
import {
  action,
  catalog,
  condition,
  customer,
  NOON,
  ordered,
  policy,
  product,
} from '../decide/shop.fixture.ts';
import { channelStatsOf } from '../profile/channel-stats.ts';
import { bumpCounter, counterPlace } from '../profile/counter.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import type { Profile } from '../profile/profile.ts';
import { Bought } from './bought.ts';
import { computeTraits, type TraitContext } from './compute-traits.ts';
import { customerAlive, residualValue } from './customer-value.ts';
import { KnownAttributes } from './known-attributes.ts';
import { pAlive } from './p-alive.ts';
import { stageIndex, stageName } from './stage.ts';
import { stockOf } from './stock.ts';
import { NEED_ALL, NEED_CART, NEED_VALUE, traitNeeds } from './trait-needs.ts';
import { strangerTraits, TRAITS, type Traits } from './trait-spec.ts';

const rules = policy([]).stages;

function context(change: Partial<TraitContext> = {}): TraitContext {
  return {
    now: NOON,
    rules,
    catalog: catalog(),
    contextChannel: -1,
    offsetMin: Number.NaN,
    device: '',
    locale: '',
    ...change,
  };
}

function traitsOf(profile: Profile, change: Partial<TraitContext> = {}): Traits {
  const traits = strangerTraits();
  computeTraits(traits, profile, context(change), NEED_ALL);
  return traits;
}

describe('P(alive)', () => {
  test('agrees with the published numbers of the CDNOW customers', () => {
    expect(pAlive(2, 30.43, 38.86)).toBeCloseTo(0.706126, 6);
    expect(pAlive(0, 0, 38.86)).toBeCloseTo(0.389716, 6);
    expect(pAlive(26, 30.86, 31)).toBeCloseTo(0.965553, 6);
    expect(pAlive(2, 30.43, 57.5578)).toBeCloseTo(0.5, 5);
  });

  test('falls with silence, and what the customer is still worth falls with it', () => {
    const soon = ordered(customer(), 5, 5);
    const late = ordered(customer(), 5, 200);
    expect(customerAlive(soon, NOON)).toBeGreaterThan(customerAlive(late, NOON));
    expect(residualValue(soon, NOON, 0.9)).toBeGreaterThan(residualValue(late, NOON, 0.2));
    expect(residualValue(customer(), NOON, 0)).toBe(0);
  });
});

describe('the stage', () => {
  const at = (profile: Profile) => stageName(stageIndex(profile, rules, NOON));

  test.each([
    [0, 'onboarding'],
    [7.99, 'onboarding'],
    [8, 'active'],
    [30.99, 'active'],
    [31, 'lapsing'],
    [74.99, 'lapsing'],
    [75, 'lapsed'],
    [400, 'lapsed'],
  ])('%d days after an order is %s', (daysAgo, stage) => {
    expect(at(ordered(customer(), 1, daysAgo))).toBe(stage);
  });

  test('is prospect without an order', () => expect(at(customer())).toBe('prospect'));

  test('of who spends and orders much is loyalist from the first day to the last before the customer lapses', () => {
    for (const days of [1, 20, 40]) expect(at(ordered(customer(), 8, days, 300))).toBe('loyalist');
    expect(at(ordered(customer(), 8, 80, 300))).toBe('lapsed');
    expect(at(ordered(customer(), 4, 20, 600))).not.toBe('loyalist');
  });

  test('of a valuable customer who has opened nothing for 45 days is fading, from that day on', () => {
    const profile = ordered(customer(), 2, 50, 600);
    expect(at(profile)).toBe('fading');
    channelStatsOf(profile, channelIndex('email')).lastOpenAt = NOON - 45 * DAY_MS + 1;
    expect(at(profile)).toBe('lapsing');
    channelStatsOf(profile, channelIndex('email')).lastOpenAt = NOON - 45 * DAY_MS;
    expect(at(profile)).toBe('fading');
  });

  test('of a valuable customer follows their own rhythm: forty weekly orders make six silent weeks fading', () => {
    const weekly = ordered(customer(), 40, 42, 100);
    weekly.lastNewOrderAt = weekly.lastOrderAt;
    weekly.firstOrderAt = weekly.lastOrderAt - 39 * 7 * DAY_MS;
    channelStatsOf(weekly, channelIndex('email')).lastOpenAt = NOON - DAY_MS;
    expect(at(weekly)).toBe('fading');
    const monthly = ordered(customer(), 40, 42, 100);
    channelStatsOf(monthly, channelIndex('email')).lastOpenAt = NOON - DAY_MS;
    expect(at(monthly)).toBe('loyalist');
  });
});

describe('traits', () => {
  test('of a customer of whom nothing is known are those of a stranger', () => {
    const nobody = customer();
    const stranger = traitsOf(emptyProfile(nobody.id, nobody.key));
    expect(stranger).toEqual(strangerTraits());
    const { bought: _, attributes: __, ...values } = stranger;
    expect(Object.keys(values).sort()).toEqual(TRAITS.map((trait) => trait.name).sort());
  });

  test('tell what the customer has, does and likes', () => {
    const profile = ordered(customer(), 4, 10, 600, 1);
    for (let i = 0; i < 4; i++) bumpCounter(profile, counterPlace('views'), NOON - HOUR_MS);
    for (const viewed of [
      {
        productId: 'hat',
        category: 'hats',
        brand: 'b',
        size: '',
        price: 20,
        lastAt: NOON - DAY_MS,
        views: 2,
      },
      {
        productId: 'old',
        category: 'coats',
        brand: 'b',
        size: '',
        price: 20,
        lastAt: NOON - 3 * DAY_MS,
        views: 9,
      },
      {
        productId: 'parka',
        category: 'coats',
        brand: 'b',
        size: 'M',
        price: 90,
        lastAt: NOON - DAY_MS,
        views: 1,
      },
      {
        productId: 'coat',
        category: 'coats',
        brand: 'acme',
        size: 'M',
        price: 120,
        lastAt: NOON - 30 * MINUTE_MS,
        views: 3,
      },
    ])
      profile.viewed.add(viewed);
    profile.cart.push({
      productId: 'hat',
      category: 'hats',
      brand: 'b',
      variant: '',
      size: '',
      price: 20,
      quantity: 2,
      at: NOON - 15 * MINUTE_MS,
    });
    profile.owned.push(
      { productId: 'shoe', category: 'shoes', size: '', at: NOON - 40 * DAY_MS, quantity: 1, price: 70 },
      { productId: 'belt', category: 'belts', size: '', at: NOON - 10 * DAY_MS, quantity: 2, price: 20 },
      { productId: 'bag', category: 'bags', size: '', at: NOON - 10 * DAY_MS, quantity: 1, price: 50 },
      { productId: 'case', category: 'bags', size: '', at: NOON - 10 * DAY_MS, quantity: 1, price: 10 },
    );
    profile.categories.keys.push('hats', 'coats', 'shoes');
    profile.categories.weights.push(1, 5, 2);
    Object.assign(channelStatsOf(profile, channelIndex('whatsapp')), {
      sends: 10,
      opens: 9,
      lastOpenAt: NOON - 2 * DAY_MS,
      lastSentAt: NOON - DAY_MS,
    });
    profile.offers.push({
      offer: 'ten',
      kind: 'percent',
      depth: 10,
      code: '',
      action: '',
      at: NOON - 5,
      until: NOON + 5,
      seq: 1,
      index: 0,
      choice: 0,
    });
    const world = catalog(product('coat', { stock: new Map([['M', 3]]) }));
    expect(
      traitsOf(profile, { catalog: world, offsetMin: 60, contextChannel: 1, device: 'mobile' }),
    ).toMatchObject({
      stage: 'active',
      loyalty_tier: 'gold',
      orders: 4,
      average_order: 600,
      discount_share: 0.25,
      days_since_order: 10,
      order_gap_days: 30,
      views_1h: 2,
      viewed_product: 'coat',
      viewed_stock: 3,
      viewed_minutes_ago: 30,
      category_views_2d: 4,
      category_top: 'coats',
      categories: ['coats', 'shoes', 'hats'],
      owned_categories: ['bags', 'belts', 'shoes'],
      ordered_product: 'bag',
      ordered_category: 'bags',
      ordered_price: 50,
      ordered_categories: ['bags', 'belts'],
      cart_items: 2,
      cart_value: 40,
      cart_minutes_ago: 15,
      cart_categories: ['hats'],
      is_known: true,
      has_email: true,
      has_phone: true,
      whatsapp_engagement: 10 / 15,
      email_engagement: 0.2,
      days_since_open: 2,
      days_since_contact: 1,
      has_live_offer: true,
      live_offer: 'ten',
      local_hour: 13,
      weekday: 0,
      context_channel: 'app',
      device: 'mobile',
    });
  });

  test('of one customer never show in another one’s', () => {
    const traits = strangerTraits();
    const busy = ordered(customer(), 9, 1, 900);
    busy.categories.keys.push('hats');
    busy.categories.weights.push(1);
    busy.cart.push({
      productId: 'hat',
      category: 'hats',
      brand: '',
      variant: '',
      size: '',
      price: 20,
      quantity: 2,
      at: NOON,
    });
    computeTraits(traits, busy, context(), NEED_ALL);
    const nobody = emptyProfile(busy.id, busy.key);
    computeTraits(traits, nobody, context(), NEED_ALL);
    expect(traits).toEqual(strangerTraits());
  });

  test('are computed by group, as the policy’s conditions and content ask', () => {
    const when = condition(0, 'cart_value > 10.0 && orders > 1.0', () => true);
    expect(traitNeeds(policy([action(0, { when })], { conditions: [when] }))).toBe(NEED_CART);
    const slots = [{ name: 'value', source: { kind: 'trait' as const, name: 'p_alive' }, required: false }];
    const variants = [{ index: 0, id: 'a', templateId: '', text: '', when: undefined, slots }];
    expect(traitNeeds(policy([action(0, { variants })]))).toBe(NEED_VALUE);
  });
});

describe('every trait', () => {
  /** A traits object in which nothing is filled, after a policy that asks for one trait only. */
  const filledFor = (source: string): Record<string, unknown> => {
    const when = condition(0, source, () => true);
    const blank: Record<string, unknown> = Object.fromEntries(TRAITS.map(({ name }) => [name, undefined]));
    blank.bought = new Bought();
    blank.attributes = new KnownAttributes();
    const needs = traitNeeds(policy([action(0, { when })], { conditions: [when] }));
    computeTraits(blank as unknown as Traits, customer(), context(), needs);
    return blank;
  };

  test.each(TRAITS.map(({ name }) => name))(
    '%s is filled for a policy that asks for nothing else',
    (name) => {
      expect(filledFor(name)[name]).toBeDefined();
    },
  );
});

describe('stock', () => {
  const shoe = product('shoe', {
    stock: new Map([
      ['38', 3],
      ['39', 0],
      ['40', Number.POSITIVE_INFINITY],
    ]),
  });

  test('is that of their size, and none when the product no longer comes in it', () => {
    expect(['38', '39', '40', '41'].map((size) => stockOf(shoe, size, customer()))).toEqual([3, 0, -1, 0]);
  });

  test('without a size is that of the size the customer likes best among those there are, else all together', () => {
    const profile = customer();
    expect(
      stockOf(
        product('x', {
          stock: new Map([
            ['S', 2],
            ['M', 3],
          ]),
        }),
        '',
        profile,
      ),
    ).toBe(5);
    profile.sizes.keys.push('XL', 'M', 'S');
    profile.sizes.weights.push(9, 2, 1);
    expect(
      stockOf(
        product('x', {
          stock: new Map([
            ['S', 2],
            ['M', 3],
          ]),
        }),
        '',
        profile,
      ),
    ).toBe(3);
    expect(stockOf(product('x'), 'M', profile)).toBe(-1);
  });
});
