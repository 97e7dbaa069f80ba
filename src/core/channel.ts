/** Where we can speak to a customer or hear from them. The index is the stored code: append only. */
export const CHANNELS = [
  'web',
  'app',
  'onsite',
  'email',
  'sms',
  'push',
  'whatsapp',
  'ads',
  'store',
  'story',
  'web_push',
] as const;

/** A bit of each, `1 << index`. */
export const EVERY_CHANNEL = (1 << CHANNELS.length) - 1;

export type ChannelName = (typeof CHANNELS)[number];

/** Index into CHANNELS; -1 means "no channel". */
export type ChannelIndex = number;

/** What a customer agrees to or refuses, each channel by itself. What an action may be for is in purpose.ts. */
export const PURPOSES = ['marketing', 'service'] as const;

/** Channels that reach the customer at an address of theirs: a link in what they carry is opened by the customer, if it is not passed on. */
const ADDRESSED: ReadonlySet<string> = new Set<ChannelName>(['email', 'sms', 'push', 'whatsapp', 'web_push']);

const indexByName: ReadonlyMap<string, number> = new Map(CHANNELS.map((name, index) => [name, index]));

/** By stored code. */
export function isAddressed(channel: ChannelIndex): boolean {
  return ADDRESSED.has(CHANNELS[channel] ?? '');
}

/** The stored code of a channel's name, -1 when unknown. */
export function channelIndex(name: string): ChannelIndex {
  return indexByName.get(name) ?? -1;
}
