/** When a membership of an audience is over: what the ad says does not hold any more, or the customer may not be shown it. */
import type { DecideEnv } from '../decide/decide-env.ts';
import type { Choice } from '../fact/fact.ts';
import { lateContent } from '../ledger/late-content.ts';
import { recheck } from '../ledger/recheck.ts';
import { type Pauses, pauseOfDispatch, pauseRef } from '../pause/pause.ts';
import type { Membership } from '../profile/membership.ts';
import type { Profile } from '../profile/profile.ts';
import { type ReasonCode, reasonCode } from '../reason.ts';
import { hasKeyOf } from './has-key-of.ts';

export interface WhyLeft {
  readonly reason: ReasonCode;
  /** Of a pause. */
  readonly note?: string;
}

/** What is known at the moment. `env` undefined: no policy is in force, and only the time is looked at. */
export interface AudienceSetting {
  readonly now: number;
  readonly env: DecideEnv | undefined;
  readonly pauses: Pauses;
}

/** Why the membership ends; undefined: it does not. What was bought and what was refused ends it before its time, as does what sold out. */
export function whyLeft(
  profile: Profile,
  row: Membership,
  { now, env, pauses }: AudienceSetting,
): WhyLeft | undefined {
  const { choice, member, audience } = row;
  if (choice === undefined) return undefined;
  if (member !== profile.id) return { reason: reasonCode('SUPERSEDED') };
  if (choice.notAfter <= now) return { reason: reasonCode('EXPIRED') };
  const pause = pauseOfDispatch(pauses, choice);
  if (pause?.pending === 'withdraw') return { reason: reasonCode('PAUSED'), note: pauseRef(pause) };
  if (env === undefined) return undefined;
  const action = env.policy.actions.find(({ id }) => id === choice.action);
  if (action?.audience?.name !== audience) return { reason: reasonCode('JOURNEY_CHANGED') };
  if (!hasKeyOf(profile, action.audience.kinds)) return { reason: reasonCode('UNREACHABLE') };
  const verdict = recheck(profile, row.ref, env);
  if (verdict.kind === 'never') return { reason: verdict.reason };
  if (action.subject === 'cart' && isNotInCart(profile, choice)) return { reason: reasonCode('ORDERED') };
  const late = lateContent(profile, choice, env);
  return late.kind === 'never' ? { reason: late.reason } : undefined;
}

function isNotInCart({ cart }: Profile, { product }: Choice): boolean {
  return product !== '' && !cart.some(({ productId }) => productId === product);
}
