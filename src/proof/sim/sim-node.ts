/**
 * One process of the simulation: the real engine over stores behind a wire, and an agent that holds its leases. Dies with
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
import type { PeerShard } from '../../runtime/identity/local-peer.ts';
import { DraftPool } from '../../runtime/runtime.ts';
import type { Shard } from '../../runtime/shard/shard.ts';
import { Watchers } from '../../runtime/trigger/watchers.ts';
import { HostClock } from './host-clock.ts';
import type { Journal } from './journal.ts';
import { LEASE_MARGIN_MS, LEASE_MS, LEASE_RENEW_MS, type Leases } from './leases.ts';
import type { Mutant } from './mutant.ts';
import type { Host, Scheduler } from './scheduler.ts';
import { ZONES } from './shop-rules.ts';
import { SimScorer } from './sim-scorer.ts';
import type { WireWeather } from './wire.ts';

export interface SimNodeParts {
  readonly scheduler: Scheduler;
  readonly leases: Leases;
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
  /** The node that serves a shard, as far as anybody knows. */
  readonly route: (shard: number) => SimNode | undefined;
  /** Which shards it wants most. */
  readonly place: number;
}

const BEAT_MS = 240_000;
const HOP_MS_MAX = 4;
/** Nothing is restored here. */
export const GENERATION = 1;

export class SimNode {
  readonly host: Host;
  readonly engine: Engine;
  readonly gateway: CustomerGateway;
  readonly channels: ChannelRegistry;
  readonly #parts: SimNodeParts;
  readonly #clock: HostClock;
  readonly #until: number[];

  constructor(host: Host, parts: SimNodeParts) {
    const { scheduler, mutant, rng, journal } = parts;
    this.host = host;
    this.#parts = parts;
    const skew = rng.intBelow(400) - 200;
    this.#clock = new HostClock(scheduler, host, () => skew + (mutant.clockOffMs?.(scheduler.now) ?? 0));
    this.#until = new Array<number>(parts.shards).fill(0);
    this.channels = mutant.channels?.(rng) ?? new ChannelRegistry();
    this.engine = new Engine(
      {
        log: parts.log,
        snapshots: parts.snapshots,
        archive: parts.archive,
        // A cluster's stores keep copies of their own.
        images: new MemoryImages(),
        clock: this.#clock,
        zones: { offsetMin: (zone) => mutant.zoneOffset?.(zone) ?? ZONES[zone] ?? Number.NaN },
        formats: new IntlFormats(),
        keys: mutant.keys ?? KNOWN_KEYS,
        erasures: parts.erasures,
        observer: observerOf(host, scheduler, journal),
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
        serveUntil: (shard) => mutant.serveUntil ?? this.#until[shard] ?? 0,
        policyOf: async (version) => (version === parts.policy.version ? parts.policy : undefined),
        policy: parts.policy,
        pauses: NO_PAUSES,
        catalog: mutant.catalog?.(parts.catalog) ?? parts.catalog,
        scorer: new SimScorer(this.#clock, rng, parts.weather),
      },
      { shardAt: (id) => mutant.peer?.(this.#neighbour(id), rng) ?? this.#neighbour(id) },
    );
    this.gateway = new CustomerGateway(this.engine);
  }

  /** A shard wherever it is served: a message takes its time, and is lost where nobody serves it. */
  #neighbour(id: number): PeerShard {
    const own = this.engine.shards[id] as Shard;
    const { scheduler, rng, route } = this.#parts;
    const node = own.isServing ? this : route(id);
    if (node === undefined || node === this) return own;
    const there = node.engine.shards[id] as Shard;
    return {
      submit: (request) => scheduler.after(rng.intBelow(HOP_MS_MAX), node.host, () => there.submit(request)),
      decisionRef: (seq, index) => ({ ...own.decisionRef(seq, index), generation: GENERATION }),
      saveNow: () => there.saveNow(),
      membersIn: (audience, after, limit) => there.membersIn(audience, after, limit),
    };
  }

  async start(): Promise<void> {
    await this.engine.start([]);
    this.#agent();
  }

  /** Gives a shard up of its own will, so that another node takes it. */
  handOver(shard: number): void {
    this.#until[shard] = 0;
    this.engine.shards[shard]?.lose('it is handed over');
    this.#parts.leases.release(shard, this.host.name);
  }

  async stop(): Promise<void> {
    await this.engine.stop();
  }

  /** Claims what it holds or wants, again and again. */
  #agent(): void {
    const { scheduler, rng, shards, place } = this.#parts;
    for (let shard = 0; shard < shards; shard++) {
      const wanted = (shard & 1) === (place & 1) || this.#until[shard] !== 0 || rng.float() < 0.3;
      if (wanted) this.#claim(shard);
    }
    scheduler.after(LEASE_RENEW_MS + rng.intBelow(5_000), this.host, () => this.#agent());
  }

  #claim(shard: number): void {
    const { scheduler, leases, rng } = this.#parts;
    const sentAt = this.#clock.now();
    scheduler.after(rng.intBelow(50), undefined, () => {
      if (!leases.claim(shard, this.host.name, scheduler.now)) return;
      scheduler.after(rng.intBelow(50), this.host, () => this.#granted(shard, sentAt));
    });
  }

  #granted(id: number, sentAt: number): void {
    // Counted from when it was asked for, so that it never outlasts what was granted.
    const until = sentAt + LEASE_MS - LEASE_MARGIN_MS;
    const shard = this.engine.shards[id];
    if (shard === undefined || until <= this.#clock.now()) return;
    this.#until[id] = Math.max(this.#until[id] ?? 0, until);
    if (shard.phase === 'closed' || shard.phase === 'lost') this.#open(shard);
  }

  #open(shard: Shard): void {
    this.#parts.journal.note(this.#parts.scheduler.now, `${this.host.name} opens shard ${shard.id}`);
    shard.open().catch(async () => {
      if (shard.phase === 'suspended') await shard.recover();
    });
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
