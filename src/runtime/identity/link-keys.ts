import type { KeyedAddressee } from '../../core/identity/customer.ts';
import type { UsableIdentifiers } from '../../core/identity/usable-identifiers.ts';
import type { LinkInput, LinkOutcome, Refusal } from '../../port/customers.ts';
import type { Engine } from '../engine.ts';
import { invalid } from '../turn/request.ts';
import { unusable } from './identifier-refusals.ts';

/** Whom identifiers name: by the strongest of those that can be used. */
export interface FoundByKey extends UsableIdentifiers {
  readonly kind: 'found';
  readonly to: KeyedAddressee;
}

const KEYS_MIN = 2;

/** Hands a Link to the actor of its strongest key. Somebody at a desk means every key that they name: one that cannot be used is refused. */
export function linkKeys(
  engine: Engine,
  found: FoundByKey | Refusal,
  { by, reason }: LinkInput,
): Promise<LinkOutcome> {
  if (found.kind === 'refused') return Promise.resolve(found);
  const { to, kept, dropped } = found;
  if (dropped.length > 0) return Promise.resolve(unusable(dropped));
  const identifiers = kept.filter(
    ({ kind, value }, place) =>
      place === kept.findIndex((other) => other.kind === kind && other.value === value),
  );
  if (identifiers.length < KEYS_MIN) {
    const sentence = 'identifiers name one key only: a link is of two keys or more';
    return Promise.resolve(invalid('identifiers', 'link.two_keys', String(identifiers.length), sentence));
  }
  return new Promise((resolve) => {
    engine.doorOf(to.hash).submit({
      ...{ kind: 'link', to, priority: 'critical', bytes: 256, deadlineAt: Number.POSITIVE_INFINITY },
      input: { identifiers, by, reason },
      done: resolve,
    });
  });
}
