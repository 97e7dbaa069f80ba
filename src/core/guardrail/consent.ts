import { ADS } from '../audience/joins-audience.ts';
import { PURPOSES } from '../channel.ts';
import type { ChannelPolicy } from '../policy/policy.ts';
import { CONSENT_DENIED, CONSENT_GRANTED, CONSENT_PENDING, consentState } from '../profile/consent.ts';
import { waitsUntil } from '../profile/consent-request.ts';
import type { Profile } from '../profile/profile.ts';
import type { Guardrail } from './guardrail.ts';
import { optedOut } from './opt-out.ts';
import { codes, type Verdict } from './verdict.ts';

const { CONSENT_MISSING, ERASED } = codes('CONSENT_MISSING', 'ERASED');
const MARKETING = PURPOSES.indexOf('marketing');

export const consent: Guardrail = {
  scope: 'channel',
  reasons: ['CONSENT_MISSING', 'UNSUBSCRIBED', 'COMPLAINED', 'ERASED'],
  check: (verdict, { profile, channel, rules, env }) =>
    consentMissing(verdict, profile, channel, rules.consent, env.now),
};

/**
 * Marketing needs a yes where the policy asks for one; no purpose may go against a no. A no that came as an
 * unsubscribe or a complaint is named as such. Compared: the consent's state (0 unknown, 1 granted, 2 denied, 3 a yes that waits for
 * its confirmation) and the one needed; names the purpose.
 * Whoever comes by a key of a person who was forgotten is sent nothing of any purpose; compared: since when, 0. `purpose`: index into PURPOSES.
 */
export function consentMissing(
  verdict: Verdict,
  profile: Profile,
  channel: ChannelPolicy,
  purpose: number,
  now: number,
): boolean {
  // An ad that follows them is sent to them, whatever kind of channel the policy calls it.
  if (profile.silencedAt > 0 && (channel.push || channel.index === ADS))
    return verdict.block(ERASED, profile.silencedAt, 0, '');
  const place = channel.index * PURPOSES.length + purpose;
  const state = consentState(profile.consent[place] as number);
  if (state === CONSENT_GRANTED) return false;
  const needed = purpose === MARKETING && channel.consentRequired;
  if (profile.consentRequests.length > 0 && (needed || state === CONSENT_DENIED)) {
    const waits = waitsUntil(profile.consentRequests, place, now) > 0;
    // A complaint outlasts whatever is asked for afterwards.
    if (waits && (profile.channelStats[channel.index]?.complainedAt ?? 0) === 0)
      return verdict.block(CONSENT_MISSING, CONSENT_PENDING, CONSENT_GRANTED, PURPOSES[purpose] as string);
  }
  if (state === CONSENT_DENIED && optedOut(verdict, profile, channel.index, purpose)) return true;
  if (state !== CONSENT_DENIED && !needed) return false;
  return verdict.block(CONSENT_MISSING, state, CONSENT_GRANTED, PURPOSES[purpose] as string);
}
