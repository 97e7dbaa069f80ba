import type { CustomerFact } from '../fact/fact.ts';
import { emptyProfile } from './empty-profile.ts';
import type { Profile } from './profile.ts';

/** The empty profile of the customer whom their first fact begins; undefined for a fact that names no key and so begins nobody. */
export function profileFrom(fact: CustomerFact): Profile | undefined {
  const named =
    fact.kind === 'event' ||
    fact.kind === 'decision' ||
    fact.kind === 'feedback' ||
    fact.kind === 'linked' ||
    fact.kind === 'absorb-out' ||
    fact.kind === 'device-moved' ||
    fact.kind === 'provisional' ||
    fact.kind === 'silenced';
  return named && fact.key !== undefined ? emptyProfile(fact.customer, fact.key) : undefined;
}
