import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { murmur3x128, words128Base64Url } from '../../base/hash.ts';
import type { IdentifierInput } from '../event/event-input.ts';
import type { Profile } from '../profile/profile.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Which actor a request belongs to. */
export interface Addressee {
  /** Undefined where an id alone names the customer. */
  readonly key: IdentifierKey | undefined;
  readonly id: CustomerId;
  /** 32 bits of the id's hash: `hash % shards` is the shard, further ones pick holdouts and spread herds. */
  readonly hash: number;
}

/** Named by a key of theirs: a customer who is not known yet can begin. */
export interface KeyedAddressee extends Addressee {
  readonly key: IdentifierKey;
}

/** The actor of an identifier's key. The key is hashed, so an id shows nothing of a person. */
export function addresseeOf(kind: string, value: string): KeyedAddressee {
  return addresseeOfKey(`${kind}:${value}` as IdentifierKey);
}

/** A key as text; its kind holds no colon. */
export function keyOf({ kind, value }: IdentifierInput): IdentifierKey {
  return `${kind}:${value}` as IdentifierKey;
}

/** The actor of a key. */
export function addresseeOfKey(key: IdentifierKey): KeyedAddressee {
  const words = murmur3x128(key);
  return { key, id: words128Base64Url(words) as CustomerId, hash: words[0] };
}

/**
 * Whether a key leads to this customer. An identifier with another origin than itself was only seen with them, by a version in which
 * keys led nowhere.
 */
export function holdsKey(
  { key, identifiers }: Pick<Profile, 'key' | 'identifiers'>,
  { kind, value }: IdentifierInput,
): boolean {
  for (const known of identifiers) {
    if (known.value !== value || known.kind !== kind) continue;
    const own = keyOf(known);
    return known.origin === own || own === key;
  }
  return false;
}

/** Everything that a customer is known by: an event may not have named their own key yet. */
export function knownBy({
  key,
  identifiers,
}: Pick<Profile, 'key' | 'identifiers'>): readonly { readonly kind: string; readonly value: string }[] {
  if (identifiers.some((one) => keyOf(one) === key)) return identifiers;
  const colon = key.indexOf(':');
  return [{ kind: key.slice(0, colon), value: key.slice(colon + 1) }, ...identifiers];
}

/**
 * The strongest identifier of a request: the first kind of `kinds` (the policy's order) that is given, the first of its
 * values. Returns the index of an identifier whose kind is not declared instead, as `undeclared`.
 */
export function strongest(
  identifiers: readonly IdentifierInput[],
  kinds: readonly string[],
): { readonly kind: 'found'; readonly at: number } | { readonly kind: 'undeclared'; readonly at: number } {
  let best = -1;
  let rank = Number.POSITIVE_INFINITY;
  for (let i = 0; i < identifiers.length; i++) {
    const found = kinds.indexOf(identifiers[i]?.kind ?? '');
    if (found < 0) return { kind: 'undeclared', at: i };
    if (found < rank) {
      rank = found;
      best = i;
    }
  }
  return { kind: 'found', at: Math.max(0, best) };
}

/** Share in 0..1 that a customer falls on for a purpose (holdout, arm): stable, and independent between salts. */
export function shareOf(hash: number, salt: number): number {
  let h = Math.imul(hash ^ salt, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** The hash that `addresseeOf` gave, read back from an id. */
export function hashOfId(id: string): number {
  let hash = 0;
  for (let i = 0; i < 5; i++) hash = ((hash << 6) | BASE64URL.indexOf(id.charAt(i))) >>> 0;
  return (((hash << 2) >>> 0) | (BASE64URL.indexOf(id.charAt(5)) >>> 4)) >>> 0;
}

/** The actor of a customer's id, as `addresseeOf` gave it. */
export function addressedById(id: string): Addressee {
  return { id: id as CustomerId, key: undefined, hash: hashOfId(id) };
}

/**
 * Whether a text has the form of a customer's id. The last letter holds two bits of the 128: 16 letters would be read as the same
 * bytes, so that a store would find one customer under 16 ids.
 */
export function isCustomerId(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text);
}

/** Whom a request may be about where nobody knows its strongest key: its other keys, the strongest first, then that one after all. */
export function othersOf(
  identifiers: readonly IdentifierInput[],
  kinds: readonly string[],
): readonly KeyedAddressee[] {
  const ranked = identifiers.toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  const [strongest, ...others] = ranked.map(({ kind, value }) => addresseeOf(kind, value));
  return strongest === undefined ? [] : [...others, strongest];
}
