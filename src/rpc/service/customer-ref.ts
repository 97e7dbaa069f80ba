import type { CustomerId } from '../../base/brand.ts';
import { addresseeOf, strongest } from '../../core/identity/customer.ts';
import { kindsByStrength } from '../../core/identity/sighting.ts';
import { usableIdentifiers } from '../../core/identity/usable-identifiers.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import type { CustomerSelector } from '../../port/customers.ts';

/** The customer of a valid reference, which holds either an id or identifiers. */
export function selectorOf(ref: CustomerRef): CustomerSelector {
  const { customerId, identifiers } = ref;
  return customerId === ''
    ? { identifiers: identifiers.map(({ kind, value }) => ({ kind, value })) }
    : { customerId };
}

/** The profile of a customer of whom nothing is known. `policy`: the one in force; its identifier kinds say whom a reference names. */
export function unknownProfile(ref: CustomerRef, policy: Policy | undefined): Profile {
  const kinds = policy === undefined ? [] : kindsByStrength(policy.identifierRules);
  const { kept } = usableIdentifiers(ref.identifiers, kinds, policy?.impossibleIdentifiers ?? new Set());
  const given = kept[strongest(kept, kinds).at] ?? ref.identifiers[0];
  if (given === undefined) return emptyProfile(ref.customerId as CustomerId, '' as Profile['key']);
  const { id, key } = addresseeOf(given.kind, given.value);
  return emptyProfile(id, key);
}
