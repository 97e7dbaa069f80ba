/** The customer of whom an estimate speaks, and what a model says of them: no profile of anybody is needed. */
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import { DAY_MS } from '../../base/clock.ts';
import { baseRateShift } from '../arbitration/base-rate.ts';
import { sigmoid } from '../arbitration/expected-value.ts';
import { CHANNELS } from '../channel.ts';
import type { HeadCalibration } from '../decide/decide-env.ts';
import { HEAD_COUNT } from '../decide/decision-draft.ts';
import { FEATURE_COUNT } from '../feature/feature-spec.ts';
import { writeFeatures } from '../feature/write-features.ts';
import type { Policy } from '../policy/policy.ts';
import { emptyProfile } from '../profile/empty-profile.ts';
import type { Profile } from '../profile/profile.ts';
import { stageIndex } from '../trait/stage.ts';

/** 2026-03-03T12:00Z, a Tuesday; only differences and the hour count. */
export const TYPICAL_AT = 1_772_539_200_000;
const KNOWN_DAYS = 60;
const ORDERED_DAYS = 30;
const SEEN_DAYS = 7;
const SESSIONS = 4;

/** Known for two months, bought once a month ago at full price, was here a week ago, and got no message yet. */
export function typicalCustomer(orderValue: number, marginRate: number): Profile {
  const profile = emptyProfile(branded<CustomerId>('typical'), branded<IdentifierKey>('typical'));
  profile.createdAt = TYPICAL_AT - KNOWN_DAYS * DAY_MS;
  profile.firstOrderAt = TYPICAL_AT - ORDERED_DAYS * DAY_MS;
  profile.lastOrderAt = profile.firstOrderAt;
  profile.lastNewOrderAt = profile.firstOrderAt;
  profile.lastAt = TYPICAL_AT - SEEN_DAYS * DAY_MS;
  profile.session.count = SESSIONS;
  profile.orderCount = 1;
  profile.revenue = orderValue;
  profile.margin = orderValue * marginRate;
  return profile;
}

/** Their row on each channel, for one run of a model. */
export function typicalRows(profile: Profile, policy: Policy): Float32Array {
  const rows = new Float32Array(CHANNELS.length * FEATURE_COUNT);
  const stage = stageIndex(profile, policy.stages, TYPICAL_AT);
  const context = { now: TYPICAL_AT, stage, offsetMin: 0 };
  for (let channel = 0; channel < CHANNELS.length; channel++)
    writeFeatures(rows, channel * FEATURE_COUNT, profile, context, channel);
  return rows;
}

/** How the typical customer answers, by channel. */
export interface TypicalRates {
  /** P(they buy in a week without a message); the same on every channel. */
  readonly p0: number;
  readonly engage: readonly number[];
  readonly unsubscribe: readonly number[];
}

/** `logits`: of typicalRows; `learned`: what calibrates them. */
export function typicalRates(
  logits: Float32Array,
  learned: { readonly calibration: readonly HeadCalibration[]; readonly buysPerWeek: number },
  policy: Policy,
): TypicalRates {
  const calibrated = (channel: number, head: number): number => {
    const { a, b } = learned.calibration[head] ?? { a: 1, b: 0 };
    return a * (logits[channel * HEAD_COUNT + head] as number) + b;
  };
  const of = (head: number): number[] => CHANNELS.map((_, channel) => sigmoid(calibrated(channel, head)));
  return {
    p0: sigmoid(calibrated(0, 0) + baseRateShift(policy.buysPerWeek, learned.buysPerWeek)),
    engage: of(1),
    unsubscribe: of(2),
  };
}
