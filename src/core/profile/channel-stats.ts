import { CHANNELS } from '../channel.ts';
import type { ChannelStats, Profile } from './profile.ts';

/**
 * The statistics of a channel, made when first needed. Those of a channel that this version does not know (a newer one
 * wrote the fact) are kept nowhere: no stored profile has a place for them.
 */
export function channelStatsOf(profile: Profile, channel: number): ChannelStats {
  const found = profile.channelStats[channel];
  if (found !== undefined) return found;
  const made: ChannelStats = {
    sends: 0,
    opens: 0,
    clicks: 0,
    bounces: 0,
    lastSentAt: 0,
    lastOpenAt: 0,
    lastSeenAt: 0,
    unsubscribedAt: 0,
    complainedAt: 0,
    bouncedAt: 0,
    softBounces: 0,
    softBouncedAt: 0,
  };
  if (CHANNELS[channel] !== undefined) profile.channelStats[channel] = made;
  return made;
}
