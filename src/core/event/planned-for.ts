import { MINUTE_MS } from '../../base/clock.ts';
import { instantOf } from '../calendar/civil-time.ts';
import { NamedZoneClock } from '../calendar/zone-clock.ts';
import type { Zones } from '../calendar/zones.ts';
import type { Plan, Profile } from '../profile/profile.ts';
import { localOffset } from './derive-event.ts';

/**
 * The instant at which a plan's local time comes: on the customer's clock of today, when a zone became known after the plan was made, else
 * on that of the plan's zone. A plan whose zone was unknown goes when it was planned to.
 */
export function plannedFor(plan: Plan, profile: Profile, zones: Zones): number {
  const zone = profile.zoneAt > plan.decidedAt ? profile.zone : plan.zone;
  if (Number.isNaN(plan.offsetMin) || Number.isNaN(localOffset(zone, plan.at, zones))) return plan.at;
  return instantOf(new NamedZoneClock(zones, zone), plan.at + plan.offsetMin * MINUTE_MS);
}
