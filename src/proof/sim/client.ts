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
import type { ChannelConnection, DecideOutcome, EraseOutcome, PublishOutcome } from '../../port/customers.ts';
import type { Journal } from './journal.ts';
import type { Person } from './requests.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimNode } from './sim-node.ts';

export interface ClientParts {
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly rng: Rng;
  /** The node that should serve a shard now; any one, or none, when nobody knows. */
  readonly route: (shard: number) => SimNode | undefined;
  /** A session of a channel system with a node, if there is one. */
  readonly session: (node: SimNode, channel: number) => ChannelConnection | undefined;
  readonly shards: number;
  /** Events and decides say how long they are waited for. */
  readonly hasDeadlines: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;
const WAIT_MS_MAX = 4_000;
const HOP_MS_MAX = 4;
export const emptyHeader = { generation: 0, epoch: 0, batch: '', at: 0 };

export type CallOutcome = PublishOutcome | DecideOutcome | EraseOutcome;
/** Submits once; `done` is called with the outcome, unless the node dies first. */
type Attempt = (node: SimNode, done: (outcome: CallOutcome) => void) => void;

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
    this.send(
      `event ${input.id}`,
      hash % this.#parts.shards,
      (node, done) => {
        const ended = this.#asked(`event ${input.id}`, node);
        node.gateway.publish(input, 200, this.#deadlineAt(node), (outcome) => {
          ended();
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
        });
      },
      answered as (outcome: CallOutcome) => void,
    );
  }

  decide(input: DecideInput, answered: (outcome: DecideOutcome) => void = () => {}): void {
    const { journal, scheduler } = this.#parts;
    const { hash } = addresseeIn(input);
    this.send(
      `decide ${input.requestId}`,
      hash % this.#parts.shards,
      (node, done) => {
        const ended = this.#asked(`decide ${input.requestId}`, node);
        node.gateway.decide(input, 200, this.#deadlineAt(node), (outcome) => {
          ended();
          if (outcome.kind === 'decided' && !input.dryRun)
            journal.acks.push({
              kind: 'decide',
              // Where nobody knows the strongest key it is about whoever is known by another one.
              customer: outcome.fact.customer,
              asked: input.identifiers,
              requestId: input.requestId,
              shard: outcome.place.shard,
              sequence: outcome.place.seq,
              index: outcome.place.index,
              bytes: encodeRecord(emptyHeader, [outcome.fact]),
              repeated: outcome.repeated,
              step: scheduler.steps,
            });
          done(outcome);
        });
      },
      answered as (outcome: CallOutcome) => void,
    );
  }

  feedback(customer: string, shard: number, input: FeedbackInput, answered: () => void = () => {}): void {
    const { journal, scheduler } = this.#parts;
    this.send(
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
    this.send(
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
      const ended = this.#asked(`read of ${this.idOf(person)}`, node);
      void node.gateway
        .read({ identifiers: person.identifiers }, (profile) => ({
          customer: profile.id as string,
          seq: profile.seq,
          bytes: encodeProfile(profile),
        }))
        .then((seen) => {
          ended();
          if (seen.kind === 'refused') return;
          const nobody = { customer: this.idOf(person), seq: 0, bytes: new Uint8Array(0) };
          const found = seen.kind === 'read' ? seen.value : nobody;
          journal.reads.push({ node: node.host.name, step, until: scheduler.steps, ...found });
        });
    });
  }

  /** A request has come to a node; the returned function is called when it is answered. */
  #asked(what: string, node: SimNode): () => void {
    const { scheduler, journal } = this.#parts;
    const attempt = { what, node: node.host.name, at: scheduler.now, endedAt: NEVER };
    journal.attempts.push(attempt);
    return () => {
      attempt.endedAt = scheduler.now;
    };
  }

  /** As long as an attempt is waited for, by the node's clock. */
  #deadlineAt({ engine }: SimNode): number {
    return this.#parts.hasDeadlines ? engine.runtime.clock.now() + WAIT_MS_MAX : NEVER;
  }

  /** Sends until there is a final answer; each attempt is given up after a while, though it may still have an effect. */
  send(what: string, shard: number, attempt: Attempt, answered: (outcome: CallOutcome) => void): void {
    const { scheduler, rng, journal, route } = this.#parts;
    this.#open++;
    let finished = false;
    const finish = (node: SimNode, outcome: CallOutcome): void => {
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
      const hear = (outcome: CallOutcome): void => {
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

function textOf(outcome: CallOutcome): string {
  if (outcome.kind === 'refused') return `refused ${outcome.code}`;
  if (outcome.kind !== 'decided') return outcome.kind;
  const { place, fact, repeated } = outcome;
  const chosen = fact.choices.map((choice) => `${choice.kind} ${choice.action}`).join(', ');
  return `${repeated ? 'repeats' : 'decided'} ${place.shard}/${place.seq}/${place.index} ${chosen}`;
}
