/** What goes wrong, and when: one fault after the other, drawn from the seed. */
import type { Rng } from '../../base/rng.ts';
import { encodeRecord } from '../../codec/stored/record-codec.ts';
import type { Fact } from '../../core/fact/fact.ts';
import { DeploymentChaos } from './deployment/deployment-chaos.ts';
import type { Landed } from './journal.ts';
import type { TroubledWorld } from './troubled-world.ts';

const MINUTE_MS = 60_000;

/** Of the faults of a deployment, how many lie between its nodes; and how long its steady time passes as the world's after one. */
const BETWEEN_SHARE = 0.45;
const HURRY_MS = 8_000;

export class Chaos {
  readonly #world: TroubledWorld;
  readonly #rng: Rng;
  #stopped = false;
  #strays = 0;

  constructor(world: TroubledWorld, rng: Rng) {
    this.#world = world;
    this.#rng = rng;
  }

  start(): void {
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
  }

  #next(): void {
    const rng = this.#rng;
    const pause = rng.float() < 0.6 ? rng.intBelow(30_000) : rng.intBelow(20 * MINUTE_MS);
    this.#world.scheduler.after(pause, undefined, () => {
      if (this.#stopped) return;
      this.#strike();
      this.#next();
    });
  }

  #strike(): void {
    const rng = this.#rng;
    const world = this.#world;
    const { deployment } = world;
    if (deployment !== undefined) {
      deployment.steady.hurry(HURRY_MS);
      if (rng.float() < BETWEEN_SHARE) return new DeploymentChaos(world, deployment, rng).strike();
    }
    const place = rng.intBelow(world.nodes.length);
    const shard = rng.intBelow(world.journal.landed.length);
    const chance = rng.float();
    if (chance < 0.2) return this.#crash(place);
    if (chance < 0.4) return this.#pause(place);
    if (chance < 0.55) return this.#disconnect(place);
    if (chance < 0.65)
      return world.nodes[place]?.host.state === 'up' ? world.nodes[place]?.agent.handOver(shard) : undefined;
    if (chance < 0.85) return this.#stray(shard);
    if (world.far) this.#loseSnapshots(shard);
  }

  #crash(place: number): void {
    const { nodes, scheduler, leases } = this.#world;
    const node = nodes[place];
    if (node === undefined) return;
    this.#world.kill(place);
    // Half the time the membership sees the connection break; else the lease must run out.
    if (this.#rng.float() < 0.5) leases.forget(node.host.name);
    scheduler.after(this.#rng.intBelow(2 * MINUTE_MS), undefined, () => {
      if (nodes[place] === undefined) this.#world.launch(place);
    });
  }

  #pause(place: number): void {
    const { nodes, scheduler, journal } = this.#world;
    const node = nodes[place];
    if (node === undefined || node.host.state !== 'up') return;
    const ms = this.#rng.float() < 0.5 ? this.#rng.intBelow(3_000) : this.#rng.intBelow(5 * MINUTE_MS);
    journal.note(scheduler.now, `${node.host.name} stands still for ${ms} ms`);
    node.host.state = 'paused';
    const from = scheduler.now;
    scheduler.after(ms, undefined, () => {
      this.#world.deployment?.steady.hurry(HURRY_MS);
      journal.pauses.push({ node: node.host.name, from, to: scheduler.now });
      scheduler.resume(node.host);
      // Callers that did not notice still ask it.
      for (const person of this.#world.people) this.#world.client.read(person, node);
    });
  }

  #disconnect(place: number): void {
    const { nodes, scheduler, channels } = this.#world;
    const node = nodes[place];
    const system = channels[this.#rng.intBelow(channels.length)];
    if (node === undefined || system === undefined || node.host.state !== 'up') return;
    system.disconnect(node);
    scheduler.after(this.#rng.intBelow(5 * MINUTE_MS), node.host, () => system.connect(node));
  }

  /**
   * A pipelined zombie: an owner that had two appends in flight dies, the new owner's fence takes the place of the first,
   * and the second one fits behind the fence by its counter. It says again, under new ids, what that owner said before.
   */
  #stray(shard: number): void {
    const { journal, scheduler } = this.#world;
    const landed = journal.landed[shard] ?? [];
    const epochNow = landed.findLast((record) => record.counts)?.header.epoch ?? 0;
    const older = landed.filter(
      (record) =>
        record.counts && record.header.epoch < epochNow && record.facts.some((fact) => 'customer' in fact),
    );
    const model = older[this.#rng.intBelow(Math.max(1, older.length))];
    if (model === undefined) return;
    journal.note(scheduler.now, `a record of epoch ${model.header.epoch} strays into shard ${shard}`);
    void this.#world.appendStray(shard, this.#strayOf(model)).catch(() => {});
  }

  #strayOf(model: Landed): Uint8Array {
    const stray = ++this.#strays;
    const facts = model.facts.map((fact): Fact => {
      if (fact.kind === 'event')
        return { ...fact, id: `stray ${stray} ${fact.id}`, idHash: fact.idHash + stray };
      if (fact.kind === 'decision' && fact.requestId !== '')
        return {
          ...fact,
          requestId: `stray ${stray} ${fact.requestId}`,
          requestHash: fact.requestHash + stray,
        };
      if (fact.kind === 'feedback')
        return { ...fact, link: `stray ${stray} ${fact.link}`, idHash: fact.idHash + stray };
      return fact;
    });
    return encodeRecord({ ...model.header, batch: `stray.${stray}` }, facts);
  }

  #loseSnapshots(shard: number): void {
    const { snapshotHistory, journal, scheduler } = this.#world;
    const chance = this.#rng.float();
    const batches = 1 + this.#rng.intBelow(4);
    journal.note(
      scheduler.now,
      chance < 0.25
        ? `shard ${shard} loses all snapshots`
        : `shard ${shard} loses ${batches} snapshot batches`,
    );
    if (chance < 0.25) snapshotHistory.loseAll(shard);
    else snapshotHistory.lose(shard, batches, chance < 0.6);
  }
}
