import { Cluster, type ClusterParts } from '../cluster/cluster.ts';
import { STORED_FORMATS } from '../codec/stored/formats.ts';
import { CARRIED, CORE_REVISION } from '../core/core-revision.ts';
import type { NodeProgram } from '../port/membership.ts';
import type { SecretKeys } from '../port/secret-keys.ts';
import { type NodeWiresSettings, openNodeWires } from './open-node-wires.ts';
import type { Stores } from './stores.ts';

export interface OwnParts extends Pick<ClusterParts, 'clock' | 'observer'> {
  readonly keys: SecretKeys;
  /** Of this process, and no other ever. */
  readonly name: string;
}

/** A node's part among those that share its stores; undefined where nobody else has them. */
export function openCluster(
  { membership, generation }: Stores,
  settings: NodeWiresSettings,
  { keys, name, clock, observer }: OwnParts,
): Cluster | undefined {
  if (membership === undefined) return undefined;
  return new Cluster({
    ...{ membership, generation, id: name, version: String(CORE_REVISION), clock, observer },
    program: ownProgram(),
    wires: openNodeWires(settings, keys, observer),
    steadyMs: () => performance.now(),
  });
}

/** What nodes of other versions have to know of this one. */
function ownProgram(): NodeProgram {
  return {
    revisions: [...CARRIED],
    formats: Object.fromEntries(
      STORED_FORMATS.map(({ name, oldest, current }) => [name, [oldest, current] as const]),
    ),
  };
}
