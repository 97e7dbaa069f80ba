import { profileMessage } from '../../codec/message/profile-message.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { CustomerService, type Profile as ProfileMessage } from '../../gen/attune/v1/customer_pb.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import { refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { selectorOf, unknownProfile } from './customer-ref.ts';
import { placeNamer } from './place-namer.ts';
import { profileTraits } from './profile-traits.ts';

/** CustomerService.Get. */
export function getCustomerRoute(context: ServiceContext): Route {
  const { customers, policies } = context;
  return unaryMethod(context, CustomerService.method.get, async ({ customer }) => {
    const ref = customer as CustomerRef;
    const seen = await customers.read(selectorOf(ref), (profile) => render(profile, context));
    if (seen.kind === 'refused') return refused(seen);
    if (seen.kind === 'read') return { profile: seen.value };
    return { profile: render(unknownProfile(ref, policies.current), context) };
  });
}

function render(profile: Profile, context: ServiceContext): ProfileMessage {
  const asOf = context.clock.now();
  return profileMessage(profile, {
    asOf,
    traits: profileTraits(profile, context, asOf),
    decisionRef: placeNamer(context.customers.status(), profile),
  });
}
