// Long because a world is put together in one place.
/**
 * One simulated world: two nodes over one log and one snapshot store, customers who do things, channel systems, and
 * chaos; then it heals, and everything is checked. The same seed gives the same world. In every third one two or three nodes
 * are members of a deployment, as the product knows it, and any of them is asked; in the others they hold leases of a table.
 */
import { createHash } from 'node:crypto';
import { MemoryErasures } from '../../adapter/memory/memory-erasures.ts';
import { KNOWN_KEYS } from '../../adapter/system/known-keys.ts';
import { type Rng, seedRng } from '../../base/rng.ts';
import type { FactLog } from '../../port/fact-log.ts';
import type { Observer } from '../../port/observer.ts';
import { ErasureBook } from '../../runtime/erasure/erasure-book.ts';
import { type Level, SimAdPlatform } from './ad-platform.ts';
import { SimChannelSystem } from './channel-system.ts';
import { Chaos } from './chaos.ts';
import { Client } from './client.ts';
import type { ConnectedSystem } from './connected-system.ts';
import { ClusterAgent } from './deployment/cluster-agent.ts';
import { type DeploymentCounts, SimDeployment } from './deployment/sim-deployment.ts';
import { Desk } from './desk.ts';
import { Journal } from './journal.ts';
import { LeaseAgent } from './lease-agent.ts';
import { LEASE_MS, Leases } from './leases.ts';
import { LinkReaders } from './link-readers.ts';
import { type Mutant, type MutantTools, noMutant } from './mutant.ts';
import { methods } from './mutants/log-mutants.ts';
import {
  emptyStorage,
  nearStores,
  remoteArchive,
  remoteLog,
  remoteSnapshots,
  type Storage,
} from './remote-stores.ts';
import { type Person, people, RequestMaker } from './requests.ts';
import { Host, Scheduler } from './scheduler.ts';
import type { ServingNode, ShardAgent } from './shard-agent.ts';
import { ShopGoods } from './shop-goods.ts';
import { shopPolicy } from './shop-policy.ts';
import { EMAIL, OUTCOME_MS_MAX, PUSH } from './shop-rules.ts';
import { SimNode } from './sim-node.ts';
import { SnapshotHistory } from './snapshot-history.ts';
import type { WorldShape } from './steps.ts';
import { Wire, type WireWeather } from './wire.ts';
import { Workload } from './workload.ts';

const SHARDS = 2;
const NODES = 2;
const DEPLOYED_SHARDS = 3;
/** Of the seeds one in so many is a deployment's. */
const DEPLOYED_EVERY = 3;
/** Clocks are off by so much, at most, either way. */
const SKEW_MS_MAX = 200;
const DEPLOYED_SKEW_MS_MAX = 2_000;
/** Steady time passes as the world's for so long after a request, and after a fault. */
const REQUEST_HURRY_MS = 1_000;
const FAULT_HURRY_MS = 8_000;
const RESTART_MS = 5_000;
const CUSTOMERS = 4;
const TUESDAY = Date.UTC(2026, 2, 3, 10);
/** So many requests without an answer: nothing moves any more. */
const OPEN_MAX = 60;
const HEAL_MS = 600_000;
/** Of a world, and more for each request. A sound one of 200 takes 45,000; one whose nodes fence each other without end goes on and on. */
const STEPS_MAX = 100_000;
const STEPS_PER_REQUEST_MAX = 500;
/** The same for records, of which a sound one of 200 has 1,200: one that recovers again and again reads them all each time. */
const RECORDS_MAX = 1_000;
const RECORDS_PER_REQUEST_MAX = 10;
/** A deployment's beats come on top. */
const BEAT_STEPS_MAX = 150_000;
const BEAT_STEPS_PER_REQUEST_MAX = 1_000;
const STOP_STEPS_MAX = 20_000;

export interface WorldOptions {
  /** Requests of customers. */
  readonly requests: number;
  readonly mutant?: Mutant;
  /** Default: the mutant's, if any. */
  readonly shape?: WorldShape;
  readonly traceMax?: number;
  /** Default: the mutant's; without one it depends on the seed. */
  readonly isDeployed?: boolean;
}

export interface WorldRun {
  readonly seed: number;
  readonly steps: number;
  readonly journal: Journal;
  /** Ids of those who are a person each. */
  readonly people: readonly string[];
  readonly endedAt: number;
  /** Of what happened between its nodes; undefined: they were no members of a deployment. */
  readonly deployment: Readonly<DeploymentCounts> | undefined;
  /** By how much the clocks of two nodes differ, at most. */
  readonly skewMs: number;
  /** What is in the stores at the end. */
  readonly storage: Storage;
  readonly erasures: ErasureBook;
  /** What the ad platform holds. */
  readonly levels: ReadonlyMap<string, Level>;
  /** Hash of every record that landed. */
  readonly hash: string;
}

export class SimWorld {
  readonly scheduler: Scheduler;
  readonly leases = new Leases();
  readonly journal: Journal;
  readonly weather: WireWeather;
  readonly storage = emptyStorage();
  readonly snapshotHistory: SnapshotHistory;
  readonly nodes: (SimNode | undefined)[] = [];
  readonly channels: readonly ConnectedSystem[];
  readonly ads: SimAdPlatform;
  readonly client: Client;
  readonly desk: Desk;
  readonly goods: ShopGoods;
  /** Undefined: the nodes hold leases of a table. */
  readonly deployment: SimDeployment | undefined;
  readonly people: readonly Person[] = people(CUSTOMERS);
  readonly #seed: number;
  readonly #rng: Rng;
  readonly #mutant: Mutant;
  readonly #options: WorldOptions;
  readonly #farLog: FactLog;
  /** Snapshots are read over the wire, as from a store of its own; else in the process. */
  readonly far: boolean;
  /** Both nodes ask the same list, as they do the same stores. */
  readonly #erasures = new ErasureBook(new MemoryErasures(), KNOWN_KEYS);
  readonly #policy;
  readonly #maker: RequestMaker;
  readonly #readers: LinkReaders;
  readonly #shards: number;
  readonly #places: number;
  #lives = 0;

  constructor(seed: number, options: WorldOptions) {
    this.#seed = seed;
    this.#options = options;
    this.#mutant = options.mutant ?? noMutant;
    this.#rng = seedRng(seed, 0x5eed);
    this.scheduler = new Scheduler(TUESDAY, this.#rng.fork('order'));
    const isDeployed =
      options.isDeployed ??
      options.mutant?.isDeployed ??
      (options.mutant === undefined && seed % DEPLOYED_EVERY === 0);
    this.#shards = isDeployed ? DEPLOYED_SHARDS : SHARDS;
    this.#places = isDeployed ? 2 + (Math.floor(seed / DEPLOYED_EVERY) % 2) : NODES;
    this.journal = new Journal(this.#shards, options.traceMax ?? 60);
    this.far = this.#rng.float() < 0.7;
    const severity = this.#rng.float() * 0.04;
    this.weather = {
      calm: false,
      writes: {
        lost: severity,
        'ack-lost': severity,
        late: severity,
        full: severity / 3,
        refused: severity / 3,
      },
      reads: severity / 2,
    };
    this.deployment = isDeployed
      ? new SimDeployment(this.scheduler, this.#rng.fork('deployment'), this.weather)
      : undefined;
    const near = nearStores(this.storage);
    const recorded: FactLog = {
      ...methods(near.log),
      append: async (shard, expectedLast, bytes) => {
        await near.log.append(shard, expectedLast, bytes);
        this.journal.land(shard, expectedLast + 1, bytes, this.scheduler.steps);
      },
    };
    this.#farLog = this.#mutant.farLog?.(recorded) ?? recorded;
    this.snapshotHistory = new SnapshotHistory(
      this.storage.snapshots,
      this.#mutant.farSnapshots?.(near.snapshots, this.#rng.fork('store')) ?? near.snapshots,
      this.journal,
    );
    this.client = new Client({
      scheduler: this.scheduler,
      journal: this.journal,
      rng: this.#rng.fork('client'),
      route: (shard) => this.route(shard),
      session: (node, channel) => this.channels.find((system) => system.channel === channel)?.session(node),
      shards: this.#shards,
      hasDeadlines: isDeployed,
    });
    this.goods = new ShopGoods(this.scheduler, this.#rng.fork('goods'));
    this.#maker = new RequestMaker(this.#rng.fork('maker'));
    const { scheduler, journal, client, goods } = this;
    const common = { scheduler, journal, client };
    this.desk = new Desk({
      ...common,
      rng: this.#rng.fork('desk'),
      route: (shard) => this.route(shard),
      shards: this.#shards,
    });
    this.#readers = new LinkReaders({ ...common, maker: this.#maker, rng: this.#rng.fork('readers') });
    const readers = this.#readers;
    const mails = [EMAIL, PUSH].map(
      (channel) =>
        new SimChannelSystem(channel, {
          ...{ ...common, goods, readers },
          rng: this.#rng.fork(`channel ${channel}`),
        }),
    );
    this.ads = new SimAdPlatform({ ...common, rng: this.#rng.fork('ads') });
    this.channels = [...mails, this.ads];
    this.#policy = shopPolicy(this.#mutant.policy);
  }

  /** Runs the world to its end, stores at rest. */
  async run(): Promise<WorldRun> {
    const mend = this.#mutant.patch?.();
    try {
      return await this.#run();
    } finally {
      mend?.();
    }
  }

  async #run(): Promise<WorldRun> {
    const { scheduler } = this;
    for (let place = 0; place < this.#places; place++) this.launch(place);
    const chaos = new Chaos(this, this.#rng.fork('chaos'));
    const workload = new Workload(
      {
        client: this.client,
        desk: this.desk,
        shape: this.#options.shape ?? this.#mutant.shape,
        scheduler,
        people: this.people,
        maker: this.#maker,
        rng: this.#rng.fork('workload'),
      },
      this.#options.requests,
    );
    chaos.start();
    this.goods.start();
    workload.start();
    while (!workload.done && this.client.open < OPEN_MAX && this.#goesOn)
      await scheduler.step(Number.MAX_SAFE_INTEGER);
    chaos.stop();
    this.goods.stop();
    this.#readers.stop();
    this.weather.calm = true;
    this.#heal();
    await this.#passes(HEAL_MS);
    // A world that does not heal by then is broken; nothing more is to be learned from it.
    if (this.client.open === 0) {
      workload.readEverybody();
      await this.#passes(OUTCOME_MS_MAX + HEAL_MS);
      workload.readEverybody();
      await this.#passes(LEASE_MS);
    }
    if (this.client.open > 0) this.journal.unanswered.push(`${this.client.open} requests`);
    if (!this.#goesOn)
      this.journal.restless = `no rest after ${scheduler.steps} steps and ${this.#records} records`;
    const endedAt = scheduler.now;
    await this.#stop();
    const people = this.people.map((person) => this.client.idOf(person));
    return {
      seed: this.#seed,
      people,
      steps: scheduler.steps,
      journal: this.journal,
      endedAt,
      deployment: this.deployment?.counts,
      skewMs: 2 * this.#skewMsMax,
      storage: this.storage,
      erasures: this.#erasures,
      levels: this.ads.levels,
      hash: this.#hash(),
    };
  }

  get #skewMsMax(): number {
    return this.deployment === undefined ? SKEW_MS_MAX : DEPLOYED_SKEW_MS_MAX;
  }

  get #goesOn(): boolean {
    const { requests } = this.#options;
    const beats = this.deployment === undefined ? 0 : BEAT_STEPS_MAX + requests * BEAT_STEPS_PER_REQUEST_MAX;
    return (
      this.scheduler.steps < STEPS_MAX + requests * STEPS_PER_REQUEST_MAX + beats &&
      this.#records < RECORDS_MAX + requests * RECORDS_PER_REQUEST_MAX
    );
  }

  get #records(): number {
    return this.journal.landed.reduce((sum, records) => sum + records.length, 0);
  }

  async #passes(ms: number): Promise<void> {
    const until = this.scheduler.now + ms;
    while (this.#goesOn && (await this.scheduler.step(until)));
  }

  /** Starts a process in a place; its name is its own. */
  launch(place: number): void {
    this.#lives++;
    const host = new Host(`${'abc'[place] ?? place}${this.#lives}`);
    const rng = this.#rng.fork(host.name);
    const trace = (line: string): void => this.journal.note(this.scheduler.now, line);
    const wire = new Wire(this.scheduler, host, rng.fork('wire'), this.weather, trace);
    const tools = {
      rng: rng.fork('mutant'),
      shards: () => this.nodes[place]?.engine.shards,
      after: (ms: number, run: () => void) => void this.scheduler.after(ms, host, run),
    };
    const log = remoteLog(this.#farLog, wire);
    const snapshots = remoteSnapshots(this.snapshotHistory.store, wire, !this.far);
    const archive = remoteArchive(nearStores(this.storage).archive, wire);
    const node = new SimNode(host, {
      scheduler: this.scheduler,
      journal: this.journal,
      weather: this.weather,
      rng,
      shards: this.#shards,
      policy: this.#policy,
      // The first lives adopt 1, some later ones 2; which fold that is makes no difference here, how it is adopted does.
      revisions: {
        current: this.#lives > this.#places && rng.float() < 0.5 ? 2 : 1,
        carried: new Set([1, 2]),
      },
      mutant: this.#mutant,
      log: this.#mutant.log?.(log, tools) ?? log,
      snapshots: this.#mutant.snapshots?.(snapshots, tools) ?? snapshots,
      archive: this.#mutant.archive?.(archive, tools) ?? archive,
      erasures: this.#erasures,
      catalog: this.goods.catalog,
      actors: this.#rng.float() < 0.5 ? 1 : 100,
      skewMsMax: this.#skewMsMax,
      agentOf: (serving, observer) => this.#agentOf(place, serving, { observer, wire, tools, rng }),
    });
    this.nodes[place] = node;
    this.deployment?.steady.hurry(FAULT_HURRY_MS);
    trace(`${host.name} starts`);
    this.scheduler.after(0, host, () => void node.start());
    for (const system of this.channels)
      this.scheduler.after(this.#rng.intBelow(3_000), host, () => system.connect(node));
  }

  #agentOf(
    place: number,
    node: ServingNode,
    parts: {
      readonly observer: Observer;
      readonly wire: Wire;
      readonly tools: MutantTools;
      readonly rng: Rng;
    },
  ): ShardAgent {
    const { deployment, scheduler } = this;
    if (deployment !== undefined)
      return new ClusterAgent(
        {
          ...parts,
          ...{ scheduler, deployment, place, mutant: this.#mutant },
          onEnd: () => {
            this.kill(place);
            scheduler.after(RESTART_MS, undefined, () => {
              if (this.nodes[place] === undefined) this.launch(place);
            });
          },
        },
        node,
      );
    const { leases, journal } = this;
    return new LeaseAgent(
      {
        ...{ scheduler, leases, journal, rng: parts.rng, shards: this.#shards, place },
        route: (shard) => this.route(shard),
        serveUntil: this.#mutant.serveUntil,
      },
      node,
    );
  }

  /** The end of a process, without a word. */
  kill(place: number): void {
    const node = this.nodes[place];
    if (node === undefined) return;
    this.journal.note(this.scheduler.now, `${node.host.name} dies`);
    node.host.state = 'dead';
    this.journal.deaths.set(node.host.name, this.scheduler.now);
    for (const system of this.channels) system.forget(node);
    this.nodes[place] = undefined;
    this.deployment?.steady.hurry(FAULT_HURRY_MS);
  }

  /** The node that a caller believes to be the owner: mostly the one with the lease. Any, where each takes any call. */
  route(shard: number): SimNode | undefined {
    if (this.deployment !== undefined) {
      this.deployment.steady.hurry(REQUEST_HURRY_MS);
      return this.nodes[this.#rng.intBelow(this.#places)];
    }
    const holder = this.leases.holder(shard, this.scheduler.now);
    const owner = this.nodes.find((node) => node?.host.name === holder);
    if (owner !== undefined && (this.weather.calm || this.#rng.float() < 0.9)) return owner;
    return this.nodes[this.#rng.intBelow(this.#places)];
  }

  /** A record from nowhere: what a dead owner had still in flight, where only the counter is compared. */
  async appendStray(shard: number, bytes: Uint8Array): Promise<void> {
    const { last } = await this.#farLog.bounds(shard);
    await this.#farLog.append(shard, last, bytes);
  }

  #heal(): void {
    this.deployment?.heal();
    for (let place = 0; place < this.#places; place++) {
      const node = this.nodes[place];
      if (node === undefined) this.launch(place);
      else {
        this.scheduler.resume(node.host);
        for (const system of this.channels) system.connect(node);
      }
    }
  }

  async #stop(): Promise<void> {
    const stops = this.nodes.map((node) => {
      let done = false;
      void node?.stop().then(() => {
        done = true;
      });
      return () => node === undefined || done;
    });
    // A node that finds no rest is not waited for: what goes round and round there goes on for ever.
    const last = this.scheduler.steps + STOP_STEPS_MAX;
    while (!stops.every((stopped) => stopped()) && this.scheduler.steps < last) {
      if (!(await this.scheduler.step(this.scheduler.now + HEAL_MS))) break;
    }
  }

  #hash(): string {
    const hash = createHash('sha256');
    for (const records of this.journal.landed) for (const { bytes } of records) hash.update(bytes);
    return hash.digest('hex');
  }
}
