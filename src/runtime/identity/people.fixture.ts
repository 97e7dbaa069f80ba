/** What tests of identity ask of a node: who somebody is by a key, and what is known of them. */
import type { EventInput } from '../../core/event/event-input.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { event, type Node, product } from '../engine.fixture.ts';

export interface Key {
  readonly kind: string;
  readonly value: string;
}

/** Of the customer who is known by this key alone. */
export function idOf({ kind, value }: Key): string {
  return addresseeOf(kind, value).id;
}

/** Of whoever the key leads to. Undefined where nothing is known of them, which a test that looks at nobody else expects. */
export function seen<T>(node: Node, key: Key, view: (profile: Profile) => T): Promise<T> {
  return node.read({ identifiers: [key] }, view) as Promise<T>;
}

let count = 0;

/** Each of another product, so that views can be counted. */
export function viewed(at: number, ...identifiers: readonly Key[]): EventInput {
  return event('Product Viewed', at, { identifiers, products: [product(`p${count++}`)] });
}
