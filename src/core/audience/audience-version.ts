import { membershipOf } from '../profile/audiences.ts';
import type { Profile } from '../profile/profile.ts';

/**
 * The version of the customer's next change in an audience, decided at `now`: above every earlier one. It is the time in ms, which goes
 * on where numbers of records begin anew (a restore) or are another shard's, and where the profile no longer remembers the last one.
 */
export function nextAudienceVersion(profile: Profile, audience: string, now: number): number {
  return Math.max(now, (membershipOf(profile, audience)?.version ?? 0) + 1);
}
