/** Several nodes in one process over the same memory stores, with wires between them and a clock for all that is turned by hand. */
import { MembershipStorage, MemoryMembership } from '../adapter/memory/memory-membership.ts';
import { VirtualClock } from '../adapter/memory/virtual-clock.ts';
import type { CoreRevisions } from '../core/core-revision.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { NodeMembership, NodeProgram } from '../port/membership.ts';
import type { NodeWires } from '../port/node-wires.ts';
import { PortError } from '../port/port-error.ts';
import { emptyStores, type Node, type Stores, startNode, TUESDAY } from '../runtime/engine.fixture.ts';
import { Cluster } from './cluster.ts';

export const SHARDS = 6;

/** A process that can be stopped and go on later, or die. */
export class Host implements RuntimeClock {
  state: 'running' | 'stopped' | 'dead' = 'running';
  readonly #clock: VirtualClock;
  #waiting: (() => void)[] = [];

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, fn: () => void): () => void {
    return this.#clock.after(ms, () => this.run(fn));
  }

  soon(fn: () => void): void {
    this.#clock.soon(() => this.run(fn));
  }

  run(fn: () => void): void {
    if (this.state === 'running') fn();
    else if (this.state === 'stopped') this.#waiting.push(fn);
  }

  goOn(): void {
    this.state = 'running';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const fn of waiting) fn();
  }
}

function revisionsOf({ revisions }: NodeProgram): CoreRevisions {
  return { current: Math.max(...revisions), carried: new Set(revisions) };
}

export interface ClusterNode extends Node {
  readonly name: string;
  readonly host: Host;
  readonly cluster: Cluster;
  /** Faults of its part in the deployment. */
  readonly said: readonly string[];
  /** As the node asks it. */
  readonly membership: { -readonly [Name in keyof NodeMembership]: NodeMembership[Name] };
}

export class Nodes {
  readonly clock = new VirtualClock(TUESDAY);
  readonly stores: Stores = emptyStores();
  readonly nodes: ClusterNode[] = [];
  readonly storage = new MembershipStorage();
  /** Nodes for whom the store of members does not answer. */
  readonly silentFor = new Set<string>();
  /** Questions and answers that get lost: `from>to`. */
  readonly cut = new Set<string>();
  readonly #policy: Policy | undefined;

  /** Default: the starter. */
  constructor(policy?: Policy) {
    this.#policy = policy;
  }

  /** `program`: of a version of its own; its latest revision is the one that it works under where it may. */
  async start(name: string, program?: NodeProgram): Promise<ClusterNode> {
    const host = new Host(this.clock);
    const faults: string[] = [];
    const membership = this.#membership(name, host);
    const cluster = new Cluster({
      ...{ membership, wires: this.#wires(name, host), id: name, version: '1' },
      ...(program !== undefined && { program }),
      ...{ generation: 1, clock: host, steadyMs: () => this.clock.now() },
      observer: {
        count() {},
        gauge() {},
        time() {},
        info() {},
        fault: (sentence) => void faults.push(sentence),
      },
    });
    const node = await startNode(this.stores, {
      ...{ clock: this.clock, runtimeClock: host, node: name, cluster, bounds: { shards: SHARDS } },
      ...(this.#policy !== undefined && { policy: this.#policy }),
      ...(program !== undefined && { revisions: cluster.revisions(revisionsOf(program)) }),
    });
    const started = { ...node, name, host, cluster, membership, said: faults };
    this.nodes.push(started);
    await cluster.join(name);
    return started;
  }

  /** Turns the clock, step by step, while all work settles. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    for (;;) {
      await this.settle();
      const next = this.clock.next;
      if (next === undefined || next > until) break;
      this.clock.advanceTo(next);
    }
    this.clock.advanceTo(until);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 60; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Who serves each shard, by name; '' nobody; several: `a+b`. */
  get serving(): string[] {
    return Array.from({ length: SHARDS }, (_, shard) =>
      this.nodes
        .filter(({ engine, host }) => host.state !== 'dead' && engine.shards[shard]?.isServing)
        .map(({ name }) => name)
        .join('+'),
    );
  }

  #membership(name: string, host: Host): NodeMembership {
    const membership = new MemoryMembership(this.storage);
    const ask = async <T>(what: () => Promise<T>): Promise<T> => {
      if (this.silentFor.has(name)) throw new PortError('unavailable', 'of a test');
      return what();
    };
    return {
      read: () => ask(() => membership.read()),
      join: (row) => ask(() => membership.join(row)),
      renew: (row, revision) => ask(() => membership.renew(row, revision)),
      remove: (id, revision) => ask(() => membership.remove(id, revision)),
      writeMap: (map, revision) => ask(() => membership.writeMap(map, revision)),
      onMap: (changed) => membership.onMap((seen) => host.run(() => changed(seen))),
    };
  }

  #wires(from: string, host: Host): NodeWires {
    return {
      ask: (address, question, timeoutMs, done) => {
        let isOver = false;
        const end = (answer: Uint8Array | undefined): void => {
          if (isOver) return;
          isOver = true;
          cancel();
          host.run(() => done(answer));
        };
        const cancel = this.clock.after(timeoutMs, () => end(undefined));
        const node = this.nodes.find(({ name }) => name === address);
        if (node === undefined || node.host.state === 'dead') return void setImmediate(() => end(undefined));
        if (this.cut.has(`${from}>${address}`)) return;
        setImmediate(() =>
          node.host.run(() =>
            node.cluster.answers(question, (answer) => {
              if (!this.cut.has(`${address}>${from}`)) setImmediate(() => end(answer));
            }),
          ),
        );
      },
      close() {},
    };
  }
}
