import { CHANNELS } from '../channel.ts';
import { wordKey } from './word-key.ts';

/** What people call the channels, besides their names in any letters and separators. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  web: ['website', 'browser', 'web site'],
  app: ['mobile app', 'ios', 'android'],
  onsite: ['on-site', 'on site', 'in-app', 'in-app message', 'in-app messages'],
  email: ['e-mail', 'mail', 'e-mails', 'emails'],
  sms: ['text message', 'text messages', 'mms'],
  push: ['push notification', 'push notifications', 'mobile push', 'app push'],
  whatsapp: ['whats app', 'wa'],
  ads: ['ad', 'advertising', 'paid', 'paid media'],
  store: ['in store', 'pos', 'till', 'retail store', 'shop floor'],
  story: ['stories', 'in-story', 'content card', 'content cards'],
  web_push: ['web-push', 'browser push', 'web push notification', 'web push notifications'],
};

const known: ReadonlySet<string> = new Set<string>(CHANNELS);
const byKey: ReadonlyMap<string, string> = new Map(
  CHANNELS.flatMap((channel) =>
    [channel, ...(ALIASES[channel] ?? [])].map((word) => [wordKey(word), channel] as const),
  ),
);

/** The channel that a word names, or the word itself where it names none: whoever reads it refuses it by its own rule. */
export function channelNamed(word: string): string {
  return channelWord(word) ?? word;
}

/** The channel that a word names, in whatever letters: `E-Mail` is `email`. Undefined: none, also for ''. */
export function channelWord(word: string): string | undefined {
  return known.has(word) ? word : byKey.get(wordKey(word));
}
