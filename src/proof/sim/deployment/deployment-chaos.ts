/** What goes wrong between the nodes of a deployment, beside what befalls each of them: drawn from the seed. */
import type { Rng } from '../../../base/rng.ts';
import type { TroubledWorld } from '../troubled-world.ts';
import type { SimDeployment } from './sim-deployment.ts';

const CUT_MS_MAX = 30_000;
const AWAY_MS_MAX = 40_000;
const DRAINED_MS_MAX = 120_000;
const BACK_MS_MAX = 20_000;
/** Of a restore of all snapshots from before. */
const BATCHES_MAX = 6;

export class DeploymentChaos {
  readonly #world: TroubledWorld;
  readonly #deployment: SimDeployment;
  readonly #rng: Rng;

  constructor(world: TroubledWorld, deployment: SimDeployment, rng: Rng) {
    this.#world = world;
    this.#deployment = deployment;
    this.#rng = rng;
  }

  strike(): void {
    const rng = this.#rng;
    const place = rng.intBelow(this.#world.nodes.length);
    const chance = rng.float();
    if (chance < 0.3) this.#leave(place);
    else if (chance < 0.5) this.#membersAway();
    else if (chance < 0.8) this.#cut(place);
    else if (chance < 0.93) this.#drain(place);
    else this.#restoreSnapshots();
  }

  /** A planned end: its shards are handed over, then it is started anew. */
  #leave(place: number): void {
    const { nodes, scheduler } = this.#world;
    const node = nodes[place];
    if (node === undefined || node.host.state !== 'up') return;
    this.#note(`${node.host.name} leaves`);
    void node.leave().then(() => {
      if (nodes[place] !== node) return;
      this.#note(`${node.host.name} has left`);
      this.#world.kill(place);
      scheduler.after(this.#rng.intBelow(BACK_MS_MAX), undefined, () => {
        if (nodes[place] === undefined) this.#world.launch(place);
      });
    });
  }

  #membersAway(): void {
    this.#deployment.isAway = true;
    this.#note('the store of members is away');
    this.#later(AWAY_MS_MAX, () => {
      this.#deployment.isAway = false;
    });
  }

  /** Between two nodes, half the time one way only. */
  #cut(place: number): void {
    const { nodes } = this.#world;
    const other = (place + 1 + this.#rng.intBelow(nodes.length - 1)) % nodes.length;
    const ways = this.#rng.float() < 0.5 ? [`${place}>${other}`] : [`${place}>${other}`, `${other}>${place}`];
    this.#note(`cut: ${ways.join(', ')}`);
    for (const way of ways) this.#deployment.cuts.add(way);
    this.#later(CUT_MS_MAX, () => {
      for (const way of ways) this.#deployment.cuts.delete(way);
    });
  }

  /** An operator tells some node that another one is to have no shards, and takes it back later. */
  #drain(place: number): void {
    const { nodes } = this.#world;
    const named = nodes[place];
    const asked = nodes[this.#rng.intBelow(nodes.length)];
    if (named === undefined || asked?.host.state !== 'up') return;
    const { name } = named.host;
    const orders = this.#deployment.ordersAt(asked.host);
    if (orders === undefined) return;
    this.#note(`${asked.host.name} is told to drain ${name}`);
    orders.drain(name, { by: 'chaos', why: '' }).catch(() => undefined);
    this.#later(DRAINED_MS_MAX, () => {
      const alive = nodes.find((node) => node?.host.state === 'up');
      if (alive !== undefined)
        this.#deployment
          .ordersAt(alive.host)
          ?.undrain(name)
          .catch(() => undefined);
    });
  }

  /** The store of snapshots comes back as it was some batches ago, of every shard at once. */
  #restoreSnapshots(): void {
    const { far, snapshotHistory, journal } = this.#world;
    if (!far) return;
    this.#note('all snapshots are restored from before');
    for (let shard = 0; shard < journal.landed.length; shard++)
      snapshotHistory.lose(shard, 1 + this.#rng.intBelow(BATCHES_MAX), false);
  }

  /** After up to `ms`, by the world's time; long before it is checked. */
  #later(ms: number, run: () => void): void {
    this.#world.scheduler.after(this.#rng.intBelow(ms), undefined, run);
  }

  #note(line: string): void {
    this.#world.journal.note(this.#world.scheduler.now, line);
  }
}
