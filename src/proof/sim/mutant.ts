import type { Rng } from '../../base/rng.ts';
import type { CatalogView } from '../../core/catalog/catalog.ts';
import type { Archive } from '../../port/archive.ts';
import type { FactLog } from '../../port/fact-log.ts';
import type { NodeMembership } from '../../port/membership.ts';
import type { NodeWires } from '../../port/node-wires.ts';
import type { SecretKeys } from '../../port/secret-keys.ts';
import type { SnapshotStore } from '../../port/snapshot-store.ts';
import type { ChannelRegistry } from '../../runtime/delivery/channel-registry.ts';
import type { PeerShard } from '../../runtime/identity/local-peer.ts';
import type { Shard } from '../../runtime/shard/shard.ts';
import type { PolicyBend } from '../oracle/strict-shop.ts';
import type { WorldShape } from './steps.ts';

/** Everything that a wrapper of a store may need of the world around it. */
export interface MutantTools {
  readonly rng: Rng;
  /** The shards of the node whose store it is; undefined before it is composed. */
  readonly shards: () => readonly Shard[] | undefined;
  readonly after: (ms: number, run: () => void) => void;
}

/**
 * A bug that is put into a node from outside: into its ports, its clock or its policy. No product code knows of it. One
 * that the checkers do not find shows that a law is not checked.
 */
export interface Mutant {
  readonly name: string;
  /** The worlds in which it shows; absent: all. */
  readonly shape?: WorldShape;
  /** As the node sees its stores: on this side of the wire. */
  readonly log?: (log: FactLog, tools: MutantTools) => FactLog;
  readonly snapshots?: (snapshots: SnapshotStore, tools: MutantTools) => SnapshotStore;
  readonly archive?: (archive: Archive, tools: MutantTools) => Archive;
  /** The store itself, for both nodes: on the far side. */
  readonly farLog?: (log: FactLog) => FactLog;
  readonly farSnapshots?: (snapshots: SnapshotStore, rng: Rng) => SnapshotStore;
  readonly channels?: (rng: Rng) => ChannelRegistry;
  readonly policy?: PolicyBend;
  /** By how much a node's clock is off at a time of the world. */
  readonly clockOffMs?: (now: number) => number;
  readonly zoneOffset?: (zone: string) => number | undefined;
  /** What shards say to each other, as the shard hears it that is spoken to. */
  readonly peer?: (shard: PeerShard, rng: Rng) => PeerShard;
  /** What a node's decisions and hand-overs see of the catalogue. */
  readonly catalog?: (catalog: CatalogView) => CatalogView;
  /** The keys that sign tokens and hide who was forgotten. */
  readonly keys?: SecretKeys;
  /** A bug inside of turns, put into the class for as long as a world runs; returns how to take it out. */
  readonly patch?: () => () => void;
  /** A lease that never ends. */
  readonly serveUntil?: number;
  /** It shows where nodes are members of a deployment; absent: where they hold leases of a table. */
  readonly isDeployed?: boolean;
  /** As a node sees the members of its deployment, and speaks to other nodes. */
  readonly members?: (members: NodeMembership, tools: MutantTools) => NodeMembership;
  readonly wires?: (wires: NodeWires, tools: MutantTools) => NodeWires;
  /** Whether a node may answer what appends nothing. */
  readonly mayAnswer?: boolean;
}

export const noMutant: Mutant = { name: '' };
