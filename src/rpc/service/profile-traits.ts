import { localOffset } from '../../core/event/derive-event.ts';
import type { StageRules } from '../../core/policy/policy.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { computeTraits } from '../../core/trait/compute-traits.ts';
import { NEED_ALL } from '../../core/trait/trait-needs.ts';
import { strangerTraits, type Traits } from '../../core/trait/trait-spec.ts';
import type { ServiceContext } from '../service-context.ts';

const DAY_MS = 86_400_000;
/** Stages while no policy is in force: the starter policy's. */
const WITHOUT_POLICY: StageRules = {
  onboardingMs: 8 * DAY_MS,
  activeMs: 31 * DAY_MS,
  lapsedMs: 75 * DAY_MS,
  loyalistSpend: 2_000,
  loyalistOrders: 3,
  fadingMs: 45 * DAY_MS,
  fadingSpend: 500,
};

/** Every trait of a profile as of `now`, outside any request: no context channel, no device. */
export function profileTraits(profile: Profile, context: ServiceContext, now: number): Traits {
  const traits = strangerTraits();
  computeTraits(
    traits,
    profile,
    {
      now,
      rules: context.policies.current?.stages ?? WITHOUT_POLICY,
      catalog: context.catalog.view,
      contextChannel: -1,
      offsetMin: localOffset(profile.zone, now, context.zones),
      device: '',
      locale: profile.locale,
    },
    NEED_ALL,
  );
  return traits;
}
