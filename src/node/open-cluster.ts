import { Cluster, type ClusterParts } from '../cluster/cluster.ts';
import { CORE_REVISION } from '../core/core-revision.ts';
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
    wires: openNodeWires(settings, keys, observer),
    steadyMs: () => performance.now(),
  });
}
