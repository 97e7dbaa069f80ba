/** How the customer answers on a channel: the model's word, corrected by what they did themselves. */
import { channelIndex } from '../channel.ts';
import { presence } from '../feature/write-features.ts';
import type { Profile } from '../profile/profile.ts';

const ONSITE = channelIndex('onsite');
const WEB = channelIndex('web');
const APP = channelIndex('app');
const ADS = channelIndex('ads');
/** The model's engagement counts as much as this many of the customer's own messages. */
const MODEL_WEIGHT = 6;
/** Chance that a message meets the customer while they are right there; halves every ten minutes after they were seen. */
const PRESENT_REACH = 0.5;

/** P(the customer opens or clicks): mean of a beta posterior whose prior is the model's rate, whose data are their own messages. */
export function engagementRate(modelRate: number, profile: Profile, channel: number): number {
  const stats = profile.channelStats[channel];
  if (stats === undefined) return modelRate;
  const sends = Math.max(0, stats.sends);
  const opens = Math.min(sends, Math.max(stats.opens, stats.clicks));
  return (opens + MODEL_WEIGHT * modelRate) / (sends + MODEL_WEIGHT);
}

/**
 * P(the message reaches the customer): by their engagement, or because they are there. `here`: the caller has them before it.
 * An ad network that asks, or was clicked on before, has nobody there: what it shows stands beside something else, and reach is the
 * share of exposures that were answered.
 */
export function reachRate(
  engaged: number,
  profile: Profile,
  channel: number,
  here: boolean,
  now: number,
): number {
  if (channel === ADS) return engaged;
  const there = here ? 1 : presence(seenAt(profile, channel), now);
  const present = there * PRESENT_REACH;
  return engaged > present ? engaged : present;
}

/** When the customer was last where a message of the channel would meet them: the open page and the open app show what is onsite. */
function seenAt(profile: Profile, channel: number): number {
  const own = profile.channelStats[channel]?.lastSeenAt ?? 0;
  if (channel !== ONSITE) return own;
  return Math.max(
    own,
    profile.channelStats[WEB]?.lastSeenAt ?? 0,
    profile.channelStats[APP]?.lastSeenAt ?? 0,
  );
}
