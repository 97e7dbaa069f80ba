import { profileMessage } from '../../codec/message/profile-message.ts';
import { hashOfId } from '../../core/identity/customer.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { CustomerService, type Profile as ProfileMessage } from '../../gen/attune/v1/customer_pb.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import { refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { Serving } from '../serving.ts';
import { unaryMethod } from '../unary-method.ts';
import { selectorOf, unknownProfile } from './customer-ref.ts';
import { profileTraits } from './profile-traits.ts';

/** CustomerService.Get. */
export function getCustomerRoute(serving: Serving): Route {
  const { customers, policies } = serving;
  return unaryMethod(serving, CustomerService.method.get, async ({ customer }) => {
    const ref = customer as CustomerRef;
    const seen = await customers.read(selectorOf(ref), (profile) => render(profile, serving));
    if (seen.kind === 'refused') return refused(seen);
    if (seen.kind === 'read') return { profile: seen.value };
    return { profile: render(unknownProfile(ref, policies.current?.identifierKinds ?? []), serving) };
  });
}

function render(profile: Profile, serving: Serving): ProfileMessage {
  const asOf = serving.clock.now();
  const shards = serving.customers.status();
  const shard = hashOfId(profile.id) % Math.max(1, shards.length);
  return profileMessage(profile, {
    asOf,
    traits: profileTraits(profile, serving, asOf),
    generation: shards[shard]?.generation ?? 1,
    shard,
  });
}
