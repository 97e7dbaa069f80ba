import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import { purchased, soldOut } from '../candidate/promotable.ts';
import { channelIndex } from '../channel.ts';
import { policyIndex } from '../decide/policy-index.ts';
import {
  action,
  catalog,
  channelPolicy,
  contact,
  customer,
  env,
  NOON,
  ordered,
  policy,
} from '../decide/shop.fixture.ts';
import { type ChannelPolicy, EVER } from '../policy/policy.ts';
import { actionHash } from '../profile/action-hash.ts';
import { channelStatsOf } from '../profile/channel-stats.ts';
import type { Profile } from '../profile/profile.ts';
import { REASONS } from '../reason.ts';
import { channelBacklog } from './backlog.ts';
import { Budgets, drawOf } from './budgets.ts';
import { Caps } from './caps.ts';
import { consentMissing } from './consent.ts';
import { COMMON } from './contact-limits.ts';
import { fullPriceBuyer } from './full-price.ts';
import { isHeldOut } from './holdout.ts';
import { incentiveLive } from './incentive.ts';
import { marginBroken } from './margin.ts';
import { optedOut } from './opt-out.ts';
import { isQuiet, quietHours } from './quiet-hours.ts';
import { channelUnreachable } from './reachability.ts';
import { Verdict } from './verdict.ts';

const EMAIL = channelIndex('email');
const WEB = channelIndex('web');
const rules = policy([action(0)]);

describe('quiet hours', () => {
  test('begin with their first minute and end before their last, over midnight too', () => {
    const at = (minute: number) => isQuiet(minute, 22 * 60, 8 * 60);
    expect([21 * 60 + 59, 22 * 60, 0, 7 * 60 + 59, 8 * 60].map(at)).toEqual([false, true, true, true, false]);
    const noon = (minute: number) => isQuiet(minute, 12 * 60, 13 * 60);
    expect([719, 720, 779, 780].map(noon)).toEqual([false, true, true, false]);
    expect(isQuiet(5, 300, 300)).toBe(false);
  });

  test('with an unknown zone they hold when they hold anywhere the shop sells, and the zone is named', () => {
    const twoZones = policy([], { zones: ['Europe/Berlin', 'Australia/Lord_Howe'] });
    const world = env(twoZones, { offsetOfZones: [60, 660] });
    const verdict = new Verdict();
    expect(quietHours(verdict, world, COMMON, Number.NaN, NOON)).toBe(true);
    expect(verdict).toMatchObject({ value: 23 * 60, limit: 8 * 60, ref: 'Australia/Lord_Howe' });
    expect(quietHours(verdict, world, COMMON, 60, NOON)).toBe(false);
  });
});

describe('a channel for a purpose', () => {
  const ask = (profile = customer(), purpose = 0, channels: readonly ChannelPolicy[] = rules.channels) => {
    const verdict = new Verdict();
    const channel = channels[EMAIL] as ChannelPolicy;
    if (!consentMissing(verdict, profile, channel, purpose, NOON)) {
      channelUnreachable(verdict, profile, channel, rules, NOON) ||
        optedOut(verdict, profile, EMAIL, purpose);
    }
    return [REASONS[verdict.code], verdict.value, verdict.limit, verdict.ref];
  };

  test('is silent for whoever comes by a key of somebody who was forgotten, on ads too, and lets them ask', () => {
    const profile = customer();
    profile.consent.fill(1);
    profile.silencedAt = NOON - 1;
    const isSilent = (channel: number): boolean =>
      consentMissing(new Verdict(), profile, channelPolicy(channel, { push: false }), 0, NOON);
    expect(ask(profile)).toEqual(['ERASED', NOON - 1, 0, '']);
    expect([isSilent(channelIndex('ads')), isSilent(WEB)]).toEqual([true, false]);
  });

  test('needs a yes for marketing and no no for service', () => {
    const profile = customer();
    profile.consent.fill(0);
    expect(ask(profile, 0)).toEqual(['CONSENT_MISSING', 0, 1, 'marketing']);
    expect(ask(profile, 1)).toEqual(['NONE', 0, 0, '']);
    profile.consent.fill(-1);
    expect(ask(profile, 0)).toEqual(['CONSENT_MISSING', 2, 1, 'marketing']);
    expect(ask(profile, 1)).toEqual(['CONSENT_MISSING', 2, 1, 'service']);
  });

  test('where the policy does not ask for consent only a no is a no', () => {
    const open = rules.channels.map((channel) => channelPolicy(channel.index, { consentRequired: false }));
    const profile = customer();
    profile.consent.fill(0);
    expect(ask(profile, 0, open)).toEqual(['NONE', 0, 0, '']);
    profile.consent.fill(-1);
    expect(ask(profile, 0, open)).toEqual(['CONSENT_MISSING', 2, 1, 'marketing']);
  });

  test('needs an address that does not bounce', () => {
    const profile = customer();
    channelStatsOf(profile, EMAIL).bounces = 2;
    expect(ask(profile)).toEqual(['NONE', 0, 0, '']);
    channelStatsOf(profile, EMAIL).bounces = 3;
    expect(ask(profile)).toEqual(['UNREACHABLE', 3, 3, 'bounces']);
    channelStatsOf(profile, EMAIL).bounces = 0;
    profile.identifiers.length = 0;
    expect(ask(profile)).toEqual(['UNREACHABLE', 0, 1, 'email_sha256']);
  });

  test('names an unsubscribe and a complaint, and lets service through after the former only', () => {
    const profile = customer();
    channelStatsOf(profile, EMAIL).unsubscribedAt = 77;
    expect(ask(profile, 0)).toEqual(['UNSUBSCRIBED', 77, 0, 'email']);
    expect(ask(profile, 1)).toEqual(['NONE', 0, 0, '']);
    channelStatsOf(profile, EMAIL).complainedAt = 88;
    expect(ask(profile, 0)).toEqual(['COMPLAINED', 88, 0, 'email']);
    expect(ask(profile, 1)).toEqual(['COMPLAINED', 88, 0, 'email']);
  });
});

describe('caps', () => {
  test('count what lies within the window and not on its far edge', () => {
    const capped = policy([action(0, { cap: { max: 1, windowMs: DAY_MS } })], {
      caps: [{ scope: 'channel', channel: EMAIL, action: -1, max: 1, windowMs: DAY_MS }],
    });
    const profile = customer();
    contact(profile, { at: NOON - DAY_MS });
    const caps = new Caps();
    const index = policyIndex(capped);
    const verdict = new Verdict();
    expect(caps.channel(EMAIL, COMMON, profile, index, NOON).code).toBe(0);
    expect(caps.action(verdict, 0, EMAIL, profile, index, NOON)).toBe(false);
    caps.reset();
    expect(REASONS[caps.channel(EMAIL, COMMON, profile, index, NOON - 1).code]).toBe('CAP_CHANNEL');
    expect(caps.action(verdict, 0, EMAIL, profile, index, NOON - 1)).toBe(true);
    expect(verdict).toMatchObject({ value: 1, limit: 1, ref: '24 h' });
  });

  test('of an action count what interrupts and what is shown each by itself', () => {
    const capped = policy([action(0, { cap: { max: 1, windowMs: DAY_MS } })]);
    const profile = customer();
    contact(profile, { channel: WEB });
    const on = (channel: number) =>
      new Caps().action(new Verdict(), 0, channel, profile, policyIndex(capped), NOON);
    expect([WEB, channelIndex('app'), EMAIL].map(on)).toEqual([true, true, false]);
    contact(profile, { channel: channelIndex('sms') });
    expect(on(EMAIL)).toBe(true);
  });

  test('of a kind count its channels together', () => {
    const capped = policy([action(0)], {
      caps: [{ scope: 'kind', kind: 'push', channel: -1, action: -1, max: 2, windowMs: DAY_MS }],
    });
    const profile = customer();
    for (const channel of [EMAIL, WEB, WEB]) contact(profile, { channel });
    const on = (channel: number) => new Caps().kind(channel, COMMON, profile, policyIndex(capped), NOON);
    expect(on(EMAIL).code).toBe(0);
    contact(profile, { channel: channelIndex('sms') });
    expect(REASONS[on(channelIndex('whatsapp')).code]).toBe('CAP_KIND');
    expect(on(EMAIL)).toMatchObject({ value: 2, limit: 2, ref: 'push, 24 h' });
    expect(on(WEB).code).toBe(0);
  });

  test('without an end count what the ledger has forgotten, and let nothing go when too much is remembered', () => {
    const once = policy([action(0, { cap: { max: 1, windowMs: EVER } })]);
    const ask = (profile: Profile, channel: number) => {
      const verdict = new Verdict();
      new Caps().action(verdict, 0, channel, profile, policyIndex(once), NOON);
      return [REASONS[verdict.code], verdict.value, verdict.limit, verdict.ref];
    };
    const entry = (id: string, channel: number) => actionHash(id) * 16 + channel;
    const profile = customer();
    expect(ask(profile, EMAIL)[0]).toBe('NONE');
    contact(profile, { at: NOON - 400 * DAY_MS });
    expect(ask(profile, EMAIL)).toEqual(['CAP_ACTION', 1, 1, 'ever']);
    const later = customer();
    later.once.push(entry('action-0', channelIndex('sms')), entry('action-1', WEB));
    expect(ask(later, EMAIL)).toEqual(['CAP_ACTION', 1, 1, 'ever']);
    expect(ask(later, WEB)[0]).toBe('NONE');
    while (later.once.length < BOUNDS.once) later.once.push(entry(`other-${later.once.length}`, EMAIL));
    expect(ask(later, WEB)).toEqual(['CAP_ACTION', BOUNDS.once, BOUNDS.once, 'full']);
  });

  test('an action cap of one channel counts that channel only', () => {
    const capped = policy([action(0)], {
      caps: [{ scope: 'action', channel: EMAIL, action: 0, max: 1, windowMs: DAY_MS }],
    });
    const profile = customer();
    contact(profile, { channel: channelIndex('sms') });
    const verdict = new Verdict();
    expect(new Caps().action(verdict, 0, EMAIL, profile, policyIndex(capped), NOON)).toBe(false);
    contact(profile, { channel: EMAIL });
    expect(new Caps().action(verdict, 0, channelIndex('sms'), profile, policyIndex(capped), NOON)).toBe(
      false,
    );
    expect(new Caps().action(verdict, 0, EMAIL, profile, policyIndex(capped), NOON)).toBe(true);
  });
});

describe('promotion', () => {
  const suppression = {
    defaultMs: 10 * DAY_MS,
    byCategory: new Map([['coats', 20 * DAY_MS]]),
    categoryMs: 2 * DAY_MS,
    categoryMsBy: new Map([
      ['shoes', 0],
      ['coats', 5 * DAY_MS],
    ]),
  };
  const promoted = { policy: { suppression }, catalog: catalog() };
  const owner = (category: string, daysAgo: number) => {
    const profile = customer();
    profile.owned.push({
      productId: 'x',
      category,
      size: '',
      at: NOON - daysAgo * DAY_MS,
      quantity: 1,
      price: 1,
    });
    return profile;
  };

  test('is suppressed for its category’s time, to the millisecond', () => {
    const verdict = new Verdict();
    expect(purchased(verdict, owner('coats', 15), promoted, 'x', 'coats', NOON)).toBe(true);
    expect(verdict).toMatchObject({ value: NOON - 15 * DAY_MS, limit: NOON + 5 * DAY_MS, ref: 'x' });
    expect(purchased(verdict, owner('hats', 10), promoted, 'x', 'hats', NOON - 1)).toBe(true);
    expect(purchased(verdict, owner('hats', 10), promoted, 'x', 'hats', NOON)).toBe(false);
    expect(purchased(verdict, owner('hats', 1), promoted, 'y', 'hats', NOON)).toBe(true);
    expect(REASONS[verdict.code]).toBe('PURCHASED_CATEGORY');
    expect(purchased(verdict, owner('hats', 2), promoted, 'y', 'hats', NOON)).toBe(false);
  });

  test('of a whole category is suppressed for the category’s own time, however it is spelt', () => {
    const verdict = new Verdict();
    expect(purchased(verdict, owner('Coats ', 4), promoted, 'y', 'coats', NOON)).toBe(true);
    expect(verdict.limit).toBe(NOON + DAY_MS);
    expect(purchased(verdict, owner('coats', 5), promoted, 'y', 'coats', NOON)).toBe(false);
    expect(purchased(verdict, owner('shoes', 1), promoted, 'y', 'shoes', NOON)).toBe(false);
    expect(purchased(verdict, owner('hats', 1), promoted, 'y', 'hats', NOON)).toBe(true);
  });

  test('an untracked stock sells, an empty one does not', () => {
    const verdict = new Verdict();
    expect([-1, 0, 1].map((units) => soldOut(verdict, 'x', units))).toEqual([false, true, false]);
  });

  test('money off is kept from who never needed it, from the number of orders that the policy names', () => {
    const off = action(0, {
      offer: { index: 0, id: 'ten', kind: 'percent', depth: 10, code: '', validMs: 1, isDiscount: true },
    });
    const verdict = new Verdict();
    expect(fullPriceBuyer(verdict, off, ordered(customer(), 2, 9), rules)).toBe(false);
    expect(fullPriceBuyer(verdict, off, ordered(customer(), 3, 9), rules)).toBe(true);
    expect(fullPriceBuyer(verdict, off, ordered(customer(), 3, 9, 80, 1), rules)).toBe(false);
    const early = action(0, {
      offer: { index: 0, id: 'e', kind: 'early_access', depth: 0, code: '', validMs: 1, isDiscount: false },
    });
    expect(fullPriceBuyer(verdict, early, ordered(customer(), 3, 9), rules)).toBe(false);
    expect(incentiveLive(verdict, early, customer(), rules, NOON)).toBe(false);
  });

  test('an offer must leave the floor of the margin: what is paid is less by a discount, not by a gift', () => {
    const verdict = new Verdict();
    const percent = action(0, {
      offer: { index: 0, id: 'p', kind: 'percent', depth: 36, code: '', validMs: 1, isDiscount: true },
    });
    const gift = action(0, {
      offer: { index: 0, id: 'g', kind: 'gift', depth: 36, code: '', validMs: 1, isDiscount: false },
    });
    expect(marginBroken(verdict, percent, rules, 100, 40, 36)).toBe(false);
    expect(marginBroken(verdict, gift, rules, 100, 40, 36)).toBe(true);
    expect(verdict.value).toBeCloseTo(0.04, 12);
    expect(marginBroken(verdict, percent, rules, 0, 0, 1)).toBe(true);
  });
});

test('a full outbox and a spent budget let nothing more through, the last cent does', () => {
  const verdict = new Verdict();
  const budgeted = policy([action(0, { budget: 0 })], { budgets: [{ index: 0, id: 'daily', perDay: 10 }] });
  const world = env(budgeted, { budgetUsed: Float64Array.of(9_500_000) });
  const only = budgeted.actions[0] as ReturnType<typeof action>;
  const budgets = new Budgets();
  expect(budgets.exhausted(verdict, world, only, drawOf(only, 0.5, 100))).toBe(false);
  expect(budgets.exhausted(verdict, world, only, drawOf(only, 0.51, 100))).toBe(true);
  expect(verdict).toMatchObject({ value: 0.51, limit: 0.5, ref: 'daily' });
  world.backlogFull[EMAIL] = 1;
  expect(channelBacklog(verdict, world, channelPolicy(EMAIL))).toBe(true);
  expect(channelBacklog(verdict, world, channelPolicy(channelIndex('sms')))).toBe(false);
});

test('the holdout holds its share of customers, and those of a smaller share are in every larger one', () => {
  const tenth = { ...rules, holdout: 0.1 };
  const fifth = { ...rules, holdout: 0.2 };
  let held = 0;
  for (let i = 0; i < 20_000; i++) {
    const inTenth = isHeldOut(tenth, `customer-${i}`);
    if (inTenth) {
      held++;
      expect(isHeldOut(fifth, `customer-${i}`)).toBe(true);
    }
  }
  expect(Math.abs(held - 2_000)).toBeLessThan(200);
  expect(isHeldOut({ ...rules, holdout: 1 }, 'anyone')).toBe(true);
  expect(isHeldOut({ ...rules, holdout: 0 }, 'anyone')).toBe(false);
});
