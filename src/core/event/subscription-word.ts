/** What the properties of an order, or of a subscription's end, say of its subscription, in the words of several shop systems. */
import type { FactSubscription } from '../fact/fact.ts';
import type { PropertyValue } from './event-input.ts';
import type { EventNotes } from './event-notes.ts';
import { indexProperties, isNoId, type PropertyIndex, propertyPath, textFrom } from './property-words.ts';
import { wordKey } from './word-key.ts';

type Properties = Readonly<Record<string, PropertyValue>> | undefined;

/** The last is Stripe's. */
const IDS = ['subscriptionid', 'subscriptioncontractid', 'subscription'];
const RENEWAL = ['renewal', 'isrenewal'];
const YES: ReadonlySet<string> = new Set(['true', 'yes', '1']);
const NO: ReadonlySet<string> = new Set(['false', 'no', '0']);
/** Where a property says in a word of its own where the order came from: Shopify's and Stripe's word for one that came by itself. */
const ORIGINS: readonly (readonly [property: string, renewal: string])[] = [
  ['sourcename', 'subscriptioncontract'],
  ['billingreason', 'subscriptioncycle'],
];

/** Undefined: they say of none. */
export function subscriptionOf(properties: Properties): FactSubscription | undefined {
  if (properties === undefined) return undefined;
  const index = indexProperties(properties);
  const id = idFrom(index);
  const isRenewal =
    RENEWAL.some((key) => YES.has(wordUnder(index, key))) ||
    ORIGINS.some(([key, word]) => wordUnder(index, key) === word);
  return id === '' && !isRenewal ? undefined : { id, isRenewal };
}

/** Warns of a word for `renewal` that is neither yes nor no: it counts as not said. */
export function warnOfRenewal(properties: Properties, notes: EventNotes): void {
  if (properties === undefined) return;
  const index = indexProperties(properties);
  for (const key of RENEWAL) {
    const found = index.get(key);
    const word = wordUnder(index, key);
    if (found === undefined || word === '' || YES.has(word) || NO.has(word)) continue;
    const sentence = 'says neither true nor false; it counts as not said';
    notes.warn(propertyPath(found.name), 'event.renewal', String(found.value), sentence);
  }
}

function idFrom(index: PropertyIndex): string {
  const id = textFrom(index, IDS);
  return isNoId(id) || YES.has(wordKey(id)) || NO.has(wordKey(id)) ? '' : id;
}

function wordUnder(index: PropertyIndex, key: string): string {
  return wordKey(String(index.get(key)?.value ?? ''));
}
