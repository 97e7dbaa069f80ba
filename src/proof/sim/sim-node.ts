/**
 * One process of the simulation: the real engine over stores behind a wire, and an agent that decides which shards it serves. Dies with
 * its host; what it left in the stores is all that remains.
 */

import { IntlFormats } from '../../adapter/intl/formats.ts';
import { MemoryImages } from '../../adapter/memory/memory-images.ts';
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import type { Rng } from '../../base/rng.ts';
import { seedRng } from '../../base/rng.ts';
import { LIMITS } from '../../config/limits.ts';
import type { CatalogView } from '../../core/catalog/catalog.ts';
import type { CoreRevisions } from '../../core/core-revision.ts';
import { DecisionDraft } from '../../core/decide/decision-draft.ts';
import { NO_PAUSES } from '../../core/pause/pause.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { Archive } from '../../port/archive.ts';
import type { FactLog } from '../../port/fact-log.ts';
import type { Observer } from '../../port/observer.ts';
import type { SnapshotStore } from '../../port/snapshot-store.ts';
import { CustomerGateway } from '../../runtime/customer-gateway.ts';
import { ChannelRegistry } from '../../runtime/delivery/channel-registry.ts';
import { Engine } from '../../runtime/engine.ts';
import type { ErasureBook } from '../../runtime/erasure/erasure-book.ts';
import { DraftPool } from '../../runtime/runtime.ts';
import { Watchers } from '../../runtime/trigger/watchers.ts';
import { HostClock } from './host-clock.ts';
import type { Journal } from './journal.ts';
import type { Mutant } from './mutant.ts';
import type { Host, Scheduler } from './scheduler.ts';
import type { ServingNode, ShardAgent } from './shard-agent.ts';
import { ZONES } from './shop-rules.ts';
import { SimScorer } from './sim-scorer.ts';
import type { WireWeather } from './wire.ts';

export interface SimNodeParts {
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly weather: WireWeather;
  readonly rng: Rng;
  readonly shards: number;
  readonly policy: Policy;
  readonly revisions: CoreRevisions;
  readonly mutant: Mutant;
  readonly log: FactLog;
  readonly snapshots: SnapshotStore;
  readonly archive: Archive;
  readonly erasures: ErasureBook;
  readonly catalog: CatalogView;
  /** Customers a shard keeps in memory. */
  readonly actors: number;
  /** By how much its clock is off, at most, either way. */
  readonly skewMsMax: number;
  readonly agentOf: (node: ServingNode, observer: Observer) => ShardAgent;
}

const BEAT_MS = 240_000;
/** Nothing is restored here. */
export const GENERATION = 1;

export class SimNode {
  readonly host: Host;
  readonly engine: Engine;
  readonly gateway: CustomerGateway;
  readonly channels: ChannelRegistry;
  readonly agent: ShardAgent;

  constructor(host: Host, parts: SimNodeParts) {
    const { scheduler, mutant, rng, journal } = parts;
    this.host = host;
    const skew = rng.intBelow(2 * parts.skewMsMax) - parts.skewMsMax;
    const clock = new HostClock(scheduler, host, () => skew + (mutant.clockOffMs?.(scheduler.now) ?? 0));
    const observer = observerOf(host, scheduler, journal);
    const agent = parts.agentOf({ host, clock, shards: () => this.engine.shards }, observer);
    this.agent = agent;
    this.channels = mutant.channels?.(rng) ?? new ChannelRegistry();
    this.engine = new Engine(
      {
        log: parts.log,
        snapshots: parts.snapshots,
        archive: parts.archive,
        // A cluster's stores keep copies of their own.
        images: new MemoryImages(),
        clock,
        zones: { offsetMin: (zone) => mutant.zoneOffset?.(zone) ?? ZONES[zone] ?? Number.NaN },
        formats: new IntlFormats(),
        keys: mutant.keys ?? KNOWN_KEYS,
        erasures: parts.erasures,
        observer,
        channels: this.channels,
        watchers: new Watchers(LIMITS.watchersMax),
        rng: seedRng(rng.uint32(), rng.uint32()),
        drafts: new DraftPool(() => new DecisionDraft()),
        node: host.name,
        generation: GENERATION,
        revisions: parts.revisions,
        bounds: {
          shards: parts.shards,
          residentPerShardMax: parts.actors,
          mailboxPerShardMax: LIMITS.mailboxPerShardMax,
          mailboxBytesMax: LIMITS.mailboxBytesMax,
          snapshotEveryMs: 20_000,
          gatherMs: 3,
          lingerMs: 1,
          beatMs: BEAT_MS,
          hotMs: 3_600_000,
          archiveMs: 90 * 86_400_000,
        },
        ...agent.runtime,
        policyOf: async (version) => (version === parts.policy.version ? parts.policy : undefined),
        policy: parts.policy,
        pauses: NO_PAUSES,
        catalog: mutant.catalog?.(parts.catalog) ?? parts.catalog,
        scorer: new SimScorer(clock, rng, parts.weather),
      },
      {
        ...agent.engine,
        shardAt: (id) => mutant.peer?.(agent.engine.shardAt(id), rng) ?? agent.engine.shardAt(id),
      },
    );
    agent.attach();
    this.gateway = new CustomerGateway(this.engine);
  }

  async start(): Promise<void> {
    await this.engine.start([]);
    this.agent.start();
  }

  /** Gives its shards to others, as far as its agent does that, and ends. */
  async leave(): Promise<void> {
    await this.agent.leave();
    await this.stop();
  }

  async stop(): Promise<void> {
    this.agent.close();
    await this.engine.stop();
  }
}

function observerOf(host: Host, scheduler: Scheduler, journal: Journal): Observer {
  return {
    count: () => {},
    gauge: () => {},
    time: () => {},
    fault: (sentence, cause) => {
      const line = `${host.name} ${cause === undefined ? sentence : `${sentence}: ${String(cause)}`}`;
      journal.faults.push(line);
      journal.note(scheduler.now, line);
    },
    info: (sentence) => journal.note(scheduler.now, `${host.name} ${sentence}`),
  };
}
