import type { Client } from './client.ts';
import type { ConnectedSystem } from './connected-system.ts';
import type { SimDeployment } from './deployment/sim-deployment.ts';
import type { Journal } from './journal.ts';
import type { Leases } from './leases.ts';
import type { Person } from './requests.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimNode } from './sim-node.ts';
import type { SnapshotHistory } from './snapshot-history.ts';

/** What chaos may reach of the world. */
export interface TroubledWorld {
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly leases: Leases;
  readonly snapshotHistory: SnapshotHistory;
  readonly nodes: readonly (SimNode | undefined)[];
  readonly channels: readonly ConnectedSystem[];
  readonly client: Client;
  readonly people: readonly Person[];
  /** Snapshots are read over the wire. */
  readonly far: boolean;
  /** Undefined: the nodes hold leases of a table. */
  readonly deployment: SimDeployment | undefined;
  launch(place: number): void;
  kill(place: number): void;
  appendStray(shard: number, bytes: Uint8Array): Promise<void>;
}
