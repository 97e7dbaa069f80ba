import type { ChannelPolicy, Policy } from '../policy/policy.ts';
import type { Profile } from '../profile/profile.ts';
import type { Guardrail } from './guardrail.ts';
import { codes, type Verdict } from './verdict.ts';

const { UNREACHABLE } = codes('UNREACHABLE');

type BouncePolicy = Pick<Policy, 'bouncesMax' | 'softBouncesMax' | 'softBounceRestMs'>;

export const reachability: Guardrail = {
  scope: 'channel',
  reasons: ['UNREACHABLE'],
  check: (verdict, { profile, channel, env }) =>
    channelUnreachable(verdict, profile, channel, env.policy, env.now),
};

/**
 * No address for the channel (compared: 0, 1), it bounced hard too often (compared: bounces, the most allowed), or softly so often in a row
 * that it rests (compared: bounces, until when).
 */
export function channelUnreachable(
  verdict: Verdict,
  profile: Profile,
  channel: ChannelPolicy,
  { bouncesMax, softBouncesMax, softBounceRestMs }: BouncePolicy,
  now: number,
): boolean {
  const stats = profile.channelStats[channel.index];
  const bounces = stats?.bounces ?? 0;
  if (bouncesMax > 0 && bounces >= bouncesMax) {
    return verdict.block(UNREACHABLE, bounces, bouncesMax, 'bounces');
  }
  if (
    stats !== undefined &&
    stats.softBounces >= softBouncesMax &&
    now < stats.softBouncedAt + softBounceRestMs
  ) {
    return verdict.block(
      UNREACHABLE,
      stats.softBounces,
      stats.softBouncedAt + softBounceRestMs,
      'soft bounces',
    );
  }
  if (channel.reachableBy.length === 0) return false;
  for (const identifier of profile.identifiers) {
    if (channel.reachableBy.includes(identifier.kind)) return false;
  }
  return verdict.block(UNREACHABLE, 0, 1, channel.reachableBy[0] ?? '');
}
