import type { ServeSettings } from '../config/options.ts';
import type { Archive } from '../port/archive.ts';
import type { CatalogLog } from '../port/catalog-log.ts';
import type { Editions } from '../port/editions.ts';
import type { ErasureList } from '../port/erasures.ts';
import type { FactLog } from '../port/fact-log.ts';
import type { Images } from '../port/images.ts';
import type { NodeMembership } from '../port/membership.ts';
import type { SnapshotStore } from '../port/snapshot-store.ts';
import type { Finding } from './finding.ts';

/** A file that is in a data directory while a backup is restored into it. */
export const RESTORING = 'RESTORING';

/** All that a node stores, opened. */
export interface Stores {
  readonly log: FactLog;
  readonly snapshots: SnapshotStore;
  readonly archive: Archive;
  readonly images: Images;
  readonly erasures: ErasureList;
  readonly editions: Editions;
  readonly catalogLog: CatalogLog;
  readonly generation: number;
  /** What nodes that share these stores agree on; absent: one process has them. */
  readonly membership?: NodeMembership;
  /** Where it is noted which secret keys were in use, where that is no data directory. */
  readonly keyNotes?: KeyNotes;
  /** What a crash of their machines may take now, each a sentence; absent: nothing that was acknowledged. */
  lossWindows?(): readonly string[];
  /** What was wrong with them when they were opened. */
  readonly findings: readonly Finding[];
  /** Closes files and gives the directory free. */
  close(): Promise<void>;
}

/** Fingerprints of the secret keys with which a deployment was served. */
export interface KeyNotes {
  readonly known: readonly string[];
  /** Durable when it resolves. Throws PortError. */
  note(fingerprints: readonly string[]): Promise<void>;
}

export interface StoreSettings
  extends Pick<
    ServeSettings,
    | 'store'
    | 'dir'
    | 'shards'
    | 'acceptLoss'
    | 'nats'
    | 'redis'
    | 'redisAccept'
    | 'natsAccept'
    | 'natsCreds'
    | 'natsCa'
    | 'natsCert'
    | 'natsKey'
    | 'redisCredentials'
    | 'redisCa'
    | 'redisCert'
    | 'redisKey'
    | 'insecureStores'
    | 'deployment'
    | 'natsReplicas'
    | 'shardLogBytes'
  > {
  /** Of a full log file, where it is not the usual size: for proofs that want many files of few records. */
  readonly logFileBytes?: number;
}
