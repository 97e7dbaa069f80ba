/** Names that say a no by themselves, as mail and message systems send them: a `Consent Updated` of which the name says the rest. */
import { channelIndex, isAddressed } from '../channel.ts';
import { ALL } from './consent-word.ts';
import type { EventInput, PropertyValue } from './event-input.ts';
import { wordKey } from './word-key.ts';

/** With the channel that they name; '': it is that of the event. */
export const REFUSAL_NAMES: readonly (readonly [name: string, channel: string])[] = [
  ['Unsubscribed', ''],
  ['Unsubscribe', ''],
  ['Opted Out', ''],
  ['Email Unsubscribed', 'email'],
  ['Unsubscribed from Email', 'email'],
  ['Unsubscribed from Email Marketing', 'email'],
  ['Newsletter Unsubscribed', 'email'],
  ['Unsubscribed from Newsletter', 'email'],
  ['Email Marked as Spam', 'email'],
  ['SMS Unsubscribed', 'sms'],
  ['Unsubscribed from SMS', 'sms'],
  ['Unsubscribed from SMS Marketing', 'sms'],
];
/** A complaint ends service messages too. */
const OF_EVERYTHING: ReadonlySet<string> = new Set([wordKey('Email Marked as Spam')]);
const channels: ReadonlyMap<string, string> = new Map(
  REFUSAL_NAMES.map(([name, channel]) => [wordKey(name), channel]),
);
const NO = /unsubscri|opt(?:ed)?[\s_-]?out|marked[\s_-]?as[\s_-]?spam/i;

/**
 * The properties of a refusal, with what its name says where they do not say it themselves; undefined where the name says none. Without a channel
 * in either, that of the event counts, where messages go to an address of the customer by it.
 */
export function refusalProperties({
  name,
  channel,
  properties,
}: EventInput): Readonly<Record<string, PropertyValue>> | undefined {
  const key = wordKey(name);
  const named = channels.get(key);
  if (named === undefined) return undefined;
  const by = named === '' && isAddressed(channelIndex(channel)) ? channel : named;
  return {
    ...(by !== '' && { channel: by }),
    ...{ purpose: OF_EVERYTHING.has(key) ? ALL : 'marketing', granted: false },
    ...properties,
  };
}

/** Whether a name that is not known looks like a no. */
export function looksLikeRefusal(name: string): boolean {
  return NO.test(name);
}
