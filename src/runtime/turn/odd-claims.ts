/** What the sender of an event is told of a key that cannot be had, and what is counted of it. */
import { type EventWarning, warning } from '../../core/event/event-warning.ts';

/** Why a key was not had, as `attune_identity_refused_total` counts it. */
export type KeyRefusal =
  | 'conflict'
  | 'explicit'
  | 'crowded'
  | 'busy_day'
  | 'unreadable'
  | 'kept_apart'
  | 'seen_later';

/** A key that cannot be had. */
export interface OddClaim {
  readonly refusal: KeyRefusal;
  readonly told: EventWarning;
}

/** A key that belongs to somebody who is another person. `isExplicit`: because keys of that kind unite nobody. */
export function strangerTold(key: string, identifierKind: string, isExplicit: boolean): OddClaim {
  const kind = kindOfKey(key);
  const sentence = `the key of kind "${kind}" is another person's, as their keys of kind "${identifierKind}" say (the policy's people); the event counts for the strongest key alone, and nobody was united.`;
  const told = warning('identifiers', 'identity.conflict', identifierKind, sentence);
  return { refusal: isExplicit ? 'explicit' : 'conflict', told };
}

/** A key for which the customer has no room. */
export function crowdTold(key: string): OddClaim {
  const kind = kindOfKey(key);
  const sentence = `the customer has as many keys as one person may have; the key of kind "${kind}" was not added.`;
  return { refusal: 'crowded', told: warning('identifiers', 'identity.keys_max', kind, sentence) };
}

/** A key of somebody with whom more people would become one within a day than may. */
export function busyDayTold(key: string): OddClaim {
  const kind = kindOfKey(key);
  const sentence = `with the key of kind "${kind}" more people would become one customer within 24 hours than may (the policy's people.per_day_max), as by a device that many use; the event counts for the strongest key alone, and nobody was united.`;
  return { refusal: 'busy_day', told: warning('identifiers', 'identity.too_many', kind, sentence) };
}

/** A key whose customer is quarantined. */
export function unreadableTold(key: string): OddClaim {
  const kind = kindOfKey(key);
  const sentence = `the customer of the key of kind "${kind}" is set aside after a fault of the service; the event counts for the strongest key alone, and nobody was united.`;
  return { refusal: 'unreadable', told: warning('identifiers', 'identity.unreadable', kind, sentence) };
}

/** A key whose customer an Unlink has parted from this one. */
export function apartTold(key: string): OddClaim {
  const kind = kindOfKey(key);
  const sentence = `the key of kind "${kind}" is somebody's who was parted from the customer by an Unlink, and is kept apart until a Link says otherwise; the event counts for the strongest key alone, and nobody was united.`;
  return { refusal: 'kept_apart', told: warning('identifiers', 'identity.kept_apart', kind, sentence) };
}

/** The key of a device that was seen with somebody else later than the event says. */
export function deviceTold(key: string): OddClaim {
  const kind = kindOfKey(key);
  const sentence = `the device of the key of kind "${kind}" was seen with somebody else since the event happened, and stays theirs; the event counts for the strongest key alone.`;
  return { refusal: 'seen_later', told: warning('identifiers', 'identity.device_moved', kind, sentence) };
}

/** Of a key as text. */
export function kindOfKey(key: string): string {
  return key.slice(0, key.indexOf(':'));
}
