/**
 * What is done at a desk: link, undo a link, forget somebody, list an audience. Links are said once, whatever comes of them; to forget
 * somebody is asked until there is a receipt.
 */
import type { Rng } from '../../base/rng.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import { addresseeOf, hashOfId } from '../../core/identity/customer.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import type { AudiencePlace } from '../../port/customers.ts';
import type { Client } from './client.ts';
import type { Journal } from './journal.ts';
import type { Person } from './requests.ts';
import type { Scheduler } from './scheduler.ts';
import { AD_AUDIENCE } from './shop-rules.ts';
import { GENERATION, type SimNode } from './sim-node.ts';

export interface DeskParts {
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly rng: Rng;
  readonly client: Client;
  readonly route: (shard: number) => SimNode | undefined;
  readonly shards: number;
}

const HOP_MS_MAX = 4;
/** Fewer than there are customers, so that a walk goes over several pages. */
const PAGE = 2;
const PAGES_MAX = 40;
const FIRST: AudiencePlace = { shard: 0, after: '' };

export class Desk {
  readonly #parts: DeskParts;
  #erasures = 0;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Says once that the person's first key and another one are one person's. */
  link(person: Person, other: IdentifierInput): void {
    const { scheduler, journal } = this.#parts;
    const [own] = person.identifiers;
    if (own === undefined) return;
    this.#at(this.#parts.client.shardOf(person), (node) => {
      void node.gateway
        .link({ identifiers: [own, other], by: 'desk', reason: '' })
        .then((outcome) => journal.note(scheduler.now, `link at ${node.host.name}: ${outcome.kind}`));
    });
  }

  /** Undoes once one of the links that the person has. */
  unlink(person: Person): void {
    this.#at(this.#parts.client.shardOf(person), (node) => void this.#unlinkAt(node, person));
  }

  async #unlinkAt(node: SimNode, person: Person): Promise<void> {
    const { scheduler, journal, rng, shards } = this.#parts;
    const seen = await node.gateway.read({ identifiers: person.identifiers }, ({ id, links }) => ({
      ...{ shard: hashOfId(id) % shards, links: links.filter(({ isUndone }) => !isUndone) },
    }));
    if (seen.kind !== 'read' || seen.value.links.length === 0) return;
    const { shard, links } = seen.value;
    const { seq, index } = links[rng.intBelow(links.length)] as (typeof links)[number];
    const home = placeOfSeq(shard, seq);
    const link = { generation: GENERATION, shard: home.shard, seq: home.seq, index };
    const outcome = await node.gateway.unlink({ link, by: 'desk', reason: '' });
    journal.note(scheduler.now, `unlink at ${node.host.name}: ${outcome.kind}`);
  }

  /** Forgets whoever a key leads to; asks until there is a receipt. */
  erase(key: IdentifierInput): void {
    const { client, journal, scheduler, shards } = this.#parts;
    const { id: customer, hash } = addresseeOf(key.kind, key.value);
    const from = scheduler.steps;
    client.send(
      `erasure ${++this.#erasures} of ${key.value}`,
      hash % shards,
      (node, done) =>
        void node.gateway.erase({ identifiers: [key] }, `case-${this.#erasures}`).then((outcome) => {
          if (outcome.kind === 'erased')
            journal.forgotten.push({ customer, receipt: outcome.receipt, from, step: scheduler.steps });
          done(outcome);
        }),
      () => {},
    );
  }

  /** Walks once through everybody in the audience, at one node, which may not serve all of it. */
  list(): void {
    this.#at(0, (node) => void this.#walk(node));
  }

  async #walk(node: SimNode): Promise<void> {
    const { scheduler, journal, rng } = this.#parts;
    const from = scheduler.steps;
    const found: string[] = [];
    let next: AudiencePlace | undefined = FIRST;
    for (let pages = 0; next !== undefined; pages++) {
      if (pages === PAGES_MAX) return;
      const page = await node.gateway.audience(AD_AUDIENCE, next, PAGE);
      if (page.kind === 'refused')
        return journal.note(scheduler.now, `list at ${node.host.name}: ${page.message}`);
      found.push(...page.members.map(({ customerId }) => customerId));
      next = page.next;
      // The audience changes between two pages.
      await new Promise<void>((resolve) => scheduler.after(rng.intBelow(2_000), node.host, resolve));
    }
    journal.note(scheduler.now, `list at ${node.host.name}: ${found.join(' ')}`);
    journal.walks.push({ from, step: scheduler.steps, members: found });
  }

  #at(shard: number, run: (node: SimNode) => void): void {
    const { scheduler, rng, route } = this.#parts;
    const node = route(shard);
    if (node !== undefined) scheduler.after(rng.intBelow(HOP_MS_MAX), node.host, () => run(node));
  }
}
