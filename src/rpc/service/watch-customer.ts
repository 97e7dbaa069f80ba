import { CustomerService } from '../../gen/attune/v1/customer_pb.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import { refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { streamMethod } from '../stream-method.ts';
import { selectorOf, unknownProfile } from './customer-ref.ts';
import { CustomerWatcher } from './customer-watcher.ts';
import { profileTraits } from './profile-traits.ts';

/** CustomerService.Watch: the present state, then what changes. */
export function watchCustomerRoute(context: ServiceContext): Route {
  const { clock, customers, policies } = context;
  return streamMethod(context, CustomerService.method.watch, async ({ customer }, replies) => {
    const ref = customer as CustomerRef;
    const watcher = new CustomerWatcher(
      replies,
      () => clock.now(),
      (profile, now) => profileTraits(profile, context, now),
    );
    const watch = customers.watch(selectorOf(ref), (profile, causes) => watcher.changed(profile, causes));
    if (watch.kind === 'refused') return refused(watch);
    const seen = await customers.read(selectorOf(ref), (profile) => watcher.present(profile));
    if (seen.kind === 'refused') {
      watch.stop();
      return refused(seen);
    }
    if (seen.kind === 'unknown') watcher.present(unknownProfile(ref, policies.current));
    return watch.stop;
  });
}
