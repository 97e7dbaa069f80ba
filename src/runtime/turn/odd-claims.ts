/** What the sender of an event is told of a key that cannot be had. */
import { type EventWarning, warning } from '../../core/event/event-warning.ts';

/** Told of a key that belongs to somebody who is another person. */
export function strangerTold(key: string, identifierKind: string): EventWarning {
  const kind = kindOfKey(key);
  const sentence = `the key of kind "${kind}" is another person's, as their keys of kind "${identifierKind}" say (the policy's people); the event counts for the strongest key alone, and nobody was united.`;
  return warning('identifiers', 'identity.conflict', identifierKind, sentence);
}

/** Told of a key for which the customer has no room. */
export function crowdTold(key: string): EventWarning {
  const kind = kindOfKey(key);
  const sentence = `the customer has as many keys as one person may have; the key of kind "${kind}" was not added.`;
  return warning('identifiers', 'identity.keys_max', kind, sentence);
}

/** Of a key as text. */
export function kindOfKey(key: string): string {
  return key.slice(0, key.indexOf(':'));
}
