/**
 * May we speak to her on this channel for this purpose? Asked once per decision and channel × purpose, because the
 * answer is the same for every candidate: consent, reachability, unsubscribed, complained.
 */
import { clearBytes } from '../../base/clear-bytes.ts';
import { CHANNELS, PURPOSES } from '../channel.ts';
import type { ChannelPolicy, Policy } from '../policy/policy.ts';
import { CONSENT_DENIED, CONSENT_GRANTED, consentState } from '../profile/consent.ts';
import type { Profile } from '../profile/profile.ts';
import { codes, Verdict } from './verdict.ts';

const { CONSENT_MISSING, UNREACHABLE, UNSUBSCRIBED, COMPLAINED } = codes(
  'CONSENT_MISSING',
  'UNREACHABLE',
  'UNSUBSCRIBED',
  'COMPLAINED',
);
const MARKETING = PURPOSES.indexOf('marketing');

/** The answers of one decision, found when first asked for. */
export class ChannelGate {
  readonly #verdicts: readonly Verdict[] = Array.from(
    { length: CHANNELS.length * PURPOSES.length },
    () => new Verdict(),
  );
  readonly #known = new Uint8Array(CHANNELS.length * PURPOSES.length);

  reset(): void {
    clearBytes(this.#known);
  }

  /** `purpose`: index into PURPOSES. Valid until `reset`. */
  ask(channel: number, purpose: number, profile: Profile, policy: Policy): Verdict {
    const place = channel * PURPOSES.length + purpose;
    const verdict = this.#verdicts[place] as Verdict;
    if (this.#known[place] === 1) return verdict;
    this.#known[place] = 1;
    verdict.pass();
    const rules = policy.channels[channel] as ChannelPolicy;
    if (
      !consent(verdict, profile, rules, purpose) &&
      !unreachable(verdict, profile, rules, policy.bouncesMax)
    ) {
      refused(verdict, profile, channel, purpose);
    }
    return verdict;
  }
}

/**
 * Marketing needs a yes where the policy asks for one; everything needs that there is no no. A no that came as an
 * unsubscribe or a complaint is named as such. Compared: the consent's state (0 unknown, 1 granted, 2 denied) and the one
 * needed.
 */
function consent(verdict: Verdict, profile: Profile, rules: ChannelPolicy, purpose: number): boolean {
  const state = consentState(profile.consent[rules.index * PURPOSES.length + purpose] as number);
  if (state === CONSENT_GRANTED) return false;
  if (state === CONSENT_DENIED && refused(verdict, profile, rules.index, purpose)) return true;
  const needed = purpose === MARKETING && rules.consentRequired;
  if (state !== CONSENT_DENIED && !needed) return false;
  return verdict.block(CONSENT_MISSING, state, CONSENT_GRANTED, PURPOSES[purpose] as string);
}

/** No address for the channel (compared: 0, 1), or it bounced too often (compared: bounces, the most allowed). */
function unreachable(verdict: Verdict, profile: Profile, rules: ChannelPolicy, bouncesMax: number): boolean {
  const bounces = profile.channelStats[rules.index]?.bounces ?? 0;
  if (bouncesMax > 0 && bounces >= bouncesMax)
    return verdict.block(UNREACHABLE, bounces, bouncesMax, 'bounces');
  if (rules.reachableBy.length === 0) return false;
  for (const identifier of profile.identifiers) if (rules.reachableBy.includes(identifier.kind)) return false;
  return verdict.block(UNREACHABLE, 0, 1, rules.reachableBy[0] ?? '');
}

/** An unsubscribe ends marketing, a complaint everything. Compared: when, 0. */
function refused(verdict: Verdict, profile: Profile, channel: number, purpose: number): boolean {
  const stats = profile.channelStats[channel];
  if (stats === undefined) return false;
  if (stats.unsubscribedAt > 0 && purpose === MARKETING && stats.complainedAt === 0) {
    return verdict.block(UNSUBSCRIBED, stats.unsubscribedAt, 0, CHANNELS[channel] as string);
  }
  if (stats.complainedAt > 0)
    return verdict.block(COMPLAINED, stats.complainedAt, 0, CHANNELS[channel] as string);
  return false;
}
