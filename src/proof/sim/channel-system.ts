/**
 * A channel system as bad as they come: it accepts, rejects, stays silent, answers late and twice, loses its connection,
 * and knows what it really sent. It drops what it has seen, by dispatch id, as the contract asks.
 */
import type { Rng } from '../../base/rng.ts';
import { CHANNELS } from '../../core/channel.ts';
import { parseDispatchId } from '../../core/decide/decision-id.ts';
import type { FeedbackKind } from '../../core/fact/fact.ts';
import { keyOf } from '../../core/identity/customer.ts';
import type { ChannelConnection, Delivery } from '../../port/customers.ts';
import type { Client } from './client.ts';
import type { ConnectedSystem } from './connected-system.ts';
import type { Journal } from './journal.ts';
import type { LinkReaders } from './link-readers.ts';
import type { Scheduler } from './scheduler.ts';
import type { ShopGoods } from './shop-goods.ts';
import type { SimNode } from './sim-node.ts';

interface Held {
  readonly delivery: Delivery;
  state: 'waiting' | 'sent' | 'gone';
}

const CREDITS = 4;
const HOP_MS_MAX = 20;
const REPORTS: readonly FeedbackKind[] = ['delivered', 'opened', 'clicked', 'converted', 'dismissed'];

export class SimChannelSystem implements ConnectedSystem {
  readonly channel: number;
  readonly #scheduler: Scheduler;
  readonly #journal: Journal;
  readonly #rng: Rng;
  readonly #client: Client;
  readonly #goods: ShopGoods;
  readonly #readers: LinkReaders;
  readonly #sessions = new Map<SimNode, ChannelConnection>();
  readonly #seen = new Map<string, Held>();
  #count = 0;

  constructor(
    channel: number,
    parts: {
      readonly scheduler: Scheduler;
      readonly journal: Journal;
      readonly rng: Rng;
      readonly client: Client;
      readonly goods: ShopGoods;
      readonly readers: LinkReaders;
    },
  ) {
    this.channel = channel;
    this.#scheduler = parts.scheduler;
    this.#journal = parts.journal;
    this.#rng = parts.rng;
    this.#client = parts.client;
    this.#goods = parts.goods;
    this.#readers = parts.readers;
  }

  session(node: SimNode): ChannelConnection | undefined {
    return this.#sessions.get(node);
  }

  connect(node: SimNode): void {
    if (node.host.state === 'dead' || this.#sessions.has(node)) return;
    const session = node.gateway.connect(this.channel, CREDITS, {
      deliver: (delivery) => this.#handedOver(node, delivery),
      withdraw: (dispatchId) =>
        void this.#scheduler.after(this.#rng.intBelow(HOP_MS_MAX), undefined, () =>
          this.#withdraw(dispatchId),
        ),
      forget: (customerId) =>
        void this.#scheduler.after(this.#rng.intBelow(HOP_MS_MAX), undefined, () =>
          this.#forget(node, customerId),
        ),
    });
    if (session.kind === 'refused') return;
    this.#sessions.set(node, session);
  }

  disconnect(node: SimNode): void {
    this.#sessions.get(node)?.close();
    this.#sessions.delete(node);
  }

  /** The host is gone, and its sessions with it. */
  forget(node: SimNode): void {
    this.#sessions.delete(node);
  }

  #handedOver(node: SimNode, delivery: Delivery): void {
    const { choice } = delivery;
    const now = this.#scheduler.now;
    this.#journal.note(now, `${node.host.name} pushes ${delivery.dispatchId} attempt ${delivery.attempt}`);
    this.#journal.pushes.push({
      node: node.host.name,
      dispatchId: delivery.dispatchId,
      customer: delivery.customerId,
      channel: this.channel,
      attempt: delivery.attempt,
      at: now,
      devices: delivery.identifiers.filter(({ kind }) => kind === 'push_token').map(keyOf),
      content: choice.content,
      product: choice.product,
      isPromotion: choice.promotion,
      offerUntil: choice.offer?.until ?? Number.POSITIVE_INFINITY,
      goods: this.#goods.now(choice.product),
      step: this.#scheduler.steps,
    });
    const duplicates = this.#rng.float() < 0.05 ? 2 : 1;
    for (let i = 0; i < duplicates; i++)
      this.#scheduler.after(this.#rng.intBelow(HOP_MS_MAX), undefined, () => this.#receive(node, delivery));
  }

  #receive(node: SimNode, delivery: Delivery): void {
    this.#scheduler.after(HOP_MS_MAX, node.host, () => this.#sessions.get(node)?.credit(1));
    const held = this.#seen.get(delivery.dispatchId);
    if (held !== undefined) {
      if (held.state !== 'gone') this.#answer(held, 'accepted');
      return;
    }
    const chance = this.#rng.float();
    // Rejected and forgotten: it may be pushed again.
    if (chance < 0.12) {
      this.#client.answer(
        `reject ${delivery.dispatchId}`,
        shardOf(delivery.dispatchId),
        this.channel,
        (session) => session.rejected(delivery.dispatchId, true, this.#rng.intBelow(60_000), 'busy'),
        () => {},
      );
      return;
    }
    const fresh: Held = { delivery, state: 'waiting' };
    this.#seen.set(delivery.dispatchId, fresh);
    if (chance < 0.22) {
      fresh.state = 'gone';
      this.#client.answer(
        `refuse ${delivery.dispatchId}`,
        shardOf(delivery.dispatchId),
        this.channel,
        (session) => session.rejected(delivery.dispatchId, false, 0, 'no such address'),
        () => {},
      );
      return;
    }
    // It goes out at once or in a while; until then it can be withdrawn.
    this.#scheduler.after(this.#rng.float() < 0.7 ? 0 : this.#rng.intBelow(60_000), undefined, () =>
      this.#sendOut(fresh),
    );
    if (chance < 0.85) this.#answer(fresh, 'accepted');
  }

  #sendOut(held: Held): void {
    if (held.state !== 'waiting') return;
    held.state = 'sent';
    this.#journal.reached.add(held.delivery.dispatchId);
    this.#readers.reached(held.delivery);
    const chance = this.#rng.float();
    if (chance < 0.06) {
      held.state = 'gone';
      this.#journal.reached.delete(held.delivery.dispatchId);
      this.#report(held, this.#rng.float() < 0.5 ? 'bounced_soft' : 'bounced_hard');
    } else if (chance < 0.11) this.#report(held, 'unsubscribed');
    else if (chance < 0.12) this.#report(held, 'complained');
    else if (chance < 0.6) this.#report(held, REPORTS[this.#rng.intBelow(REPORTS.length)] ?? 'delivered');
  }

  #withdraw(dispatchId: string): void {
    const held = this.#seen.get(dispatchId);
    if (held === undefined || held.state === 'gone') return;
    const inTime = held.state === 'waiting';
    if (inTime) held.state = 'gone';
    this.#answer(held, inTime ? 'withdrawn' : 'too_late');
  }

  /** What was not sent to them is not sent any more; it keeps only ids of dispatches. */
  #forget(node: SimNode, customerId: string): void {
    for (const held of this.#seen.values())
      if (held.delivery.customerId === customerId && held.state === 'waiting') held.state = 'gone';
    this.#journal.note(this.#scheduler.now, `${CHANNELS[this.channel]} forgets ${customerId}`);
    if (this.#rng.float() < 0.8) void this.#sessions.get(node)?.forgot(customerId);
  }

  #answer(held: Held, say: 'accepted' | 'withdrawn' | 'too_late'): void {
    const { dispatchId } = held.delivery;
    this.#client.answer(
      `${say} ${dispatchId}`,
      shardOf(dispatchId),
      this.channel,
      (session) =>
        say === 'accepted' ? session.accepted(dispatchId) : session.withdrawn(dispatchId, say === 'too_late'),
      () => {},
    );
  }

  #report(held: Held, kind: FeedbackKind): void {
    const { delivery } = held;
    const id = `${CHANNELS[this.channel]}-f${this.#count++}`;
    const input = {
      channel: CHANNELS[this.channel] ?? '',
      id,
      dispatchId: this.#rng.float() < 0.5 ? delivery.dispatchId : '',
      tracking: delivery.tracking,
      identifiers: [],
      kind,
      occurredAt: this.#scheduler.now,
      machine: false,
      // Facts keep only a hash of the id; the link lets the checkers find it.
      link: id,
      value: 0,
      scope: '',
      bodyHash: this.#count,
    };
    const chosen = input.dispatchId === '' ? input : { ...input, tracking: '' };
    // A token names the customer, an id the decision.
    const shard =
      input.dispatchId === '' ? this.#client.shardOfId(delivery.customerId) : shardOf(delivery.dispatchId);
    this.#scheduler.after(this.#rng.intBelow(120_000), undefined, () => {
      const send = (): void => this.#client.feedback(delivery.customerId, shard, chosen);
      send();
      if (this.#rng.float() < 0.2) this.#scheduler.after(this.#rng.intBelow(30_000), undefined, send);
    });
  }
}

function shardOf(dispatchId: string): number {
  return parseDispatchId(dispatchId)?.shard ?? 0;
}
