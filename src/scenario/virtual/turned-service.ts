/**
 * A whole service whose clock stands until it is told to turn: the real stores, engine and gRPC, but days pass in seconds
 * and nothing is late because the machine was busy. The demo and the replay of real data run on it.
 *
 * I1  The clock is turned only while nothing is under way, and from alarm to alarm.
 */
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { DAY_MS } from '../../base/clock.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../../config/options.ts';
import { type Node, openNode } from '../../node/open-node.ts';
import { serveGrpc } from '../../node/serve-grpc.ts';
import type { Observer } from '../../port/observer.ts';
import { countedCustomers, type Traffic } from './counted-customers.ts';

export interface VirtualNodeOrder {
  /** The data directory. */
  readonly directory: string;
  readonly policyDirectory: string;
  /** The clock's time at the start. */
  readonly now: number;
  /** Of the draws: the same seed and requests give the same decisions. */
  readonly seed: number;
  readonly shards: number;
  /** How often, in the clock's time, snapshots, passivation and the archive get their turn. */
  readonly beatMs: number;
}

/** Where the service stands. */
export interface VirtualNodeState {
  readonly now: number;
  /** When its next alarm rings; undefined: none is set. */
  readonly next: number | undefined;
  readonly port: number;
  /** Instructions sent down to channel systems since the start. */
  readonly down: number;
}

/** Everything stays explainable and verifiable, however long the run is in its own time. */
const KEEP_MS = 3_650 * DAY_MS;
/** Looks at an idle engine before it counts as quiet: work may hop over a few turns of the event loop. */
const QUIET_LOOKS = 2;

export class VirtualNode {
  readonly #clock: VirtualClock;
  readonly #traffic: Traffic;
  readonly #node: Node;
  readonly #port: number;
  readonly #drain: () => Promise<void>;

  private constructor(
    clock: VirtualClock,
    traffic: Traffic,
    node: Node,
    grpc: { readonly port: number; drain(): Promise<void> },
  ) {
    this.#clock = clock;
    this.#traffic = traffic;
    this.#node = node;
    this.#port = grpc.port;
    this.#drain = () => grpc.drain();
  }

  /** Throws PortError or CommandError with a sentence. */
  static async open(order: VirtualNodeOrder, observer: Observer): Promise<VirtualNode> {
    const clock = new VirtualClock(order.now);
    const settings = settingsFor(order);
    const parts = { observer, clock, seed: order.seed, beatMs: order.beatMs };
    const node = await openNode(settings, parts);
    const traffic: Traffic = { down: 0, up: 0, sessions: 0 };
    try {
      const gateway = countedCustomers(node.gateway, traffic) as Node['gateway'];
      const grpc = await serveGrpc({ ...node, gateway }, settings, parts);
      return new VirtualNode(clock, traffic, node, grpc);
    } catch (fault) {
      await node.close();
      throw fault;
    }
  }

  get state(): VirtualNodeState {
    return {
      now: this.#clock.now(),
      next: this.#clock.next,
      port: this.#port,
      down: this.#traffic.down,
    };
  }

  /** Turns the clock to `to`, or to the first alarm that sent something to a channel system: its answer belongs to that moment. */
  async turn(to: number): Promise<void> {
    const { down } = this.#traffic;
    await this.#settle();
    while (this.#traffic.down === down) {
      const next = this.#clock.next;
      this.#clock.advanceTo(next === undefined ? to : Math.min(next, to));
      await this.#settle();
      if (next === undefined || next > to) return;
    }
  }

  async close(): Promise<void> {
    await this.#drain();
    await this.#node.close();
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_LOOKS; ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = this.#node.engine.busy ? 0 : quiet + 1;
    }
  }
}

function settingsFor({ directory, policyDirectory, shards }: VirtualNodeOrder): ServeSettings {
  // The environment's settings are for the service that people run, not for this one.
  const defaults = readOptions(SERVE_OPTIONS, { flags: {}, env: {} });
  if (!defaults.ok) throw new Error(defaults.error.join(' '));
  return {
    ...defaults.value,
    store: 'disk',
    dir: directory,
    policyDir: policyDirectory,
    policyWatch: false,
    shards,
    hotLogKeep: 30 * DAY_MS,
    archiveKeep: KEEP_MS,
    listen: { host: '127.0.0.1', port: 0 },
  };
}
