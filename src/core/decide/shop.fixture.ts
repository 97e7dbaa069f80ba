/** A hand-made shop for tests and benches of the decision core: a policy's parts with defaults, customers, asks. */

import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { baseRateShift } from '../arbitration/base-rate.ts';
import { fixedZone, fixedZones } from '../calendar/fixed-zones.fixture.ts';
import type { CatalogView, ProductView } from '../catalog/catalog.ts';
import { CHANNELS, channelIndex } from '../channel.ts';
import { plainFormats } from '../locale/plain-formats.fixture.ts';
import { NO_STOPS } from '../pause/pause.ts';
import type { Action, ChannelPolicy, Condition, Policy, Relation } from '../policy/policy.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import type { Contact } from '../profile/ledger-rows.ts';
import type { Profile } from '../profile/profile.ts';
import type { DecideAsk, DecideEnv } from './decide-env.ts';

/** Monday 2026-03-02, 12:00 UTC. */
export const NOON: number = 1_772_452_800_000;
export const ALL_STAGES = 0x7f;

const pushChannels: readonly string[] = ['email', 'sms', 'push', 'whatsapp', 'ads', 'web_push'];
const address: Readonly<Record<string, readonly string[]>> = {
  email: ['email_sha256'],
  sms: ['phone_sha256'],
  whatsapp: ['phone_sha256'],
  push: ['push_token'],
  web_push: ['web_push'],
};

export function channelMask(...names: readonly string[]): number {
  return names.reduce((mask, name) => mask | (1 << channelIndex(name)), 0);
}

export function channelPolicy(index: number, change: Partial<ChannelPolicy> = {}): ChannelPolicy {
  const id = CHANNELS[index] ?? '';
  const push = pushChannels.includes(id);
  return {
    index,
    id,
    declared: true,
    costPerMessage: push ? 0.01 : 0,
    unsubscribeLoss: push ? 0.3 : 0,
    push,
    quietHours: push && id !== 'ads',
    reachableBy: address[id] ?? [],
    consentRequired: push,
    confirmMs: 0,
    backlogMax: 100,
    ...change,
  };
}

export function action(index: number, change: Partial<Action> = {}): Action {
  return {
    index,
    id: `action-${index}`,
    title: `Action ${index}`,
    purpose: 'marketing',
    promotion: true,
    subject: 'none',
    ownedCategory: '',
    stageMask: ALL_STAGES,
    channelMask: channelMask('web', 'email', 'whatsapp'),
    placements: [0],
    triggers: [],
    proactive: true,
    when: undefined,
    frictionMask: 0xff,
    offer: undefined,
    variants: [{ index: 0, id: 'a', templateId: `t${index}`, slots: [], text: 'Hello', when: undefined }],
    marginRate: 0.4,
    orderValue: 50,
    saysOrderValue: false,
    liftMean: 0.03,
    liftSd: 0.02,
    engagementValue: 0,
    cap: undefined,
    sendAtMinute: -1,
    validMs: DAY_MS,
    budget: -1,
    ...change,
  };
}

export function condition(index: number, source: string, test: Condition['test']): Condition {
  const [, name = '', relation = '>', limit] = /^(\w+) (<=|>=|==|!=|<|>) (\d+\.\d)$/.exec(source) ?? [];
  const read = (traits: Record<string, unknown>): unknown => traits[name];
  const plain =
    limit === undefined ? undefined : { name, read, relation: relation as Relation, against: Number(limit) };
  return { index, source, parts: [{ source, test, plain }], test };
}

/** A policy whose one placement, "home" on the web, and whose one trigger hold all its actions. */
export function policy(actions: readonly Action[], change: Partial<Policy> = {}): Policy {
  const all = actions.map((entry) => entry.index);
  return {
    name: 'test',
    version: 'test@000000000000',
    sha256: '0'.repeat(64),
    currency: 'EUR',
    locale: 'en-GB',
    rates: new Map(),
    buysPerWeek: 0,
    holdout: 0,
    explore: 0.05,
    identifierKinds: ['email_sha256', 'phone_sha256', 'push_token', 'anonymous'],
    identifierRules: [],
    peoplePerDayMax: 5,
    impossibleIdentifiers: new Set(),
    attributes: [],
    zones: ['Europe/Berlin'],
    channels: CHANNELS.map((_, index) => channelPolicy(index)),
    actions,
    placements: [{ index: 0, id: 'home', channel: channelIndex('web'), actions: all }],
    placementByName: new Map([['home', 0]]),
    triggers: [
      {
        index: 0,
        id: 'checkout-exit',
        kind: 'checkout_exit',
        windowMs: 90_000,
        cooldownMs: DAY_MS,
        urgent: true,
        atNight: 'drop',
        actions: all,
      },
    ],
    proactive: actions.filter((entry) => entry.proactive).map((entry) => entry.index),
    consider: [],
    offers: [],
    audiences: [],
    conditions: [],
    budgets: [],
    caps: [],
    quietFromMinute: 22 * 60,
    quietToMinute: 8 * 60,
    openCaseMs: 30 * DAY_MS,
    suppression: { defaultMs: 30 * DAY_MS, byCategory: new Map(), categoryMs: 0, categoryMsBy: new Map() },
    incentiveWindowMs: DAY_MS,
    fullPriceOrdersMin: 3,
    fullPriceDiscountShareMax: 0,
    marginRate: 0.4,
    marginFloor: 0.05,
    stages: {
      onboardingMs: 8 * DAY_MS,
      activeMs: 31 * DAY_MS,
      lapsedMs: 75 * DAY_MS,
      loyalistSpend: 2_000,
      loyalistOrders: 5,
      fadingMs: 45 * DAY_MS,
      fadingSpend: 1_000,
    },
    outcome: { clickMs: DAY_MS, purchaseMs: 7 * DAY_MS, unsubscribeMs: 30 * DAY_MS },
    bouncesMax: 3,
    softBouncesMax: 5,
    softBounceRestMs: 3 * 86_400_000,
    ...change,
  };
}

export function product(productId: string, change: Partial<ProductView> = {}): ProductView {
  return {
    productId,
    title: `The ${productId}`,
    category: 'coats',
    brand: 'acme',
    price: 100,
    margin: 40,
    url: '',
    image: '',
    stock: new Map(),
    substitutes: [],
    ...change,
  };
}

export function catalog(...products: readonly ProductView[]): CatalogView {
  const byId = new Map(products.map((entry) => [entry.productId, entry]));
  return { sequence: 1, get: (productId) => byId.get(productId) };
}

export function env(rules: Policy, change: Partial<DecideEnv> = {}): DecideEnv {
  return {
    policy: rules,
    catalog: catalog(),
    now: NOON,
    model: 'm1',
    head: 'h1',
    zones: fixedZones,
    formats: plainFormats,
    offsetOfZones: rules.zones.map(() => 60),
    backlogFull: new Uint8Array(CHANNELS.length),
    stops: NO_STOPS,
    unserved: 0,
    failing: 0,
    budgetUsed: new Float64Array(rules.budgets.length),
    calibration: [
      { a: 1, b: 0 },
      { a: 1, b: 0 },
      { a: 1, b: 0 },
    ],
    p0Shift: baseRateShift(rules.buysPerWeek, 0.03),
    ...change,
  };
}

export function ask(change: Partial<DecideAsk> = {}): DecideAsk {
  return {
    requestId: 'r1',
    requestHash: 1,
    bodyHash: 1,
    cause: '',
    trigger: -1,
    friction: 0,
    plan: undefined,
    placements: ['home'],
    dispatch: false,
    contextChannel: -1,
    zone: '',
    recorded: undefined,
    locale: '',
    device: '',
    alternativesMax: 3,
    seedA: 1,
    seedB: 2,
    ...change,
  };
}

/** An outbound request that a channel system carries out. */
export function outbound(change: Partial<DecideAsk> = {}): DecideAsk {
  return ask({ placements: [], dispatch: true, ...change });
}

/** Reachable everywhere, consented to everything, in UTC+1, known for a year, never ordered. */
export function customer(id = 'customer-1'): Profile {
  const profile = emptyProfile(branded<CustomerId>(id), branded<IdentifierKey>(`email_sha256:${id}`));
  profile.createdAt = NOON - 365 * DAY_MS;
  for (const kind of ['email_sha256', 'phone_sha256', 'push_token']) {
    profile.identifiers.push({ kind, value: `${kind}-${id}`, origin: profile.key });
  }
  profile.consent.fill(1);
  profile.zone = fixedZone(60);
  profile.locale = 'en-GB';
  profile.lastAt = NOON - HOUR_MS;
  return profile;
}

/** Ordered `orders` times, the last `daysAgo` days ago, a month apart. */
export function ordered(
  profile: Profile,
  orders: number,
  daysAgo: number,
  spend = 80,
  discounted = 0,
): Profile {
  profile.orderCount = orders;
  profile.revenue = orders * spend;
  profile.margin = orders * spend * 0.4;
  profile.discountedOrders = discounted;
  profile.lastOrderAt = NOON - daysAgo * DAY_MS;
  profile.lastNewOrderAt = profile.lastOrderAt;
  profile.firstOrderAt = profile.lastOrderAt - (orders - 1) * 30 * DAY_MS;
  return profile;
}

export function contact(profile: Profile, change: Partial<Contact>): void {
  profile.contacts.push({
    seq: profile.contacts.length + 1,
    index: 0,
    choice: 0,
    action: 'action-0',
    variant: 'a',
    channel: channelIndex('email'),
    at: NOON - HOUR_MS,
    state: 0,
    counts: true,
    offer: '',
    product: '',
    promotion: true,
    notAfter: NOON + DAY_MS,
    dispatched: true,
    marks: 0,
    ...change,
  });
}

/** Logits for up to nine rows: 5 % buy, 20 % engage, 0.2 % unsubscribe. */
export function logits(rows = 9): Float32Array {
  const out = new Float32Array(rows * 3);
  for (let row = 0; row < rows; row++) out.set([-2.94, -1.39, -6.2], row * 3);
  return out;
}
