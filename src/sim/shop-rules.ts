/** The promises of the simulated shop: written into its policy, and held against the log by laws that know only these. */
import type { GuardrailRules } from '../world/laws/rules.ts';

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

export const SHOP = {
  pushMax: 3,
  emailMax: 2,
  totalMax: 5,
  capHours: 24,
  actionMax: 2,
  actionHours: 12,
  quietFrom: '22:00',
  quietTo: '06:00',
  suppressionHours: 48,
  fastSuppressionHours: 3,
  incentiveHours: 24,
  windowSeconds: 90,
  cooldownMinutes: 20,
} as const;

const marketing = { marketing: true } as const;

export const SHOP_RULES: GuardrailRules = {
  caps: [
    { channel: PUSH, action: '', max: SHOP.pushMax, windowMs: SHOP.capHours * HOUR_MS },
    { channel: EMAIL, action: '', max: SHOP.emailMax, windowMs: SHOP.capHours * HOUR_MS },
    { channel: -1, action: '', max: SHOP.totalMax, windowMs: SHOP.capHours * HOUR_MS },
    { channel: -1, action: 'cart_nudge', max: SHOP.actionMax, windowMs: SHOP.actionHours * HOUR_MS },
  ],
  quietFromMinute: 22 * 60,
  quietToMinute: 6 * 60,
  quietChannels: new Set([PUSH, EMAIL]),
  consentChannels: new Set([PUSH, EMAIL]),
  actions: new Map<string, { readonly marketing: boolean }>([
    ['cart_nudge', marketing],
    ['viewed_nudge', marketing],
    ['code_a', marketing],
    ['code_b', marketing],
    ['cart_morning', marketing],
    ['exit_help', marketing],
    ['banner', marketing],
    ['order_news', { marketing: false }],
  ]),
  suppressionMs: SHOP.suppressionHours * HOUR_MS,
  suppressionMsByCategory: new Map([['soap', SHOP.fastSuppressionHours * HOUR_MS]]),
  categoryMs: 0,
  incentiveWindowMs: SHOP.incentiveHours * HOUR_MS,
  triggerWindowMs: new Map([['checkout_exit', SHOP.windowSeconds * 1_000]]),
  zones: ['Europe/London', 'America/New_York'],
};

/** How long after its decision an outcome is awaited: short, so that every one matures within a run. */
export const OUTCOME = { click: '1h', purchase: '3h', unsubscribe: '6h' } as const;
export const OUTCOME_MS_MAX = 6 * HOUR_MS;
