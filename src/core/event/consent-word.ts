/** The closed list of words that say a consent; any other one is refused, because a "no" must not be acknowledged and forgotten. */
import { suggestName } from '../../base/nearest-name.ts';
import { CHANNELS, PURPOSES } from '../channel.ts';
import { channelWord } from './channel-word.ts';
import { wordKey } from './word-key.ts';

/** In `channel` and `purpose`: every one of them. */
export const ALL = 'all';

const ALL_WORDS: ReadonlySet<string> = new Set(['all', 'any', 'every', 'everything', 'allchannels', 'both']);
const PURPOSE_WORDS: ReadonlyMap<string, string> = new Map([
  ['marketing', 'marketing'],
  ['promotional', 'marketing'],
  ['promotion', 'marketing'],
  ['promotions', 'marketing'],
  ['advertising', 'marketing'],
  ['newsletter', 'marketing'],
  ['service', 'service'],
  ['transactional', 'service'],
]);
const YES =
  'yes y true granted grant optin optedin subscribed subscribe allow allowed accept accepted agreed on 1'.split(
    ' ',
  );
const NO =
  'no n stop false denied deny refused optout optedout unsubscribed unsubscribe disallow disallowed decline declined revoked revoke withdrawn withdraw off 0'.split(
    ' ',
  );
const GRANTED: ReadonlyMap<string, boolean> = new Map([
  ...YES.map((word) => [word, true] as const),
  ...NO.map((word) => [word, false] as const),
]);

/** What a word of a consent came to: its meaning, or the sentence of its refusal. */
export type Understood<T> = { readonly value: T } | { readonly refused: string };

/** The channel that a consent is about, or 'all'. */
export function consentChannel(value: unknown): Understood<string> {
  if (typeof value !== 'string' || value.trim() === '')
    return { refused: 'must name a channel, or be "all"' };
  if (isAll(value)) return { value: ALL };
  const channel = channelWord(value);
  if (channel !== undefined) return { value: channel };
  return { refused: `names no channel${suggestName(value, [...CHANNELS, ALL])}` };
}

/** The purpose that a consent is about, or 'all'. */
export function consentPurpose(value: unknown): Understood<string> {
  if (typeof value !== 'string' || value.trim() === '')
    return { refused: 'must be marketing, service or all' };
  if (isAll(value)) return { value: ALL };
  const purpose = PURPOSE_WORDS.get(wordKey(value));
  if (purpose !== undefined) return { value: purpose };
  return { refused: `is no purpose${suggestName(value, [...PURPOSES, ALL])}` };
}

/** Whether a consent was given: true or false, a word of a closed list, or 1 or 0. */
export function consentGranted(value: unknown): Understood<boolean> {
  if (typeof value === 'boolean') return { value };
  const granted =
    typeof value === 'string' || typeof value === 'number' ? grantedOf(String(value).trim()) : undefined;
  if (granted !== undefined) return { value: granted };
  if (typeof value !== 'string' || value.trim() === '') return { refused: 'must be true or false' };
  return { refused: `is neither a yes nor a no${suggestName(value, ['yes', 'no', 'true', 'false'])}` };
}

/** A number loses no sign on its way to its word: -1 is no yes. */
function grantedOf(word: string): boolean | undefined {
  return GRANTED.get(/\d/.test(word) ? word : wordKey(word));
}

function isAll(word: string): boolean {
  return word.trim() === '*' || ALL_WORDS.has(wordKey(word));
}
