import { minuteOfDay, nextAtMinute } from '../calendar/civil-time.ts';
import type { CustomerClock } from '../calendar/customer-clock.ts';
import { NamedZoneClock } from '../calendar/zone-clock.ts';
import type { DecideEnv } from '../decide/decide-env.ts';
import { type ContactLimits, quietFrom, quietTo } from './contact-limits.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { QUIET_HOURS } = codes('QUIET_HOURS');

/** As `quietHours`, on channels to which they apply: now, or at the hour that the message waits for. */
export const quiet: Guardrail = {
  scope: 'channel',
  reasons: ['QUIET_HOURS'],
  check(verdict, { channel, limits, inPlacement, sendMinute, env, clock, quietNow }) {
    if (!channel.push || !channel.quietHours) return false;
    if (!inPlacement && sendMinute >= 0) {
      const at = sendInstant(env, clock, sendMinute);
      return quietHours(verdict, env, limits, clock.offsetAt(at), at);
    }
    return verdict.adopt(quietNow[limits] as Verdict);
  },
};

/** True when the local minute lies in [from, to), over midnight when from > to; equal bounds: never quiet. */
export function isQuiet(minute: number, from: number, to: number): boolean {
  if (from === to) return false;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/**
 * Quiet by the hours of `limits` at `at` on the customer's clock, `offsetMin` east of UTC then (NaN: unknown); with an unknown zone, quiet anywhere the shop sells (in no zone at all: by UTC).
 * Compared: the local minute of the day, the minute at which quiet hours end; names the zone.
 */
export function quietHours(
  verdict: Verdict,
  env: DecideEnv,
  limits: ContactLimits,
  offsetMin: number,
  at: number,
): boolean {
  const from = quietFrom(env.policy, limits);
  const to = quietTo(env.policy, limits);
  if (from === to) return false;
  if (!Number.isNaN(offsetMin)) return block(verdict, at, offsetMin, from, to, 'local');
  const zones = env.policy.zones;
  if (zones.length === 0) return block(verdict, at, 0, from, to, 'UTC');
  for (let i = 0; i < zones.length; i++) {
    const zone = zones[i] as string;
    const offset = at === env.now ? (env.offsetOfZones[i] ?? 0) : env.zones.offsetMin(zone, at);
    if (block(verdict, at, offset, from, to, zone)) return true;
  }
  return false;
}

function block(
  verdict: Verdict,
  at: number,
  offset: number,
  from: number,
  to: number,
  zone: string,
): boolean {
  const minute = minuteOfDay(at, offset);
  return isQuiet(minute, from, to) && verdict.block(QUIET_HOURS, minute, to, zone);
}

/** When a message goes that waits for `minute` of the day: on the customer's clock, or on that of the shop's first zone when theirs is unknown. */
export function sendInstant(env: DecideEnv, clock: CustomerClock, minute: number): number {
  const known = !Number.isNaN(clock.offsetMin);
  return nextAtMinute(
    env.now,
    known ? clock : new NamedZoneClock(env.zones, env.policy.zones[0] ?? ''),
    minute,
  );
}
