import type { Rng } from '../base/rng.ts';
import type { Zones } from '../core/calendar/zones.ts';
import type { CatalogView } from '../core/catalog/catalog.ts';
import type { CoreRevisions } from '../core/core-revision.ts';
import type { DecisionDraft } from '../core/decide/decision-draft.ts';
import type { Formats } from '../core/locale/formats.ts';
import type { Pauses } from '../core/pause/pause.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Archive } from '../port/archive.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { FactLog } from '../port/fact-log.ts';
import type { Images } from '../port/images.ts';
import type { Observer } from '../port/observer.ts';
import type { Scorer } from '../port/scorer.ts';
import type { SecretKeys } from '../port/secret-keys.ts';
import type { SnapshotStore } from '../port/snapshot-store.ts';
import type { ChannelRegistry } from './delivery/channel-registry.ts';
import type { ErasureBook } from './erasure/erasure-book.ts';
import type { HeapWatch } from './heap-watch.ts';
import type { Watchers } from './trigger/watchers.ts';

/** What all shards of a process share. Made once by the engine; `policy`, `pauses`, `catalog` and `scorer` change between ticks. */
export interface Runtime {
  readonly log: FactLog;
  readonly snapshots: SnapshotStore;
  readonly archive: Archive;
  readonly images: Images;
  readonly clock: RuntimeClock;
  readonly zones: Zones;
  readonly formats: Formats;
  readonly keys: SecretKeys;
  readonly erasures: ErasureBook;
  readonly observer: Observer;
  readonly channels: ChannelRegistry;
  readonly watchers: Watchers;
  readonly rng: Rng;
  readonly drafts: DraftPool;
  readonly node: string;
  readonly generation: number;
  readonly revisions: CoreRevisions;
  readonly bounds: RuntimeBounds;
  /**
   * Until when (ms, by `clock`) this node may serve a shard: its lease less a margin for clocks that differ. Absent: for
   * ever, since the stores admit one process.
   */
  readonly serveUntil?: (shard: number) => number;
  /** Whether this node may answer what appends nothing: its lease holds. Absent: always. */
  readonly mayAnswer?: () => boolean;
  /** Takes in what other nodes wrote of policies, pauses, products and erasures before the call, as far as their store answers. Never rejects. Absent: this node is alone. */
  readonly catchUp?: () => Promise<void>;
  /** Absent: memory is not looked at. */
  readonly heap?: Pick<HeapWatch, 'room' | 'percent' | 'look'>;
  /** A policy that was in force, by its version; undefined: it is no longer kept. Rejects with PortError. */
  readonly policyOf: (version: string) => Promise<Policy | undefined>;
  policy: Policy | undefined;
  /** What operators have paused. */
  pauses: Pauses;
  catalog: CatalogView;
  scorer: Scorer;
}

/** Bounds that a deployment or a test may set; the rest is in config/limits.ts. */
export interface RuntimeBounds {
  readonly shards: number;
  /** Customers in memory per shard; beyond it the least used that are saved are dropped. */
  readonly residentPerShardMax: number;
  readonly mailboxPerShardMax: number;
  readonly mailboxBytesMax: number;
  readonly snapshotEveryMs: number;
  /** The longest that a tick waits for appends of the one before, to gather a larger group. */
  readonly gatherMs: number;
  /**
   * How long a tick waits for more where some came while the one before was under way, 0: not at all. A commit costs the
   * same for one request and for fifty, and where many come one by one it is most of what they cost.
   */
  readonly lingerMs: number;
  /** The longest between two looks at timers and queues that time moves. */
  readonly beatMs: number;
  /** Age of records at which they move from the hot log to the archive, and at which the archive drops them. */
  readonly hotMs: number;
  readonly archiveMs: number;
}

/** Drafts are large (columns of hundreds of candidates) and reused. */
export class DraftPool {
  readonly #free: DecisionDraft[] = [];
  readonly #make: () => DecisionDraft;
  readonly #keepMax: number;

  constructor(make: () => DecisionDraft, keepMax = 256) {
    this.#make = make;
    this.#keepMax = keepMax;
  }

  borrow(): DecisionDraft {
    return this.#free.pop() ?? this.#make();
  }

  release(draft: DecisionDraft): void {
    if (this.#free.length < this.#keepMax) this.#free.push(draft);
  }
}
