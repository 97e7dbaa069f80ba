import { channelIndex } from '../channel.ts';
import type { Action, ChannelPolicy, Policy } from '../policy/policy.ts';

export const ADS = channelIndex('ads');

/** Whether the action, where it goes out on a channel (index into CHANNELS), puts the customer into an audience. */
export function joinsAudience({ audience }: Pick<Action, 'audience'>, channel: number): boolean {
  return audience !== undefined && channel === ADS;
}

/** Whether the action can go out on the channel without being asked for: as a message, or as a membership of an audience. */
export function goesOut(action: Action, channel: ChannelPolicy): boolean {
  return channel.declared && (channel.push || joinsAudience(action, channel.index));
}

/** Whether something goes out on the channel by way of a channel system. */
export function isSentOn({ audiences }: Policy, channel: ChannelPolicy): boolean {
  return channel.declared && (channel.push || (channel.index === ADS && audiences.length > 0));
}
