/** What the nodes of a simulated deployment share beside their stores: the members, the wires between them and the time of their leases. Owned by the world. */
import { MembershipStorage } from '../../../adapter/memory/memory-membership.ts';
import type { Rng } from '../../../base/rng.ts';
import type { DeploymentControl } from '../../../port/deployment.ts';
import type { NodeAnswers } from '../../../port/node-wires.ts';
import type { Host, Scheduler } from '../scheduler.ts';
import type { WireWeather } from '../wire.ts';
import { SteadyTime } from './steady-time.ts';

/** A node that takes questions. */
export interface AskedNode {
  readonly host: Host;
  readonly answers: NodeAnswers;
  /** What operators tell it. */
  readonly orders: DeploymentControl;
}

export interface DeploymentCounts {
  /** From node to node; and those that were lost, or whose answers were. */
  questions: number;
  lost: number;
  /** Shards that their nodes gave to others as planned. */
  handoffs: number;
}

/** Of questions, and of answers. */
const LOST_SHARE_MAX = 0.05;

export class SimDeployment {
  readonly members = new MembershipStorage();
  readonly steady: SteadyTime;
  readonly rng: Rng;
  /** Between which places nothing arrives: `from>to`. */
  readonly cuts = new Set<string>();
  /** What it was about, for who wants to know how much was tried. */
  readonly counts: DeploymentCounts = { questions: 0, lost: 0, handoffs: 0 };
  /** The store of members answers nobody. */
  isAway = false;
  readonly #weather: WireWeather;
  readonly #lostShare: number;
  readonly #nodes: (AskedNode | undefined)[] = [];

  constructor(scheduler: Scheduler, rng: Rng, weather: WireWeather) {
    this.steady = new SteadyTime(scheduler);
    this.rng = rng;
    this.#weather = weather;
    this.#lostShare = rng.float() * LOST_SHARE_MAX;
  }

  /** Where the process of a place listens, whatever its life. */
  addressOf(place: number): string {
    return `node-${place}:7400`;
  }

  placeAt(address: string): number {
    return Number(/^node-(\d+):7400$/.exec(address)?.[1] ?? Number.NaN);
  }

  listen(place: number, node: AskedNode): void {
    this.#nodes[place] = node;
  }

  /** Who listens there; undefined: nobody does. */
  nodeAt(place: number): AskedNode | undefined {
    const node = this.#nodes[place];
    return node === undefined || node.host.state === 'dead' ? undefined : node;
  }

  /** Drawn anew for each message: whether its connection breaks. */
  get losesNow(): boolean {
    return !this.#weather.calm && this.rng.float() < this.#lostShare;
  }

  /** Of a node that listens. */
  ordersAt(host: Host): DeploymentControl | undefined {
    return this.#nodes.find((node) => node?.host === host)?.orders;
  }

  heal(): void {
    this.isAway = false;
    this.cuts.clear();
  }
}
