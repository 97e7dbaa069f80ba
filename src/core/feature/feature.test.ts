import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { CHANNELS, channelIndex } from '../channel.ts';
import { customer, NOON, ordered } from '../decide/shop.fixture.ts';
import { STAGES } from '../policy/policy.ts';
import { channelStatsOf } from '../profile/channel-stats.ts';
import { bumpCounter, counterPlace } from '../profile/counter.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import { COUNTERS, type Profile } from '../profile/profile.ts';
import { FEATURE_COUNT, FEATURE_SPEC_HASH, FEATURES } from './feature-spec.ts';
import { presence, writeFeatures, writeFeaturesLike } from './write-features.ts';

const moment = { now: NOON, stage: STAGES.indexOf('active'), offsetMin: 60 };

function busy(): Profile {
  const profile = ordered(customer(), 3, 12, 100, 1);
  for (const name of COUNTERS) bumpCounter(profile, counterPlace(name), NOON - HOUR_MS, 3);
  profile.session.count = 7;
  profile.refunds = 30;
  profile.categories.keys.push('coats', 'hats');
  profile.categories.weights.push(3, 1);
  profile.brands.keys.push('acme');
  profile.brands.weights.push(2);
  profile.cart.push({
    productId: 'x',
    category: '',
    brand: '',
    variant: '',
    size: '',
    price: 40,
    quantity: 2,
    at: NOON,
  });
  profile.checkout = {
    startedAt: 1,
    stepAt: 0,
    frictions: 0,
    frictionAt: 0,
    lastAt: 1,
    step: 1,
    value: 1,
    friction: 0,
    frictionProduct: '',
    frictionSize: '',
    channel: 0,
    exitedAt: 0,
  };
  Object.assign(channelStatsOf(profile, channelIndex('email')), {
    sends: 10,
    opens: 4,
    clicks: 2,
    lastOpenAt: NOON - HOUR_MS,
    lastSeenAt: NOON - HOUR_MS,
  });
  return profile;
}

function named(profile: Profile, channel: string): Record<string, number> {
  const row = new Float32Array(FEATURE_COUNT).fill(99);
  writeFeatures(row, 0, profile, moment, channelIndex(channel));
  return Object.fromEntries(FEATURES.map((name, i) => [name, row[i] as number]));
}

describe('the feature specification', () => {
  test('is a contract with the trained models: a change of names or order needs a new version and new models', () => {
    expect(new Set(FEATURES).size).toBe(FEATURE_COUNT);
    expect([FEATURE_COUNT, FEATURE_SPEC_HASH]).toEqual([53, '3e838005']);
  });
});

describe('features', () => {
  test('stand where the specification names them', () => {
    const row = named(busy(), 'email');
    expect(row.channel_email).toBe(1);
    expect(row.stage_active).toBe(1);
    expect(CHANNELS.reduce((sum, name) => sum + (row[`channel_${name}`] ?? 9), 0)).toBe(1);
    expect(STAGES.reduce((sum, name) => sum + (row[`stage_${name}`] ?? 9), 0)).toBe(1);
    const expected: Record<string, number> = {
      views_1h: Math.log1p(1.5),
      clicks_14d: Math.log1p(3 * 2 ** (-1 / 336)),
      sessions: Math.log1p(7),
      days_since_order: Math.log1p(12),
      orders: Math.log1p(3),
      average_order: Math.log1p(100),
      discount_share: 1 / 3,
      refund_share: 30 / 330,
      category_strength: 0.75,
      brand_strength: 1,
      engagement: 5 / 15,
      click_rate: 2.5 / 20,
      sends: Math.log1p(10),
      days_since_open: Math.log1p(1 / 24),
      presence: 2 ** -6,
      hour_sin: Math.sin((2 * Math.PI * 13) / 24),
      hour_cos: Math.cos((2 * Math.PI * 13) / 24),
      weekend: 0,
      in_checkout: 1,
      cart_value: Math.log1p(80),
      cart_items: Math.log1p(2),
    };
    for (const [name, value] of Object.entries(expected)) expect(row[name], name).toBeCloseTo(value, 6);
  });

  test('know for how long a customer is known: from the first fact, or from an order before it', () => {
    const daysKnown = (change: Partial<Profile>) =>
      Math.expm1(named({ ...busy(), ...change }, 'email').days_known ?? 0);
    expect(daysKnown({ createdAt: NOON - 40 * DAY_MS, firstOrderAt: 0 })).toBeCloseTo(40, 4);
    expect(daysKnown({ createdAt: NOON - 40 * DAY_MS, firstOrderAt: NOON - DAY_MS })).toBeCloseTo(40, 4);
    expect(daysKnown({ createdAt: NOON - DAY_MS, firstOrderAt: NOON - 90 * DAY_MS })).toBeCloseTo(90, 4);
    expect(daysKnown({ createdAt: NOON - 900 * DAY_MS, firstOrderAt: 0 })).toBeCloseTo(365, 3);
    expect(daysKnown({ createdAt: 0, firstOrderAt: 0 })).toBe(0);
  });

  test('are finite for a stranger in an unknown zone, and every place is written', () => {
    const profile = customer();
    const row = new Float32Array(FEATURE_COUNT + 2).fill(Number.NaN);
    writeFeatures(
      row,
      1,
      emptyProfile(profile.id, profile.key),
      { now: NOON, stage: 0, offsetMin: Number.NaN },
      3,
    );
    expect(row.subarray(1, FEATURE_COUNT + 1).every((value) => Number.isFinite(value))).toBe(true);
    expect([row[0], row[FEATURE_COUNT + 1]]).toEqual([Number.NaN, Number.NaN]);
  });

  test('of a second channel derived from the first are those written afresh', () => {
    const profile = busy();
    const rows = new Float32Array(FEATURE_COUNT * 3);
    writeFeatures(rows, 0, profile, moment, channelIndex('email'));
    writeFeaturesLike(rows, FEATURE_COUNT, 0, profile, NOON, channelIndex('sms'));
    writeFeatures(rows, FEATURE_COUNT * 2, profile, moment, channelIndex('sms'));
    expect(rows.slice(FEATURE_COUNT, FEATURE_COUNT * 2)).toEqual(rows.slice(FEATURE_COUNT * 2));
  });

  test('presence is certain when the customer was just seen and halves every ten minutes', () => {
    expect([presence(0, NOON), presence(NOON, NOON), presence(NOON + 5, NOON)]).toEqual([0, 1, 1]);
    expect(presence(NOON - 600_000, NOON)).toBeCloseTo(0.5, 12);
  });
});
