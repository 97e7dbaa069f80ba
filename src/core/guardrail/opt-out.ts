import { CHANNELS, PURPOSES } from '../channel.ts';
import type { Profile } from '../profile/profile.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { UNSUBSCRIBED, COMPLAINED } = codes('UNSUBSCRIBED', 'COMPLAINED');
const MARKETING = PURPOSES.indexOf('marketing');

export const optOut: Guardrail = {
  scope: 'channel',
  reasons: ['UNSUBSCRIBED', 'COMPLAINED'],
  check: (verdict, { profile, channel, rules }) => optedOut(verdict, profile, channel.index, rules.consent),
};

/** An unsubscribe ends marketing, a complaint everything. Compared: when, 0; names the channel. `purpose`: index into PURPOSES. */
export function optedOut(verdict: Verdict, profile: Profile, channel: number, purpose: number): boolean {
  const stats = profile.channelStats[channel];
  if (stats === undefined) return false;
  if (stats.unsubscribedAt > 0 && purpose === MARKETING && stats.complainedAt === 0) {
    return verdict.block(UNSUBSCRIBED, stats.unsubscribedAt, 0, CHANNELS[channel] as string);
  }
  if (stats.complainedAt > 0) {
    return verdict.block(COMPLAINED, stats.complainedAt, 0, CHANNELS[channel] as string);
  }
  return false;
}
