import { STAGES, type Stage, type StageRules } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import { customerAlive } from './customer-value.ts';

const PROSPECT = STAGES.indexOf('prospect');
const ONBOARDING = STAGES.indexOf('onboarding');
const ACTIVE = STAGES.indexOf('active');
const LAPSING = STAGES.indexOf('lapsing');
const LAPSED = STAGES.indexOf('lapsed');
const LOYALIST = STAGES.indexOf('loyalist');
const FADING = STAGES.indexOf('fading');

/** Repeat orders that make a rhythm. */
const RHYTHM_REPEATS_MIN = 2;
/** A rhythm is broken when it is likelier than not that the customer has left. */
const RHYTHM_ALIVE_MIN = 0.5;

/**
 * Index into STAGES of where the customer stands now. Lapsed wins over everything but never having ordered; fading means
 * that their spend is high and they have neither ordered nor opened anything for `fadingMs`, or that their own rhythm says
 * that the customer has probably left; a loyalist stays one in the days after an order. An order that
 * renews a subscription begins no onboarding.
 */
export function stageIndex(profile: Profile, rules: StageRules, now: number): number {
  if (profile.orderCount === 0) return PROSPECT;
  const since = now - profile.lastOrderAt;
  if (since >= rules.lapsedMs) return LAPSED;
  if (profile.revenue >= rules.fadingSpend && isFading(profile, rules, now, since)) return FADING;
  if (profile.revenue >= rules.loyalistSpend && profile.orderCount >= rules.loyalistOrders) return LOYALIST;
  if (now - profile.lastNewOrderAt < rules.onboardingMs) return ONBOARDING;
  return since < rules.activeMs ? ACTIVE : LAPSING;
}

export function stageName(index: number): Stage {
  return STAGES[index] ?? 'prospect';
}

/** When the customer last opened or clicked one of our messages; 0: never. */
export function lastOpenAt(profile: Profile): number {
  let last = 0;
  for (const stats of profile.channelStats)
    if (stats !== undefined && stats.lastOpenAt > last) last = stats.lastOpenAt;
  return last;
}

function isFading(profile: Profile, rules: StageRules, now: number, sinceOrder: number): boolean {
  if (sinceOrder >= rules.fadingMs && now - lastOpenAt(profile) >= rules.fadingMs) return true;
  if (profile.orderCount <= RHYTHM_REPEATS_MIN || sinceOrder < rules.onboardingMs) return false;
  return customerAlive(profile, now) < RHYTHM_ALIVE_MIN;
}
