/**
 * The callers: they find the owner of a shard (or err), send, wait, and send again with the same id until they are
 * answered for good. What they are promised goes into the journal at the moment the node promises it.
 */
import type { Rng } from '../../base/rng.ts';
import { encodeProfile } from '../../codec/stored/profile-codec.ts';
import { encodeRecord } from '../../codec/stored/record-codec.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import type { EventInput, IdentifierInput } from '../../core/event/event-input.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { addresseeOf, hashOfId, type KeyedAddressee } from '../../core/identity/customer.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import type { ChannelConnection, DecideOutcome, PublishOutcome } from '../../port/customers.ts';
import type { Journal } from './journal.ts';
import type { Person } from './requests.ts';
import type { Scheduler } from './scheduler.ts';
import { GENERATION, type SimNode } from './sim-node.ts';

export interface ClientParts {
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly rng: Rng;
  /** The node that should serve a shard now; any one, or none, when nobody knows. */
  readonly route: (shard: number) => SimNode | undefined;
  /** A session of a channel system with a node, if there is one. */
  readonly session: (node: SimNode, channel: number) => ChannelConnection | undefined;
  readonly shards: number;
}

const NEVER = Number.POSITIVE_INFINITY;
const WAIT_MS_MAX = 4_000;
const HOP_MS_MAX = 4;
export const emptyHeader = { generation: 0, epoch: 0, batch: '', at: 0 };

type Outcome = PublishOutcome | DecideOutcome;
/** Submits once; `done` is called with the outcome, unless the node dies first. */
type Attempt = (node: SimNode, done: (outcome: Outcome) => void) => void;

export class Client {
  readonly #parts: ClientParts;
  #open = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** Requests without a final answer. */
  get open(): number {
    return this.#open;
  }

  shardOf(person: Person): number {
    return addresseeOf('loyalty', person.identifiers[0]?.value ?? '').hash % this.#parts.shards;
  }

  shardOfId(customer: string): number {
    return hashOfId(customer) % this.#parts.shards;
  }

  idOf(person: Person): string {
    return addresseeOf('loyalty', person.identifiers[0]?.value ?? '').id;
  }

  publish(input: EventInput, answered: (outcome: PublishOutcome) => void = () => {}): void {
    const { journal, scheduler } = this.#parts;
    const { id: customer, hash } = addresseeIn(input);
    this.#send(
      `event ${input.id}`,
      hash % this.#parts.shards,
      (node, done) =>
        node.gateway.publish(input, 200, NEVER, (outcome) => {
          if (outcome.kind !== 'refused')
            journal.acks.push({
              kind: 'event',
              customer,
              source: input.source,
              id: input.id,
              orderId: input.order?.orderId ?? '',
              repeated: outcome.kind === 'duplicate',
              step: scheduler.steps,
            });
          done(outcome);
        }),
      answered as (outcome: Outcome) => void,
    );
  }

  decide(input: DecideInput, answered: (outcome: DecideOutcome) => void = () => {}): void {
    const { journal, scheduler } = this.#parts;
    const { hash } = addresseeIn(input);
    this.#send(
      `decide ${input.requestId}`,
      hash % this.#parts.shards,
      (node, done) =>
        node.gateway.decide(input, 200, NEVER, (outcome) => {
          if (outcome.kind === 'decided' && !input.dryRun)
            journal.acks.push({
              kind: 'decide',
              // Where nobody knows the strongest key it is about whoever is known by another one.
              customer: outcome.fact.customer,
              requestId: input.requestId,
              shard: outcome.place.shard,
              sequence: outcome.place.seq,
              index: outcome.place.index,
              bytes: encodeRecord(emptyHeader, [outcome.fact]),
              repeated: outcome.repeated,
              step: scheduler.steps,
            });
          done(outcome);
        }),
      answered as (outcome: Outcome) => void,
    );
  }

  feedback(customer: string, shard: number, input: FeedbackInput, answered: () => void = () => {}): void {
    const { journal, scheduler } = this.#parts;
    this.#send(
      `feedback ${input.id}`,
      shard,
      (node, done) =>
        node.gateway.feedback(input, (outcome) => {
          if (outcome.kind !== 'refused')
            journal.acks.push({ kind: 'feedback', customer, link: input.link, step: scheduler.steps });
          done(outcome);
        }),
      answered,
    );
  }

  /** A channel system's answer to a dispatch. */
  answer(
    what: string,
    shard: number,
    channel: number,
    say: (session: ChannelConnection) => Promise<PublishOutcome>,
    answered: () => void,
  ): void {
    this.#send(
      what,
      shard,
      (node, done) => {
        const session = this.#parts.session(node, channel);
        if (session !== undefined) void say(session).then(done);
      },
      answered,
    );
  }

  /** Reads a profile once, without retries; it is compared with the log later. `node`: by default the shard's owner. */
  read(person: Person, node = this.#parts.route(this.shardOf(person))): void {
    const { scheduler, journal, rng } = this.#parts;
    if (node === undefined) return;
    scheduler.after(rng.intBelow(HOP_MS_MAX), node.host, () => {
      const step = scheduler.steps;
      void node.gateway
        .read({ identifiers: person.identifiers }, (profile) => ({
          customer: profile.id as string,
          seq: profile.seq,
          bytes: encodeProfile(profile),
        }))
        .then((seen) => {
          if (seen.kind === 'refused') return;
          const nobody = { customer: this.idOf(person), seq: 0, bytes: new Uint8Array(0) };
          const found = seen.kind === 'read' ? seen.value : nobody;
          journal.reads.push({
            node: node.host.name,
            step,
            ...found,
          });
        });
    });
  }

  /** Says once that the person's first key and another one are one person's. */
  link(person: Person, other: IdentifierInput): void {
    const { scheduler, journal, rng } = this.#parts;
    const node = this.#parts.route(this.shardOf(person));
    const [own] = person.identifiers;
    if (node === undefined || own === undefined) return;
    scheduler.after(rng.intBelow(HOP_MS_MAX), node.host, () => {
      void node.gateway
        .link({ identifiers: [own, other], by: 'desk', reason: '' })
        .then((outcome) => journal.note(scheduler.now, `link at ${node.host.name}: ${outcome.kind}`));
    });
  }

  /** Undoes once one of the links that the person has. */
  unlink(person: Person): void {
    const { scheduler, rng } = this.#parts;
    const node = this.#parts.route(this.shardOf(person));
    if (node === undefined) return;
    scheduler.after(rng.intBelow(HOP_MS_MAX), node.host, () => void this.#unlinkAt(node, person));
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

  /** Sends until there is a final answer; each attempt is given up after a while, though it may still have an effect. */
  #send(what: string, shard: number, attempt: Attempt, answered: (outcome: Outcome) => void): void {
    const { scheduler, rng, journal, route } = this.#parts;
    this.#open++;
    let finished = false;
    const finish = (node: SimNode, outcome: Outcome): void => {
      finished = true;
      this.#open--;
      journal.note(scheduler.now, `${what} at ${node.host.name}: ${textOf(outcome)}`);
      answered(outcome);
    };
    const once = (wait: number): void => {
      if (finished) return;
      let over = false;
      const again = (): void => {
        if (over || finished) return;
        over = true;
        giveUp();
        scheduler.after(wait, undefined, () => once(Math.min(wait * 2, WAIT_MS_MAX)));
      };
      const giveUp = scheduler.after(WAIT_MS_MAX, undefined, again);
      const node = route(shard);
      if (node === undefined) return;
      const hear = (outcome: Outcome): void => {
        if (finished) return;
        if (outcome.kind === 'refused' && !FINAL.has(outcome.code)) return again();
        giveUp();
        finish(node, outcome);
      };
      scheduler.after(rng.intBelow(HOP_MS_MAX), node.host, () =>
        attempt(node, (outcome) => {
          // Half of the answers are lost when their node dies on the way back.
          scheduler.after(rng.intBelow(HOP_MS_MAX), rng.float() < 0.5 ? node.host : undefined, () =>
            hear(outcome),
          );
        }),
      );
    };
    once(50 + rng.intBelow(200));
  }
}

/** Whom a request is sent to: its first key is its strongest. */
function addresseeIn({ identifiers }: { readonly identifiers: readonly IdentifierInput[] }): KeyedAddressee {
  const [first = { kind: '', value: '' }] = identifiers;
  return addresseeOf(first.kind, first.value);
}

const FINAL: ReadonlySet<string> = new Set(['invalid', 'already_exists', 'out_of_range', 'not_found']);

function textOf(outcome: Outcome): string {
  if (outcome.kind === 'refused') return `refused ${outcome.code}`;
  if (outcome.kind !== 'decided') return outcome.kind;
  const { place, fact, repeated } = outcome;
  const chosen = fact.choices.map((choice) => `${choice.kind} ${choice.action}`).join(', ');
  return `${repeated ? 'repeats' : 'decided'} ${place.shard}/${place.seq}/${place.index} ${chosen}`;
}
