/** Before a dispatch is handed over (again): what may have changed since it was decided is asked once more. */
import { purchased } from '../candidate/promotable.ts';
import type { DecideEnv } from '../decide/decide-env.ts';
import type { ChoiceRef } from '../fact/fact.ts';
import { consentMissing } from '../guardrail/consent.ts';
import { limitsOf } from '../guardrail/contact-limits.ts';
import { caseOpen } from '../guardrail/open-case.ts';
import { optedOut } from '../guardrail/opt-out.ts';
import { quietHours } from '../guardrail/quiet-hours.ts';
import { channelUnreachable } from '../guardrail/reachability.ts';
import { Verdict } from '../guardrail/verdict.ts';
import type { ChannelPolicy } from '../policy/policy.ts';
import { findContact } from '../profile/contact.ts';
import type { Profile } from '../profile/profile.ts';
import { PURPOSE_RULES } from '../purpose.ts';
import { type ReasonCode, reasonCode } from '../reason.ts';

export type Recheck =
  | { readonly kind: 'go' }
  /** Not now: quiet hours; ask again at `until`. */
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'never'; readonly reason: ReasonCode };

const go: Recheck = { kind: 'go' };
const QUIET_STEP_MS = 15 * 60_000;

/** Caps and offers were used up by the decision itself and are not asked again. */
export function recheck(profile: Profile, ref: ChoiceRef, env: DecideEnv): Recheck {
  const contact = findContact(profile, ref);
  // It fell out of the ledger: whatever it was, it is too old to go out.
  if (contact === undefined) return { kind: 'never', reason: reasonCode('EXPIRED') };
  const action = env.policy.actions.find((known) => known.id === contact.action);
  if (action === undefined) return { kind: 'never', reason: reasonCode('JOURNEY_CHANGED') };
  const channel = env.policy.channels[contact.channel] as ChannelPolicy;
  const { consent, isSilenced } = PURPOSE_RULES[action.purpose];
  const verdict = new Verdict();
  if (
    consentMissing(verdict, profile, channel, consent, env.now) ||
    channelUnreachable(verdict, profile, channel, env.policy, env.now) ||
    optedOut(verdict, profile, contact.channel, consent) ||
    ((isSilenced || contact.promotion) && caseOpen(verdict, profile, env.policy, env.now))
  ) {
    return { kind: 'never', reason: verdict.code };
  }
  if (contact.promotion && contact.product !== '') {
    const category = env.catalog.get(contact.product)?.category ?? '';
    if (purchased(verdict, profile, env, contact.product, category, env.now)) {
      return { kind: 'never', reason: verdict.code };
    }
  }
  const offsetMin = profile.zone === '' ? Number.NaN : env.zones.offsetMin(profile.zone, env.now);
  const limits = limitsOf(env.policy, action.purpose);
  if (channel.quietHours && quietHours(verdict, env, limits, offsetMin, env.now)) {
    return { kind: 'wait', until: env.now + QUIET_STEP_MS };
  }
  return go;
}
