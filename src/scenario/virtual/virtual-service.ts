/**
 * A whole service whose clock stands until it is told to turn: the real stores, engine and gRPC, with everything that
 * takes time under the scenario's control. Runs in a process of its own (service-process.ts), so that it can be killed.
 */
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../../adapter/onnx/base-rate-scorer.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS, type ServeSettings } from '../../config/options.ts';
import { type Node, openNode } from '../../node/open-node.ts';
import { serveGrpc } from '../../node/serve-grpc.ts';
import type { Observer } from '../../port/observer.ts';
import type { Scorer } from '../../port/scorer.ts';
import type { OpenOrder, ScorerMode, State } from './control.ts';
import { countedCustomers, type Traffic } from './counted-customers.ts';

/** Few, so that a start is quick; each still gets customers of every scenario. */
const SHARDS = 8;
/** Snapshots, passivation and the archive get their turn every ten minutes of the scenario. */
const BEAT_MS = 600_000;
/** Everything stays explainable, however long a journey is. */
const KEEP_MS = 3_000 * 86_400_000;
/** Looks at an idle engine before it counts as quiet: work may hop over a few turns of the event loop. */
const QUIET_LOOKS = 3;

export class VirtualService {
  readonly #clock: VirtualClock;
  readonly #scorer: SwitchedScorer;
  readonly #traffic: Traffic = { down: 0, up: 0, sessions: 0 };
  readonly #faults: string[] = [];
  #node: Node | undefined;
  #port = 0;
  #drain: () => Promise<void> = async () => {};

  private constructor(order: OpenOrder) {
    this.#clock = new VirtualClock(order.now);
    this.#scorer = new SwitchedScorer(order.scorer, () => this.#clock.advanceTo(this.#clock.now() + 1_000));
  }

  static async open(order: OpenOrder): Promise<VirtualService> {
    const service = new VirtualService(order);
    await service.#open(order);
    return service;
  }

  async #open(order: OpenOrder): Promise<void> {
    const settings = settingsFor(order);
    const observer = this.#observer();
    const parts = {
      observer,
      clock: this.#clock,
      scorer: this.#scorer,
      seed: order.seed,
      beatMs: BEAT_MS,
      bounds: order.mailboxMax === undefined ? {} : { mailboxPerShardMax: order.mailboxMax },
    };
    const node = await openNode(settings, parts);
    const gateway = countedCustomers(node.gateway, this.#traffic);
    const grpc = await serveGrpc({ ...node, gateway: gateway as Node['gateway'] }, settings, parts);
    this.#node = node;
    this.#port = grpc.port;
    this.#drain = () => grpc.drain();
  }

  get state(): State {
    return { now: this.#clock.now(), port: this.#port, ...this.#traffic, faults: this.#faults.splice(0) };
  }

  set scorer(mode: ScorerMode) {
    this.#scorer.mode = mode;
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_LOOKS; ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = this.#node?.engine.busy === true ? 0 : quiet + 1;
    }
  }

  /** Stops early when a channel system was told something: what it answers belongs to that moment. */
  async turn(to: number): Promise<void> {
    const { down } = this.#traffic;
    await this.settle();
    while (this.#traffic.down === down) {
      const next = this.#clock.next;
      this.#clock.advanceTo(next === undefined ? to : Math.min(next, to));
      await this.settle();
      if (next === undefined || next > to) return;
    }
  }

  async close(): Promise<void> {
    await this.#drain();
    await this.#node?.close();
  }

  #observer(): Observer {
    return {
      count: () => {},
      gauge: () => {},
      time: () => {},
      fault: (sentence, cause) =>
        void this.#faults.push(cause instanceof Error ? `${sentence}: ${cause.message}` : sentence),
      info: () => {},
    };
  }
}

function settingsFor(order: OpenOrder): ServeSettings {
  const defaults = readOptions(SERVE_OPTIONS, { flags: {}, env: {} });
  if (!defaults.ok) throw new Error(defaults.error.join(' '));
  return {
    ...defaults.value,
    store: 'disk',
    dir: order.directory,
    policyDir: order.policyDirectory,
    policyWatch: false,
    shards: SHARDS,
    archiveKeep: KEEP_MS,
    listen: { host: '127.0.0.1', port: order.port },
  };
}

/** Base rates, or what a bad day does to a model. */
class SwitchedScorer implements Scorer {
  readonly #inner = new BaseRateScorer();
  readonly #letTimePass: () => void;
  mode: ScorerMode;

  constructor(mode: ScorerMode, letTimePass: () => void) {
    this.mode = mode;
    this.#letTimePass = letTimePass;
  }

  get info() {
    return this.#inner.info;
  }

  run(rows: Float32Array, count: number): Promise<Float32Array> {
    if (this.mode === 'works') return this.#inner.run(rows, count);
    if (this.mode === 'fails') return Promise.reject(new Error('the model does not answer'));
    setImmediate(this.#letTimePass);
    return new Promise(() => {});
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
