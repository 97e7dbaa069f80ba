import type { Rng } from '../base/rng.ts';
import { CHANNELS, channelIndex } from '../core/channel.ts';
import { APPAREL_SHARES, BRAND_NAMES, CATEGORY_NAMES, SHOE_SHARES } from './catalog.ts';
import { between, clip, keyedRng, logNormal, normal, pickShare } from './chance.ts';
import { HOUR_PROFILE_SHARES } from './hour-profile.ts';

/** Zones of the simulated shop's customers with their shares. */
export const SHOP_ZONES = [
  'Europe/Berlin',
  'Europe/London',
  'Europe/Madrid',
  'Europe/Athens',
  'America/New_York',
] as const;
const ZONE_SHARES = [0.4, 0.25, 0.15, 0.1, 0.1] as const;

/** What convinces whom: one of these doubles a customer's response, the others lower it. */
export const PERSUASIONS = ['social_proof', 'urgency', 'guide'] as const;

/** Frictions in a checkout, in the order in which they can be met. The names are core's. */
export const SHOP_FRICTIONS = [
  'shipping_cost',
  'size_unavailable',
  'coupon_denied',
  'payment_failed',
] as const;

/**
 * What is true of one customer for good. Nobody but the world knows it; the service sees only what they do. It is a pure
 * function of (seed, index), so nothing of it is stored.
 */
export interface CustomerTruth {
  readonly index: number;
  /** Has an account; the others are known by a cookie only. */
  readonly known: boolean;
  readonly hasApp: boolean;
  readonly hasPhone: boolean;
  /** Buys in the store as well. */
  readonly storeShopper: boolean;
  readonly zone: (typeof SHOP_ZONES)[number];
  readonly locale: string;
  /** First and second favourite, indices into CATEGORY_NAMES. */
  readonly categories: readonly [number, number];
  /** Index into BRAND_NAMES. */
  readonly brand: number;
  readonly apparelSize: number;
  readonly shoeSize: number;
  /** Shift of the log-odds of filling a cart, mean 0. */
  readonly appetite: number;
  /** 0: pays the full price always. 1: moved by nothing but price. 20 % lie below 0.15, 35 % above 0.7. */
  readonly priceSensitivity: number;
  /** Mean visits a day while they are a customer. */
  readonly visitsPerDay: number;
  /** Probability that a visit was the last. */
  readonly dropout: number;
  /** Probability of meeting each friction in a checkout, by SHOP_FRICTIONS. */
  readonly friction: readonly number[];
  /** Index into PERSUASIONS. */
  readonly persuasion: number;
  /** Index into HOUR_PROFILES. */
  readonly hours: number;
  /** Probability of noticing a message, by channel, at a mean hour and without fatigue. */
  readonly attention: readonly number[];
  /** Bit per channel: agreed to marketing there. */
  readonly consent: number;
  /** Factor on the risk of unsubscribing, mean 1. */
  readonly annoyance: number;
}

// Own open rates with their shares of messages: the four bins of REES46's "open rate by own open rate in the month before"
// (1,460,017 messages). They are far from one bell: most people open next to nothing, some nearly everything.
const EMAIL_BINS = [0.035441, 0.203683, 0.515239, 0.866786] as const;
const EMAIL_SHARES = [0.70102, 0.09999, 0.10268, 0.09631] as const;
/** Brings the mean over customers and hours to REES46's 18.62 %; the bins alone give 18.16 %, and hours cost the best openers. */
const EMAIL_SCALE = 1.09;
/** Nobody notices everything. */
export const ATTENTION_MAX = 0.97;

// Assumed, as no data set here has them: shares and rates of noticing by channel.
const ATTENTION_MIXES: Readonly<Record<string, readonly (readonly [share: number, rate: number])[]>> = {
  sms: [
    [0.2, 0.3],
    [0.8, 0.65],
  ],
  push: [
    [0.7, 0.04],
    [0.2, 0.2],
    [0.1, 0.5],
  ],
  whatsapp: [
    [0.15, 0.15],
    [0.85, 0.7],
  ],
  ads: [[1, 0.02]],
  web_push: [
    [0.8, 0.03],
    [0.2, 0.2],
  ],
};
// Assumed: who lets us write, of customers with an account whom the channel can reach at all.
const CONSENT_SHARES: Readonly<Record<string, number>> = {
  email: 0.65,
  sms: 0.25,
  push: 0.5,
  whatsapp: 0.25,
  ads: 0.5,
};
/** Of those with an account, whose browser was allowed to notify them. */
const WEB_PUSH_SHARE = 0.15;
const FRICTION_RATES = [0.35, 0.06, 0.1, 0.04] as const;

export function customerTruth(seed: number, index: number): CustomerTruth {
  const rng = keyedRng(seed, 'truth', index, 0);
  const later = keyedRng(seed, 'later', index, 0);
  const known = rng.float() < 0.8;
  const hasApp = rng.float() < 0.45;
  const hasPhone = known && rng.float() < 0.7;
  const first = rng.intBelow(CATEGORY_NAMES.length);
  const second = (first + 1 + rng.intBelow(CATEGORY_NAMES.length - 1)) % CATEGORY_NAMES.length;
  const zone = SHOP_ZONES[pickShare(rng, ZONE_SHARES)] as (typeof SHOP_ZONES)[number];
  const priceSensitivity = drawPriceSensitivity(rng);
  return {
    index,
    known,
    hasApp,
    hasPhone,
    storeShopper: known && rng.float() < 0.12,
    zone,
    locale: LOCALES[zone],
    categories: [first, second],
    brand: rng.intBelow(BRAND_NAMES.length),
    apparelSize: pickShare(rng, APPAREL_SHARES),
    shoeSize: pickShare(rng, SHOE_SHARES),
    appetite: 0.6 * normal(rng),
    priceSensitivity,
    visitsPerDay: clip(logNormal(rng, 0.22, 0.8), 0.02, 3),
    dropout: clip(logNormal(rng, 0.012, 0.7), 0.001, 0.2),
    friction: FRICTION_RATES.map((rate, which) => {
      // A code that is refused happens to those who look for codes.
      const leaning = SHOP_FRICTIONS[which] === 'coupon_denied' ? 2 * priceSensitivity : 1;
      return clip(logNormal(rng, rate * leaning, 0.5), 0, 0.9);
    }),
    persuasion: rng.intBelow(PERSUASIONS.length),
    hours: pickShare(rng, HOUR_PROFILE_SHARES),
    attention: CHANNELS.map((channel) => drawAttention(LATER.has(channel) ? later : rng, channel)),
    consent: known ? drawConsent(rng, hasApp, hasPhone) | drawWebPush(later) : 0,
    // A log-normal of median e^(−σ²/2) has mean 1.
    annoyance: logNormal(rng, Math.exp(-0.32), 0.8),
  };
}

/** Whether the customer agreed to marketing on a channel (index into CHANNELS) when they opened their account. */
export function consents(truth: CustomerTruth, channel: number): boolean {
  return (truth.consent & (1 << channel)) !== 0;
}

/** Channels that came later have draws of their own, so that all else about a customer stayed as it was. */
const LATER: ReadonlySet<string> = new Set(['story', 'web_push']);

function drawWebPush(rng: Rng): number {
  return rng.float() < WEB_PUSH_SHARE ? 1 << channelIndex('web_push') : 0;
}

const LOCALES: Readonly<Record<(typeof SHOP_ZONES)[number], string>> = {
  'Europe/Berlin': 'de-DE',
  'Europe/London': 'en-GB',
  'Europe/Madrid': 'es-ES',
  'Europe/Athens': 'el-GR',
  'America/New_York': 'en-US',
};

function drawPriceSensitivity(rng: Rng): number {
  switch (pickShare(rng, [0.2, 0.45, 0.35])) {
    case 0:
      return between(rng, 0, 0.15);
    case 1:
      return between(rng, 0.15, 0.7);
    default:
      return between(rng, 0.7, 1);
  }
}

function drawAttention(rng: Rng, channel: string): number {
  if (channel === 'email') return EMAIL_SCALE * (EMAIL_BINS[pickShare(rng, EMAIL_SHARES)] as number);
  const mix = ATTENTION_MIXES[channel];
  if (mix !== undefined)
    return (
      mix[
        pickShare(
          rng,
          mix.map(([share]) => share),
        )
      ] as readonly [number, number]
    )[1];
  return channel === 'store' ? 0 : between(rng, 0.15, 0.55);
}

function drawConsent(rng: Rng, hasApp: boolean, hasPhone: boolean): number {
  let bits = 0;
  for (const [channel, share] of Object.entries(CONSENT_SHARES)) {
    const agreed = rng.float() < share;
    const reachable =
      channel === 'push' ? hasApp : channel === 'sms' || channel === 'whatsapp' ? hasPhone : true;
    if (agreed && reachable) bits |= 1 << channelIndex(channel);
  }
  return bits;
}
