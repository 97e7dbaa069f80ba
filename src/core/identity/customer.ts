import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { murmur3x128, words128Base64Url } from '../../base/hash.ts';
import type { IdentifierInput } from '../event/event-input.ts';

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
  const key = `${kind}:${value}`;
  const words = murmur3x128(key);
  return { key: key as IdentifierKey, id: words128Base64Url(words) as CustomerId, hash: words[0] };
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
