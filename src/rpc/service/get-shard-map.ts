import { kindsByStrength } from '../../core/identity/sighting.ts';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { ownerAddress } from './shard-state.ts';

/** AdminService.GetShardMap: who serves which shard. Of a service that is alone it names no node. */
export function getShardMapRoute(context: ServiceContext): Route {
  const { customers, deployment, policies, address } = context;
  return unaryMethod(context, AdminService.method.getShardMap, async () => {
    const rules = policies.current?.identifierRules;
    const identifierKinds = rules === undefined ? [] : [...kindsByStrength(rules)];
    if (deployment === undefined) return { identifierKinds };
    const places = new Map<string, number>();
    const owners: number[] = [];
    for (const shard of customers.status()) {
      const owner = ownerAddress(shard, address());
      if (owner !== '' && !places.has(owner)) places.set(owner, places.size + 1);
      owners.push(places.get(owner) ?? 0);
    }
    return { nodes: [...places.keys()], owners, identifierKinds };
  });
}
