/** The promises of the simulated shop: written into its policy, and held against the log by laws that know only these. */
import { ADS } from '../../core/audience/joins-audience.ts';
import type { GuardrailRules } from '../oracle/rules.ts';
import { STRICT_SHOP } from '../oracle/strict-shop.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const EMAIL = 3;
export const PUSH = 5;

/** Zones without summer time; minutes east of UTC. One is west, one has an odd offset. */
export const ZONES: Readonly<Record<string, number>> = {
  'Europe/London': 0,
  'America/New_York': -300,
  'Asia/Kathmandu': 345,
};

/** Of the ad platform. */
export const AD_AUDIENCE = 'near';

/** The action that shows what lies in the cart, which is nothing for a browser that only a link identifies. */
export const SHOWS_CART = 'basket_note';

/** When customers are considered. */
export const CONSIDER_HOURS = 'daily at 09:30, 13:00, 19:00';

const marketing = { marketing: true } as const;
const service = { marketing: false, lot: 'service' } as const;
const common = { lot: 'common', windowMs: STRICT_SHOP.capHours * HOUR_MS, action: '' } as const;

export const SHOP_RULES: GuardrailRules = {
  caps: [
    { ...common, channel: PUSH, max: STRICT_SHOP.pushMax },
    { ...common, channel: EMAIL, max: STRICT_SHOP.emailMax },
    { ...common, channel: -1, max: STRICT_SHOP.totalMax },
    { ...common, lot: 'service', channel: PUSH, max: STRICT_SHOP.servicePushMax },
    {
      channel: -1,
      action: 'cart_nudge',
      max: STRICT_SHOP.actionMax,
      windowMs: STRICT_SHOP.actionHours * HOUR_MS,
    },
  ],
  quietFromMinute: 22 * 60,
  quietToMinute: 6 * 60,
  serviceQuiet: { from: 23 * 60, to: 5 * 60 },
  openCaseMs: STRICT_SHOP.openCaseHours * HOUR_MS,
  quietChannels: new Set([PUSH, EMAIL]),
  consentChannels: new Set([PUSH, EMAIL, ADS]),
  confirmMs: new Map([[EMAIL, STRICT_SHOP.confirmHours * HOUR_MS]]),
  actions: new Map<string, { readonly marketing: boolean }>([
    ['cart_nudge', marketing],
    ['viewed_nudge', marketing],
    ['code_a', marketing],
    ['code_b', marketing],
    ['cart_morning', marketing],
    ['exit_help', marketing],
    ['banner', marketing],
    ['near_ad', marketing],
    [SHOWS_CART, marketing],
    ['order_news', service],
    ['shipped_note', service],
  ]),
  suppression: {
    defaultMs: STRICT_SHOP.suppressionHours * HOUR_MS,
    byCategory: new Map([['soap', STRICT_SHOP.fastSuppressionHours * HOUR_MS]]),
    categoryMs: 0,
  },
  incentiveWindowMs: STRICT_SHOP.incentiveHours * HOUR_MS,
  triggerWindowMs: new Map([
    ['checkout_exit', STRICT_SHOP.windowSeconds * 1_000],
    ['shipped', 0],
  ]),
  zones: ['Europe/London', 'America/New_York'],
};

/** The longest that an outcome of the shop is awaited. */
export const OUTCOME_MS_MAX = 6 * HOUR_MS;
