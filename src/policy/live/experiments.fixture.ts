// Long because it is a table: what shows of each leaf of the policy schema that it acts.
import { DAY_MS, HOUR_MS } from '../../base/clock.ts';
import { ATTRIBUTE_TYPES, type AttributeValue } from '../../core/attribute/attribute.ts';
import { CHANNELS, channelIndex } from '../../core/channel.ts';
import { contact, NOON, ordered, product } from '../../core/decide/shop.fixture.ts';
import { NEWS_NAMES } from '../../core/event/news.ts';
import { FRICTIONS, STAGES, SUBJECTS } from '../../core/policy/policy.ts';
import { channelStatsOf } from '../../core/profile/channel-stats.ts';
import { CONTACT_MARKS } from '../../core/profile/ledger-rows.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { OFFER_FIELDS, SUBJECT_FIELDS } from '../action-shape.ts';
import { OFFER_KINDS } from '../policy-shape.ts';
import { LIFT_WORDS } from '../presets.ts';
import type { Edits, Situation } from './lab.fixture.ts';

/** With `leaf` changed to each of `to`, something else must come out of the situation or the story than without. */
export interface Experiment {
  /** Where it stands in the lab's files. */
  readonly leaf: string;
  readonly to: readonly unknown[];
  /** The lab's policy on both sides. */
  readonly base?: Edits;
  /** What must go along with the change for the policy to be sound. */
  readonly along?: Edits;
  readonly when?: Situation;
  readonly story?:
    | 'buysInDollars'
    | 'hasNews'
    | 'isConsidered'
    | 'isTold'
    | 'leavesTwice'
    | 'mailsMany'
    | 'meetsThree';
}

const TALK = 'actions.actions.talk';
const EMAIL = channelIndex('email');
const coat = product('coat');
const byTrigger: Situation = { ask: { trigger: 0, cause: 'left' } };
const atHome: Situation = { ask: { placements: ['home'], dispatch: false } };
const discount = { [`${TALK}.offer`]: 'ten', [`${TALK}.promotion`]: true };
const onPlaces = { [`${TALK}.channels`]: ['email', 'web'], [`${TALK}.placements`]: ['home'] };
const aboutCart = { [`${TALK}.subject`]: 'cart', [`${TALK}.promotion`]: true };

/** Their cart holds a coat. */
const inCart: Situation = {
  who: (profile) => {
    const item = {
      productId: 'coat',
      category: 'coats',
      brand: 'acme',
      size: '',
      variant: '',
      price: 100,
      quantity: 1,
    };
    profile.cart.push({ ...item, at: NOON - HOUR_MS });
  },
  products: [coat],
};
const with_ = (more: (profile: Profile) => void, situation: Situation = {}): Situation => ({
  ...situation,
  who: (profile) => {
    situation.who?.(profile);
    more(profile);
  },
});
const owns = (productId: string, category: string): Situation =>
  with_((profile) => {
    const item = { productId, category, size: '', quantity: 1, price: 100 };
    profile.owned.push({ ...item, at: NOON - 15 * DAY_MS });
  }, inCart);
const buyer = (orders: number, daysAgo: number, spend = 80, discounted = 0): Situation =>
  with_((profile) => void ordered(profile, orders, daysAgo, spend, discounted));
const reached = (channel: number, action: string, marks = 0): Situation =>
  with_((profile) => contact(profile, { channel, action, marks }));
const ofService: Edits = { [`${TALK}.purpose`]: 'service' };
const quietService = (from: string, to: string): Edits => ({
  ...ofService,
  'guardrails.service': { quiet_hours: { from, to }, caps: [] },
});
const slot = (from: unknown): Edits => ({
  ...aboutCart,
  [`${TALK}.variants.a.text`]: 'So: {word}.',
  [`${TALK}.variants.a.slots.word`]: from,
});
/** The shop told a word of the customer. */
const toldWord = (value: AttributeValue): Situation => ({
  who: (profile) => {
    profile.attributes = [{ name: 'word', value, at: NOON - HOUR_MS }];
  },
});
const shownWord: Edits = {
  'policy.attributes': { word: { type: 'text' } },
  [`${TALK}.variants.a.text`]: 'So: {word}.',
  [`${TALK}.variants.a.slots.word`]: { from: 'attributes.word' },
};
const ofStage = (stage: string): Edits => ({ [`${TALK}.stages`]: [stage] });
const others = <T>(all: readonly T[], ...without: readonly T[]): T[] =>
  all.filter((one) => !without.includes(one));
const each = <T>(all: readonly T[]): T[][] => all.map((one) => [one]);

/** Of one list of caps, which counts contacts with these marks. */
function capExperiments(list: string, base: Edits, marks: number): Experiment[] {
  const aCap = (cap: object): Edits => ({ ...base, [list]: [{ max: 1, window: '1d', ...cap }] });
  const bySms = reached(channelIndex('sms'), 'other', marks);
  const talked = reached(EMAIL, 'talk', marks);
  const at = (key: string): string => `${list}.0.${key}`;
  return [
    { leaf: at('scope'), to: ['action'], base: aCap({ scope: 'total' }), when: bySms },
    {
      leaf: at('scope'),
      to: ['channel'],
      along: { [at('channel')]: 'email' },
      base: aCap({ scope: 'total' }),
      when: bySms,
    },
    {
      leaf: at('scope'),
      to: ['kind'],
      along: { [at('kind')]: 'pull' },
      base: aCap({ scope: 'total' }),
      when: bySms,
    },
    { leaf: at('kind'), to: ['pull'], base: aCap({ scope: 'kind', kind: 'push' }), when: bySms },
    {
      leaf: at('channel'),
      to: others(CHANNELS, 'email'),
      base: aCap({ scope: 'channel', channel: 'email' }),
      when: reached(EMAIL, 'other', marks),
    },
    { leaf: at('action'), to: ['other'], base: aCap({ scope: 'action' }), when: talked },
    { leaf: at('max'), to: [2], base: aCap({ scope: 'total' }), when: talked },
    { leaf: at('window'), to: ['30m'], base: aCap({ scope: 'total' }), when: talked },
  ];
}

const policyFile: readonly Experiment[] = [
  { leaf: 'policy.name', to: ['another'] },
  {
    leaf: 'policy.locale',
    to: ['de-DE'],
    base: slot({ from: 'subject.price' }),
    when: with_((profile) => Object.assign(profile, { locale: 'tlh' }), inCart),
  },
  { leaf: 'policy.currency', to: ['EUR'], base: slot({ from: 'subject.price' }), when: inCart },
  {
    leaf: 'policy.rates.USD',
    base: { 'policy.rates': { USD: 0.75 } },
    to: [0.5, undefined],
    story: 'buysInDollars',
  },
  {
    leaf: 'policy.zones',
    to: [['America/New_York']],
    when: with_((profile) => {
      profile.zone = '';
    }),
  },
  { leaf: 'policy.identifiers', to: [['email_sha256', 'loyalty']] },
  { leaf: 'policy.impossible_identifiers', to: [['X']] },
  { leaf: 'policy.people.keys_max.email_sha256', to: [1], story: 'meetsThree' },
  { leaf: 'policy.people.explicit', to: [['email_sha256']], story: 'meetsThree' },
  {
    leaf: 'policy.people.per_day_max',
    base: { 'policy.identifiers': ['loyalty', 'email_sha256', 'anonymous'] },
    to: [2],
    story: 'meetsThree',
  },
  {
    leaf: 'policy.attributes.word.type',
    base: shownWord,
    to: others(ATTRIBUTE_TYPES, 'text'),
    when: toldWord('blue'),
  },
  {
    leaf: 'policy.attributes.word.personal',
    base: { ...shownWord, [`${TALK}.when`]: 'attributes.word == "red"' },
    to: [false],
    when: toldWord('blue'),
  },
  {
    leaf: 'policy.attributes.word.max_length',
    base: shownWord,
    to: [3],
    story: 'isTold',
  },
  { leaf: 'policy.buys_per_week', to: [0.2] },
  {
    leaf: 'policy.holdout',
    to: [0.5],
    // Whom the hash puts into every holdout of a half.
    when: with_((profile) => Object.assign(profile, { id: 'customer-6' })),
  },
  {
    leaf: 'policy.consider',
    base: { 'channels.channels.email.reachable_by': ['loyalty'] },
    to: ['daily at 12:00', ['mondays, tuesdays at 11:00', 'daily at 15:00, 16:30']],
    story: 'isConsidered',
  },
  { leaf: 'policy.explore', to: [0.3] },
  { leaf: 'policy.outcome.click', to: ['2d'] },
  { leaf: 'policy.outcome.purchase', to: ['9d'] },
  { leaf: 'policy.outcome.unsubscribe', to: ['40d'] },
  { leaf: 'policy.stages.onboarding', to: ['3d'], base: ofStage('onboarding'), when: buyer(1, 5) },
  { leaf: 'policy.stages.active', to: ['10d'], base: ofStage('active'), when: buyer(1, 20) },
  { leaf: 'policy.stages.lapsed', to: ['100d'], base: ofStage('lapsed'), when: buyer(1, 80) },
  { leaf: 'policy.stages.loyalist.spend', to: [9_000], base: ofStage('loyalist'), when: buyer(6, 9, 500) },
  { leaf: 'policy.stages.loyalist.orders', to: [9], base: ofStage('loyalist'), when: buyer(6, 9, 500) },
  { leaf: 'policy.stages.fading.silence', to: ['70d'], base: ofStage('fading'), when: buyer(1, 60, 1_500) },
  { leaf: 'policy.stages.fading.spend', to: [9_000], base: ofStage('fading'), when: buyer(1, 60, 1_500) },
  { leaf: 'policy.defaults.margin_rate', to: [0.5] },
  { leaf: 'policy.defaults.order_value', to: [70] },
  { leaf: 'policy.defaults.valid', to: ['2d'] },
  { leaf: 'policy.defaults.lift', to: [...LIFT_WORDS, undefined] },
  { leaf: 'policy.defaults.lift.mean', to: [0.3] },
  { leaf: 'policy.defaults.lift.sd', to: [0.01, undefined] },
];

const pulled: Edits = {
  'placements.placements.mail': { channel: 'email' },
  [`${TALK}.channels`]: ['email', 'sms'],
  [`${TALK}.placements`]: ['mail'],
};
const channelsFile: readonly Experiment[] = [
  { leaf: 'channels.channels.email.kind', to: ['pull'], base: pulled },
  {
    leaf: 'channels.channels.email.kind',
    to: ['push'],
    base: { ...pulled, 'channels.channels.email.kind': 'pull' },
  },
  { leaf: 'channels.channels.email.cost', to: [1] },
  { leaf: 'channels.channels.email.unsubscribe_loss', to: [0.9, undefined], when: buyer(5, 20) },
  {
    leaf: 'channels.channels.email.quiet_hours',
    to: [false],
    when: { env: { now: NOON + 12 * HOUR_MS } },
  },
  {
    leaf: 'channels.channels.email.consent',
    to: ['granted'],
    when: with_((profile) => void profile.consent.fill(0)),
  },
  {
    leaf: 'channels.channels.email.consent',
    to: ['not_withdrawn'],
    base: { 'channels.channels.email.consent': 'granted' },
    when: with_((profile) => void profile.consent.fill(0)),
  },
  {
    leaf: 'channels.channels.email.double_opt_in',
    to: ['1h'],
    base: {
      'triggers.triggers.left': { kind: 'event', on: 'Order Shipped', cooldown: '1h' },
      'channels.channels.email.consent': 'granted',
    },
    story: 'hasNews',
  },
  { leaf: 'channels.channels.email.reachable_by', to: [['loyalty']] },
  {
    leaf: 'channels.channels.email.backlog_max',
    to: [1],
    story: 'mailsMany',
  },
];

const guardrailsFile: readonly Experiment[] = [
  { leaf: 'guardrails.quiet_hours.from', to: ['12:00'] },
  {
    leaf: 'guardrails.quiet_hours.to',
    to: ['12:30'],
    base: { 'guardrails.quiet_hours.from': '12:00', 'guardrails.quiet_hours.to': '14:00' },
  },
  ...capExperiments('guardrails.caps', {}, 0),
  ...capExperiments('guardrails.service.caps', ofService, CONTACT_MARKS.apart),
  { leaf: 'guardrails.service.quiet_hours.from', to: ['12:00'], base: quietService('22:00', '08:00') },
  { leaf: 'guardrails.service.quiet_hours.to', to: ['12:30'], base: quietService('12:00', '14:00') },
  {
    leaf: 'guardrails.open_case',
    to: ['30m'],
    when: with_((profile) => {
      profile.supportCases = [{ id: 'c1', openedAt: NOON - HOUR_MS, closedAt: 0 }];
    }),
  },
  {
    leaf: 'guardrails.suppression.default',
    to: ['20d'],
    base: { ...aboutCart, 'guardrails.suppression.by_category': undefined },
    when: owns('coat', 'coats'),
  },
  {
    leaf: 'guardrails.suppression.by_category.coats',
    to: ['5d'],
    base: aboutCart,
    when: owns('coat', 'coats'),
  },
  {
    leaf: 'guardrails.suppression.whole_category',
    to: ['30d', { default: '30d' }, { coats: '30d' }],
    base: aboutCart,
    when: owns('cape', 'coats'),
  },
  {
    leaf: 'guardrails.suppression.whole_category.coats',
    to: ['5d', undefined],
    base: { ...aboutCart, 'guardrails.suppression.whole_category': { default: '5d', coats: '30d' } },
    when: owns('cape', 'coats'),
  },
  {
    leaf: 'guardrails.incentive_window',
    to: ['6h'],
    base: discount,
    when: with_((profile) => {
      const live = {
        action: 'other',
        offer: 'other',
        kind: 'percent' as const,
        depth: 5,
        code: '',
        seq: 1,
        index: 0,
        choice: 0,
      };
      profile.offers.push({ ...live, at: NOON - 12 * HOUR_MS, until: NOON + DAY_MS });
    }),
  },
  { leaf: 'guardrails.full_price.orders_min', to: [9], base: discount, when: buyer(5, 20) },
  { leaf: 'guardrails.full_price.discount_share_max', to: [0.5], base: discount, when: buyer(5, 20, 80, 1) },
  { leaf: 'guardrails.margin_floor', to: [0.9], base: discount },
  {
    leaf: 'guardrails.soft_bounces_max',
    to: [1],
    when: with_((profile) => {
      Object.assign(channelStatsOf(profile, EMAIL), { softBounces: 2, softBouncedAt: NOON - HOUR_MS });
    }),
  },
  {
    leaf: 'guardrails.soft_bounce_rest',
    to: ['30m'],
    when: with_((profile) => {
      Object.assign(channelStatsOf(profile, EMAIL), { softBounces: 5, softBouncedAt: NOON - HOUR_MS });
    }),
  },
  {
    leaf: 'guardrails.bounces_max',
    to: [1],
    when: with_((profile) => {
      channelStatsOf(profile, EMAIL).bounces = 2;
    }),
  },
];

const inAds = (more: Edits = {}): Edits => ({
  [`${TALK}.channels`]: ['ads'],
  [`${TALK}.audience`]: 'near',
  'channels.audiences': { near: { identifiers: ['email_sha256'] }, far: { identifiers: ['email_sha256'] } },
  ...more,
});
const audiences: readonly Experiment[] = [
  { leaf: `${TALK}.audience`, to: ['far'], base: inAds() },
  // Their key of this kind is not known.
  { leaf: 'channels.audiences.near.identifiers', to: [['loyalty']], base: inAds() },
];

const OFFER = 'offers.offers.ten';
const offersFile: readonly Experiment[] = [
  { leaf: `${OFFER}.kind`, to: others(OFFER_KINDS, 'percent', 'early_access', 'points'), base: discount },
  {
    leaf: `${OFFER}.kind`,
    to: ['early_access', 'points'],
    along: { [`${OFFER}.depth`]: undefined },
    base: discount,
  },
  { leaf: `${OFFER}.depth`, to: [20], base: discount },
  { leaf: `${OFFER}.code`, to: ['TWENTY'], base: discount },
  { leaf: `${OFFER}.valid`, to: ['9d'], base: discount },
  {
    leaf: 'offers.budgets.small.per_day',
    to: [1_000_000],
    base: { ...discount, [`${TALK}.budget`]: 'small' },
    story: 'mailsMany',
  },
];

const PLACES = Object.fromEntries(CHANNELS.map((channel) => [`on_${channel}`, { channel }]));
const everywhere: Edits = {
  'placements.placements': { home: { channel: 'web' }, ...PLACES },
  [`${TALK}.channels`]: CHANNELS,
  [`${TALK}.placements`]: ['home', ...Object.keys(PLACES)],
};
const placementsFile: readonly Experiment[] = [
  { leaf: 'placements.placements.home.channel', to: others(CHANNELS, 'web'), base: everywhere, when: atHome },
];

const news: Edits = { 'triggers.triggers.left': { kind: 'event', on: 'Order Shipped', cooldown: '1h' } };
const triggersFile: readonly Experiment[] = [
  {
    leaf: 'triggers.triggers.left.kind',
    to: ['event'],
    along: { 'triggers.triggers.left.silence': undefined, 'triggers.triggers.left.on': 'Order Shipped' },
    story: 'hasNews',
  },
  {
    leaf: 'triggers.triggers.left.on',
    to: others(NEWS_NAMES, 'Order Shipped'),
    base: {
      ...news,
      [`${TALK}.purpose`]: 'service',
      'channels.channels.email.consent': 'granted',
      'channels.channels.email.double_opt_in': '7d',
    },
    story: 'hasNews',
  },
  { leaf: 'triggers.triggers.left.silence', to: ['5m'], story: 'leavesTwice' },
  { leaf: 'triggers.triggers.left.cooldown', to: ['12h'], story: 'leavesTwice' },
  {
    leaf: 'triggers.triggers.left.at_night',
    to: ['drop'],
    base: { 'triggers.triggers.left.at_night': 'wait' },
    when: { ...byTrigger, env: { now: NOON + 12 * HOUR_MS } },
  },
  {
    leaf: 'triggers.triggers.left.urgent',
    to: [true],
    base: { [`${TALK}.send_at`]: '09:00' },
    when: byTrigger,
  },
];

const actionsFiles: readonly Experiment[] = [
  { leaf: `${TALK}.title`, to: ['Speak'] },
  ...(['marketing', 'service'] as const).map((purpose) => ({
    leaf: `${TALK}.purpose`,
    to: [purpose],
    base: {
      [`${TALK}.purpose`]: purpose === 'service' ? 'marketing' : 'service',
      'channels.channels.email.consent': 'granted',
    },
    when: with_((profile) => void profile.consent.fill(0)),
  })),
  {
    leaf: `${TALK}.purpose`,
    to: ['transactional'],
    base: ofService,
    when: { env: { now: NOON + 12 * HOUR_MS } },
  },
  {
    leaf: `${TALK}.promotion`,
    to: [true],
    base: { [`${TALK}.subject`]: 'cart' },
    when: owns('coat', 'coats'),
  },
  { leaf: `${TALK}.subject`, to: others(SUBJECTS, 'none') },
  { leaf: `${TALK}.subject`, to: ['none'], base: { [`${TALK}.subject`]: 'cart' } },
  {
    leaf: `${TALK}.subject.owned`,
    to: ['shoes'],
    base: { [`${TALK}.subject`]: { owned: 'coats' } },
    when: owns('coat', 'coats'),
  },
  { leaf: `${TALK}.stages`, to: each(others(STAGES, 'prospect')) },
  { leaf: `${TALK}.stages`, to: [['prospect']], base: ofStage('active') },
  {
    leaf: `${TALK}.channels`,
    to: each(others(CHANNELS, 'email')),
    base: Object.fromEntries(CHANNELS.map((name) => [`channels.channels.${name}.kind`, 'push'])),
  },
  { leaf: `${TALK}.channels`, to: [['email']], base: { [`${TALK}.channels`]: ['sms'] } },
  { leaf: `${TALK}.placements`, to: [['side']], base: onPlaces, when: atHome },
  { leaf: `${TALK}.triggers`, to: [['right']], when: byTrigger },
  { leaf: `${TALK}.proactive`, to: [false] },
  { leaf: `${TALK}.when`, to: ['orders > 3.0'] },
  { leaf: `${TALK}.friction`, to: each(others(FRICTIONS, 'none')), when: byTrigger },
  {
    leaf: `${TALK}.friction`,
    to: [['none']],
    base: { [`${TALK}.friction`]: ['payment_failed'] },
    when: byTrigger,
  },
  { leaf: `${TALK}.offer`, to: ['ten'] },
  {
    leaf: `${TALK}.budget`,
    to: ['small'],
    base: { ...discount, [`${TALK}.budget`]: 'large' },
    story: 'mailsMany',
  },
  { leaf: `${TALK}.margin_rate`, to: [0.9] },
  { leaf: `${TALK}.order_value`, to: [90] },
  // What the action says counts in place of the coat's price, also where it is what the default says.
  { leaf: `${TALK}.order_value`, to: [50, 90], base: { [`${TALK}.subject`]: 'cart' }, when: inCart },
  { leaf: `${TALK}.lift`, to: LIFT_WORDS },
  { leaf: `${TALK}.lift.mean`, to: [0.1], base: { [`${TALK}.lift`]: { mean: 0.2, sd: 0.02 } } },
  { leaf: `${TALK}.lift.sd`, to: [0.01, undefined], base: { [`${TALK}.lift`]: { mean: 0.2, sd: 0.02 } } },
  { leaf: `${TALK}.engagement_value`, to: [5] },
  {
    leaf: `${TALK}.cap.max`,
    to: [2],
    base: { [`${TALK}.cap`]: { max: 1, window: '1d' } },
    when: reached(EMAIL, 'talk'),
  },
  {
    leaf: `${TALK}.cap.window`,
    to: ['30m'],
    base: { [`${TALK}.cap`]: { max: 1, window: '1d' } },
    when: reached(EMAIL, 'talk'),
  },
  {
    leaf: `${TALK}.cap`,
    to: ['once'],
    base: { [`${TALK}.cap`]: { max: 2, window: '1d' } },
    when: reached(EMAIL, 'talk'),
  },
  { leaf: `${TALK}.send_at`, to: ['18:00'] },
  {
    leaf: `${TALK}.at_night`,
    to: ['wait'],
    base: { [`${TALK}.at_night`]: 'drop' },
    when: { ...byTrigger, env: { now: NOON + 12 * HOUR_MS } },
  },
  { leaf: `${TALK}.valid`, to: ['9d'] },
  { leaf: `${TALK}.variants.a.template`, to: ['t.other'] },
  { leaf: `${TALK}.variants.a.text`, to: ['Good day'] },
  {
    leaf: `${TALK}.variants.a.liquid`,
    base: { ...slot('good'), [`${TALK}.variants.a.text`]: undefined, [`${TALK}.variants.a.liquid`]: 'Hello' },
    to: ['So: {{ word }}.', { default: 'Hi' }],
    when: inCart,
  },
  {
    leaf: `${TALK}.variants.a.liquid.de`,
    base: {
      [`${TALK}.variants.a.text`]: undefined,
      [`${TALK}.variants.a.liquid`]: { default: 'Hello', de: 'Hallo' },
    },
    to: ['Servus', undefined],
    when: with_((profile) => Object.assign(profile, { locale: 'de-AT' })),
  },
  { leaf: `${TALK}.variants.a.when`, to: ['orders > 3.0'] },
  { leaf: `${TALK}.variants.a.slots.word`, to: ['well'], base: slot('good'), when: inCart },
  {
    leaf: `${TALK}.variants.a.slots.word.from`,
    to: others(SUBJECT_FIELDS, 'title').map((field) => `subject.${field}`),
    base: slot({ from: 'subject.title' }),
    when: inCart,
  },
  {
    leaf: `${TALK}.variants.a.slots.word.from`,
    to: ['trait.cart_items', ...others(OFFER_FIELDS, 'code').map((field) => `offer.${field}`)],
    base: { ...slot({ from: 'offer.code' }), ...discount },
    when: inCart,
  },
  {
    leaf: `${TALK}.variants.a.slots.word.max`,
    to: [3],
    base: slot({ from: 'subject.stock', max: 9 }),
    when: { ...inCart, products: [product('coat', { stock: new Map([['', 5]]) })] },
  },
  {
    leaf: `${TALK}.variants.a.slots.word.required`,
    to: [false],
    base: slot({ from: 'subject.image' }),
    when: inCart,
  },
  {
    leaf: `${TALK}.variants.a.slots.word.from`,
    to: ['attributes.other'],
    base: { ...shownWord, 'policy.attributes': { word: { type: 'text' }, other: { type: 'text' } } },
    when: toldWord('blue'),
  },
];

export const EXPERIMENTS: readonly Experiment[] = [
  ...policyFile,
  ...channelsFile,
  ...guardrailsFile,
  ...audiences,
  ...offersFile,
  ...placementsFile,
  ...triggersFile,
  ...actionsFiles,
];

/** Leaves that change nothing, each with its reason. `to`: what it may be instead, and nothing must come of it. */
export const INERT: readonly { readonly leaf: string; readonly to?: unknown; readonly reason: string }[] = [
  { leaf: 'channels.audiences.near.note', reason: 'A comment for people who read the policy.' },
  {
    leaf: 'placements.placements.home.note',
    to: 'above the fold',
    reason: 'A comment for people who read the policy; no message and no page shows it.',
  },
];
