/**
 * An ad platform: it holds who is in the audience, refuses, stays silent and hears things twice, and forgets whom it is told to. What it is
 * told arrives in the order in which it was sent, as over one connection.
 */
import type { Rng } from '../../base/rng.ts';
import { ADS } from '../../core/audience/joins-audience.ts';
import { parseDispatchId } from '../../core/decide/decision-id.ts';
import type { ChannelConnection, Delivery } from '../../port/customers.ts';
import type { Client } from './client.ts';
import type { ConnectedSystem } from './connected-system.ts';
import type { Journal } from './journal.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimNode } from './sim-node.ts';

export interface Level {
  readonly version: number;
  readonly isMember: boolean;
}

const CREDITS = 4;
const HOP_MS = 5;

export class SimAdPlatform implements ConnectedSystem {
  readonly channel = ADS;
  /** By member: the highest version counts. */
  readonly levels = new Map<string, Level>();
  readonly #scheduler: Scheduler;
  readonly #journal: Journal;
  readonly #rng: Rng;
  readonly #client: Client;
  readonly #sessions = new Map<SimNode, ChannelConnection>();

  constructor(parts: {
    readonly scheduler: Scheduler;
    readonly journal: Journal;
    readonly rng: Rng;
    readonly client: Client;
  }) {
    this.#scheduler = parts.scheduler;
    this.#journal = parts.journal;
    this.#rng = parts.rng;
    this.#client = parts.client;
  }

  session(node: SimNode): ChannelConnection | undefined {
    return this.#sessions.get(node);
  }

  connect(node: SimNode): void {
    if (node.host.state === 'dead' || this.#sessions.has(node)) return;
    const session = node.gateway.connect(ADS, CREDITS, {
      deliver: (delivery) => this.#handedOver(node, delivery),
      withdraw: (dispatchId) => this.#journal.faults.push(`the ad platform is to stop ${dispatchId}`),
      forget: (customerId) =>
        void this.#scheduler.after(HOP_MS, undefined, () => this.#forget(node, customerId)),
    });
    if (session.kind !== 'refused') this.#sessions.set(node, session);
  }

  disconnect(node: SimNode): void {
    this.#sessions.get(node)?.close();
    this.#sessions.delete(node);
  }

  forget(node: SimNode): void {
    this.#sessions.delete(node);
  }

  #handedOver(node: SimNode, delivery: Delivery): void {
    const { audience } = delivery.choice;
    const { dispatchId, customerId: member, attempt } = delivery;
    if (audience === undefined) return;
    const told = { version: audience.version, isMember: audience.left === undefined };
    const what = `${told.isMember ? 'is in' : 'left'} ${audience.name} ${told.version}`;
    this.#journal.note(
      this.#scheduler.now,
      `${node.host.name} tells ${dispatchId} attempt ${attempt}: ${member} ${what}`,
    );
    this.#journal.levels.push({
      ...{ node: node.host.name, dispatchId, member, step: this.#scheduler.steps },
      ...told,
    });
    const times = this.#rng.float() < 0.05 ? 2 : 1;
    for (let i = 0; i < times; i++)
      this.#scheduler.after(HOP_MS, undefined, () => this.#receive(node, delivery, told));
  }

  #receive(node: SimNode, { dispatchId, customerId }: Delivery, told: Level): void {
    this.#scheduler.after(HOP_MS, node.host, () => this.#sessions.get(node)?.credit(1));
    const chance = this.#rng.float();
    const isRetryable = chance < 0.12;
    // That somebody has left it never refuses for good.
    if (isRetryable || (told.isMember && chance < 0.15)) {
      this.#say(`reject ${dispatchId}`, dispatchId, (session) =>
        session.rejected(dispatchId, isRetryable, this.#rng.intBelow(60_000), 'not now'),
      );
      return;
    }
    if ((this.levels.get(customerId)?.version ?? 0) < told.version) this.levels.set(customerId, told);
    // Some of its answers are lost with it.
    if (chance < 0.9)
      this.#say(`accepted ${dispatchId}`, dispatchId, (session) => session.accepted(dispatchId));
  }

  #say(
    what: string,
    dispatchId: string,
    say: (session: ChannelConnection) => ReturnType<ChannelConnection['accepted']>,
  ): void {
    const { shard = 0 } = parseDispatchId(dispatchId) ?? {};
    this.#client.answer(what, shard, ADS, say, () => {});
  }

  #forget(node: SimNode, customerId: string): void {
    this.levels.delete(customerId);
    this.#journal.note(this.#scheduler.now, `the ad platform forgets ${customerId}`);
    if (this.#rng.float() < 0.8) void this.#sessions.get(node)?.forgot(customerId);
  }
}
