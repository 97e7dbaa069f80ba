/** Before a dispatch is handed over (again): what may have changed since it was decided is asked once more. */
import { PURPOSES } from '../channel.ts';
import type { DecideEnv } from '../decide/decide-env.ts';
import type { ChoiceRef } from '../fact/fact.ts';
import { ChannelGate } from '../guardrail/channel-gate.ts';
import { purchased } from '../guardrail/promotion.ts';
import { quietHours } from '../guardrail/quiet-hours.ts';
import { Verdict } from '../guardrail/verdict.ts';
import { findContact } from '../profile/contact.ts';
import type { Profile } from '../profile/profile.ts';
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
  const gate = new ChannelGate().ask(contact.channel, PURPOSES.indexOf(action.purpose), profile, env.policy);
  if (gate.code !== 0) return { kind: 'never', reason: gate.code };
  const verdict = new Verdict();
  if (contact.promotion && contact.product !== '') {
    const category = env.catalog.get(contact.product)?.category ?? '';
    if (purchased(verdict, profile, env.policy.suppression, contact.product, category, env.now)) {
      return { kind: 'never', reason: verdict.code };
    }
  }
  if (
    env.policy.channels[contact.channel]?.quietHours === true &&
    quietHours(verdict, env, profile.offsetMin, env.now)
  ) {
    return { kind: 'wait', until: env.now + QUIET_STEP_MS };
  }
  return go;
}
