import { MemoryMembership } from '../../../adapter/memory/memory-membership.ts';
import type { NodeMembership, ShardMap } from '../../../port/membership.ts';
import { PortError } from '../../../port/port-error.ts';
import type { Host, Scheduler } from '../scheduler.ts';
import type { Wire } from '../wire.ts';
import type { SimDeployment } from './sim-deployment.ts';

const TOLD_MS_MAX = 40;
/** Of the wake-ups that a map was written: who must know reads. */
const UNTOLD_SHARE = 0.2;

/** The members of the deployment as one host sees them: over its wire to the stores, which may not answer for a while. */
export function remoteMembers(
  deployment: SimDeployment,
  wire: Wire,
  scheduler: Scheduler,
  host: Host,
): NodeMembership {
  const inner = new MemoryMembership(deployment.members);
  const here = async <T>(effect: () => Promise<T>): Promise<T> => {
    if (deployment.isAway)
      throw new PortError('unavailable', 'the members are away', { outcome: 'nothing_written' });
    return effect();
  };
  return {
    read: () => wire.read('members.read', () => here(() => inner.read())),
    join: (row) => wire.write('members.join', () => here(() => inner.join(row))),
    renew: (row, revision) => wire.write('members.renew', () => here(() => inner.renew(row, revision))),
    remove: (id, revision) => wire.write('members.remove', () => here(() => inner.remove(id, revision))),
    writeMap: (map, revision) =>
      wire.write('members.writeMap', () =>
        here(async () => {
          const before = deployment.members.map;
          const written = await inner.writeMap(map, revision);
          deployment.counts.handoffs += handoffsIn(before, map);
          return written;
        }),
      ),
    onMap: (changed) =>
      inner.onMap((seen) => {
        if (deployment.rng.float() >= UNTOLD_SHARE)
          scheduler.after(deployment.rng.intBelow(TOLD_MS_MAX), host, () => changed(seen));
      }),
  };
}

/** Shards that were to go to another node, and are its own now. */
function handoffsIn(before: ShardMap | undefined, after: ShardMap): number {
  const planned = Object.entries(before?.handoffs ?? {});
  return planned.filter(
    ([shard, to]) => before?.owners[Number(shard)] !== to && after.owners[Number(shard)] === to,
  ).length;
}
