import type { ChannelPolicy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { UNREACHABLE } = codes('UNREACHABLE');

export const reachability: Guardrail = {
  scope: 'channel',
  reasons: ['UNREACHABLE'],
  check: (verdict, { profile, channel, env }) =>
    channelUnreachable(verdict, profile, channel, env.policy.bouncesMax),
};

/** No address for the channel (compared: 0, 1), or it bounced too often (compared: bounces, the most allowed). */
export function channelUnreachable(
  verdict: Verdict,
  profile: Profile,
  channel: ChannelPolicy,
  bouncesMax: number,
): boolean {
  const bounces = profile.channelStats[channel.index]?.bounces ?? 0;
  if (bouncesMax > 0 && bounces >= bouncesMax) {
    return verdict.block(UNREACHABLE, bounces, bouncesMax, 'bounces');
  }
  if (channel.reachableBy.length === 0) return false;
  for (const identifier of profile.identifiers) {
    if (channel.reachableBy.includes(identifier.kind)) return false;
  }
  return verdict.block(UNREACHABLE, 0, 1, channel.reachableBy[0] ?? '');
}
