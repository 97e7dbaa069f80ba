/** Holds leases of a table that is asked by message: the shards of a node that is no member of a deployment. */
import type { Rng } from '../../base/rng.ts';
import type { PeerShard } from '../../runtime/identity/local-peer.ts';
import type { Shard } from '../../runtime/shard/shard.ts';
import type { Journal } from './journal.ts';
import { LEASE_MARGIN_MS, LEASE_MS, LEASE_RENEW_MS, type Leases } from './leases.ts';
import type { Scheduler } from './scheduler.ts';
import type { ServingNode, ShardAgent } from './shard-agent.ts';
import { GENERATION, type SimNode } from './sim-node.ts';

export interface LeaseAgentParts {
  readonly scheduler: Scheduler;
  readonly leases: Leases;
  readonly journal: Journal;
  readonly rng: Rng;
  readonly shards: number;
  /** Which shards it wants most. */
  readonly place: number;
  /** The node that serves a shard, as far as anybody knows. */
  readonly route: (shard: number) => SimNode | undefined;
  /** A lease that never ends. */
  readonly serveUntil: number | undefined;
}

const HOP_MS_MAX = 4;

export class LeaseAgent implements ShardAgent {
  readonly #parts: LeaseAgentParts;
  readonly #node: ServingNode;
  readonly #until: number[];

  constructor(parts: LeaseAgentParts, node: ServingNode) {
    this.#parts = parts;
    this.#node = node;
    this.#until = new Array<number>(parts.shards).fill(0);
  }

  readonly runtime = {
    serveUntil: (shard: number): number => this.#parts.serveUntil ?? this.#until[shard] ?? 0,
  };

  readonly engine = { shardAt: (id: number): PeerShard => this.#neighbour(id) };

  attach(): void {}

  start(): void {
    this.#claimAll();
  }

  handOver(shard: number): void {
    this.#until[shard] = 0;
    this.#node.shards()[shard]?.lose('it is handed over');
    this.#parts.leases.release(shard, this.#node.host.name);
  }

  async leave(): Promise<void> {}

  close(): void {}

  /** A shard wherever it is served: a message takes its time, and is lost where nobody serves it. */
  #neighbour(id: number): PeerShard {
    const own = this.#node.shards()[id] as Shard;
    const { scheduler, rng, route } = this.#parts;
    const node = own.isServing ? undefined : route(id);
    if (node === undefined || node.host === this.#node.host) return own;
    const there = node.engine.shards[id] as Shard;
    return {
      submit: (request) => scheduler.after(rng.intBelow(HOP_MS_MAX), node.host, () => there.submit(request)),
      decisionRef: (seq, index) => ({ ...own.decisionRef(seq, index), generation: GENERATION }),
      saveNow: () => there.saveNow(),
      membersIn: (audience, after, limit) => there.membersIn(audience, after, limit),
    };
  }

  /** Claims what it holds or wants, again and again. */
  #claimAll(): void {
    const { scheduler, rng, shards, place } = this.#parts;
    for (let shard = 0; shard < shards; shard++) {
      const wanted = (shard & 1) === (place & 1) || this.#until[shard] !== 0 || rng.float() < 0.3;
      if (wanted) this.#claim(shard);
    }
    scheduler.after(LEASE_RENEW_MS + rng.intBelow(5_000), this.#node.host, () => this.#claimAll());
  }

  #claim(shard: number): void {
    const { scheduler, leases, rng } = this.#parts;
    const { host, clock } = this.#node;
    const sentAt = clock.now();
    scheduler.after(rng.intBelow(50), undefined, () => {
      if (!leases.claim(shard, host.name, scheduler.now)) return;
      scheduler.after(rng.intBelow(50), host, () => this.#granted(shard, sentAt));
    });
  }

  #granted(id: number, sentAt: number): void {
    // Counted from when it was asked for, so that it never outlasts what was granted.
    const until = sentAt + LEASE_MS - LEASE_MARGIN_MS;
    const shard = this.#node.shards()[id];
    if (shard === undefined || until <= this.#node.clock.now()) return;
    this.#until[id] = Math.max(this.#until[id] ?? 0, until);
    if (shard.phase === 'closed' || shard.phase === 'lost') this.#open(shard);
  }

  #open(shard: Shard): void {
    const { journal, scheduler } = this.#parts;
    journal.note(scheduler.now, `${this.#node.host.name} opens shard ${shard.id}`);
    shard.open().catch(async () => {
      if (shard.phase === 'suspended') await shard.recover();
    });
  }
}
