/** The moments of a life as calls of a service: events, decisions, and what a desk says. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EventInput } from '../../core/event/event-input.ts';
import type { EventWarning } from '../../core/event/event-warning.ts';
import { hashOfId } from '../../core/identity/customer.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import type { Refusal } from '../../port/customers.ts';
import type { CustomerGateway } from '../../runtime/customer-gateway.ts';
import type { LifeKey, Moment, OwnDeed } from './lives.ts';
import type { Ended } from './plain-people.ts';

const NEVER = Number.POSITIVE_INFINITY;
const PENDING_MS = 20;
const TRIES_MAX = 500;

class Refused extends Error {
  readonly code: Refusal['code'];

  constructor({ message, code }: Refusal) {
    super(message);
    this.code = code;
  }
}

export class LifeCalls {
  readonly #gateway: CustomerGateway;
  readonly #shards: number;
  /** Before the values of all keys and the ids of all requests. */
  readonly #prefix: string;
  readonly #now: number;
  /** Of each message that went out, by the moment that sent it. */
  readonly #tokens = new Map<string, string>();

  constructor(gateway: CustomerGateway, { prefix, now }: { readonly prefix: string; readonly now: number }) {
    this.#gateway = gateway;
    this.#shards = gateway.status().length;
    this.#prefix = prefix;
    this.#now = now;
  }

  named(keys: readonly LifeKey[]): { readonly kind: string; readonly value: string }[] {
    return keys.map(({ kind, value }) => ({ kind, value: `${this.#prefix}-${value}` }));
  }

  /** A name without the prefix. */
  bare(text: string): string {
    return text.replace(`${this.#prefix}-`, '');
  }

  /** `linkOf`: the key by which the other one of the link that is undone had begun; undefined: there is none. */
  async send(moment: Moment, linkOf: string | undefined): Promise<Ended> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#sendOnce(moment, linkOf);
      } catch (fault) {
        // On a busy machine somebody who is asked answers too late; a client would ask again.
        if (!(fault instanceof Refused) || fault.code !== 'unavailable' || tries >= TRIES_MAX) throw fault;
        await pause(PENDING_MS);
      }
    }
  }

  async #sendOnce({ id, keys, deed, ago }: Moment, linkOf: string | undefined): Promise<Ended> {
    const identifiers = this.named(keys);
    switch (deed.kind) {
      case 'decide':
        return this.#decide(id, identifiers);
      case 'link': {
        const outcome = await this.#gateway.link({ identifiers, by: 'desk', reason: '' });
        if (outcome.kind === 'linked') return this.#atRest(identifiers, outcome.warnings);
        if (outcome.code !== 'precondition') throw new Refused(outcome);
        return { isRefused: true };
      }
      case 'unlink':
        return linkOf === undefined ? {} : { isRefused: !(await this.#unlink(keys, linkOf)) };
      case 'erase': {
        const outcome = await this.#gateway.erase({ identifiers }, '');
        if (outcome.kind !== 'erased') throw new Refused(outcome);
        return {};
      }
      case 'land':
        return this.#publish(
          {
            ...{ ...blankEvent, id: `${this.#prefix}-${id}`, identifiers, occurredAt: this.#now - ago },
            properties: { attune_token: this.#tokens.get(deed.mail) ?? '' },
          },
          { kind: 'view', product: deed.product },
        );
      default:
        return this.#publish(
          { ...blankEvent, id: `${this.#prefix}-${id}`, identifiers, occurredAt: this.#now - ago },
          deed,
        );
    }
  }

  /** Whether the link could be undone. */
  async #unlink(keys: readonly LifeKey[], linkOf: string): Promise<boolean> {
    const seen = await this.#gateway.read({ identifiers: this.named(keys) }, ({ id, links }) => ({
      shard: hashOfId(id) % this.#shards,
      link: links.find(({ key, isUndone }) => !isUndone && this.bare(key) === linkOf),
    }));
    if (seen.kind !== 'read' || seen.value.link === undefined) return false;
    const { shard, link } = seen.value;
    const { index } = link;
    const home = placeOfSeq(shard, link.seq);
    const generation = this.#gateway.status()[home.shard]?.generation ?? 0;
    const outcome = await this.#gateway.unlink({
      link: { generation, shard: home.shard, seq: home.seq, index },
      ...{ by: 'desk', reason: '' },
    });
    if (outcome.kind === 'refused' && outcome.code !== 'not_found') throw new Refused(outcome);
    return outcome.kind === 'unlinked';
  }

  #decide(id: string, identifiers: EventInput['identifiers']): Promise<Ended> {
    const requestId = `${this.#prefix}-${id}`;
    return new Promise((resolve, reject) =>
      this.#gateway.decide(
        {
          ...{ requestId, identifiers, events: [], placements: [], dispatch: true, timeZone: '', locale: '' },
          ...{ device: '', page: '', channel: '', alternativesMax: 0, dryRun: false, bodyHash: 1 },
        },
        ...[200, NEVER],
        (outcome) => {
          if (outcome.kind === 'refused') return reject(new Refused(outcome));
          const [choice] = outcome.fact.choices;
          if (choice?.kind !== 'treatment') return resolve({});
          this.#tokens.set(id, outcome.tracking?.[0] ?? '');
          resolve({ message: { id, isApart: choice.apart === true } });
        },
      ),
    );
  }

  #publish(event: EventInput, deed: Exclude<OwnDeed, { kind: 'decide' }>): Promise<Ended> {
    const input = { ...event, bodyHash: event.occurredAt, ...doing(this.#prefix, deed) };
    return new Promise((resolve, reject) =>
      this.#gateway.publish(input, 200, NEVER, (outcome) =>
        outcome.kind === 'refused'
          ? reject(new Refused(outcome))
          : resolve(this.#atRest(input.identifiers, outcome.warnings)),
      ),
    );
  }

  /** Resolves when all keys have come to their customer: on a busy machine that is after the answer. */
  async #atRest(
    identifiers: EventInput['identifiers'],
    warnings: readonly EventWarning[] | undefined,
  ): Promise<Ended> {
    if (warnings?.some(({ rule }) => rule === 'identity.link_pending') !== true) return {};
    for (;;) {
      const seen = await this.#gateway.read({ identifiers }, ({ claims }) => claims.length);
      if (seen.kind === 'refused') throw new Error(seen.message);
      if (seen.kind === 'unknown' || seen.value === 0) return {};
      await pause(PENDING_MS);
    }
  }
}

const blankEvent: EventInput = {
  ...{ id: '', source: 'proof', identifiers: [], name: '', occurredAt: 0, channel: 'web', sessionId: '' },
  ...{ products: [], order: undefined, currency: '', properties: undefined, context: undefined },
  ...{ historical: false, bodyHash: 0 },
};

function doing(
  prefix: string,
  deed: Exclude<OwnDeed, { kind: 'decide' }>,
): Partial<EventInput> & { name: string } {
  switch (deed.kind) {
    case 'view':
      return { name: 'Product Viewed', products: [line(deed.product, 20)] };
    case 'order': {
      const { revenue } = deed;
      const money = { total: revenue, revenue, shipping: 0, tax: 0, discount: 0, coupon: '', refundId: '' };
      return {
        name: 'Order Completed',
        products: [line('bought', revenue)],
        order: { orderId: `${prefix}-${deed.orderId}`, ...money },
      };
    }
    case 'consent': {
      const { channel, isGranted } = deed;
      return { name: 'Consent Updated', properties: { channel, purpose: 'marketing', granted: isGranted } };
    }
    case 'sign-in':
      return { name: 'Signed In' };
  }
}

function line(productId: string, price: number): EventInput['products'][number] {
  return {
    ...{ productId, sku: '', variant: '', size: '', category: 'goods', brand: '' },
    ...{ price, quantity: 1, coupon: '' },
  };
}
