import { PURPOSES } from '../channel.ts';
import type { ChannelPolicy } from '../policy/policy.ts';
import { CONSENT_DENIED, CONSENT_GRANTED, consentState } from '../profile/consent.ts';
import type { Profile } from '../profile/profile.ts';
import type { Guardrail } from './guardrail.ts';
import { optedOut } from './opt-out.ts';
import { codes, type Verdict } from './verdict.ts';

const { CONSENT_MISSING } = codes('CONSENT_MISSING');
const MARKETING = PURPOSES.indexOf('marketing');

export const consent: Guardrail = {
  scope: 'channel',
  reasons: ['CONSENT_MISSING', 'UNSUBSCRIBED', 'COMPLAINED'],
  check: (verdict, { profile, channel, rules }) => consentMissing(verdict, profile, channel, rules.consent),
};

/**
 * Marketing needs a yes where the policy asks for one; no purpose may go against a no. A no that came as an
 * unsubscribe or a complaint is named as such. Compared: the consent's state (0 unknown, 1 granted, 2 denied) and the one
 * needed; names the purpose. `purpose`: index into PURPOSES.
 */
export function consentMissing(
  verdict: Verdict,
  profile: Profile,
  channel: ChannelPolicy,
  purpose: number,
): boolean {
  const state = consentState(profile.consent[channel.index * PURPOSES.length + purpose] as number);
  if (state === CONSENT_GRANTED) return false;
  if (state === CONSENT_DENIED && optedOut(verdict, profile, channel.index, purpose)) return true;
  const needed = purpose === MARKETING && channel.consentRequired;
  if (state !== CONSENT_DENIED && !needed) return false;
  return verdict.block(CONSENT_MISSING, state, CONSENT_GRANTED, PURPOSES[purpose] as string);
}
