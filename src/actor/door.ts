/** The door to the actors of this process: resolves who is meant, queues, answers. */
import type { CustomerId, IdentifierKey } from '../base/brand.ts';
import { LIMITS, PACES } from '../config/limits.ts';
import type { DecideInput } from '../core/decide/decide-input.ts';
import { type DecisionPlace, parseDispatchId, parseTracking } from '../core/decide/decision-id.ts';
import type { EventInput, IdentifierInput } from '../core/event/event-input.ts';
import { eventMeaning } from '../core/event/event-name.ts';
import type { FeedbackInput } from '../core/event/feedback-input.ts';
import type { ChoiceRef, DecisionFact, DeliveryState } from '../core/fact/fact.ts';
import { type Addressee, addresseeOf, hashOfId, strongest } from '../core/identity/customer.ts';
import type { Profile } from '../core/profile/profile.ts';
import type {
  Changed,
  ChannelSession,
  ChannelSink,
  Committed,
  CustomerSelector,
  Customers,
  DecideOutcome,
  History,
  PublishOutcome,
  Refusal,
  ShardStatus,
} from '../port/customers.ts';
import type { Engine } from './engine.ts';
import { readHistory } from './history.ts';
import { type AnswerRequest, invalid, refusal, type ShedClass } from './request.ts';
import type { Shard } from './shard.ts';

const NEVER = Number.POSITIVE_INFINITY;
const DEFAULT_KINDS = ['crm', 'loyalty', 'email_sha256', 'phone_sha256', 'anonymous'];
const idPattern = /^[A-Za-z0-9_-]{22}$/;

export class Door implements Customers {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  publish(
    input: EventInput,
    bytes: number,
    deadlineAt: number,
    done: (outcome: PublishOutcome) => void,
  ): void {
    const to = this.#addressee(input.identifiers);
    if ('code' in to) return done(to);
    this.#engine
      .shardOf(to.hash)
      .submit({ kind: 'event', to, shed: shedOf(input.name), bytes, deadlineAt, input, done });
  }

  decide(
    input: DecideInput,
    bytes: number,
    deadlineAt: number,
    done: (outcome: DecideOutcome) => void,
  ): void {
    const to = this.#addressee(input.identifiers);
    if ('code' in to) return done(to);
    const vital = input.events.some((event) => shedOf(event.name) === 'vital');
    const shed = input.dryRun ? 'dryRun' : vital ? 'vital' : 'placement';
    this.#engine.shardOf(to.hash).submit({ kind: 'decide', to, shed, bytes, deadlineAt, input, done });
  }

  feedback(input: FeedbackInput, done: (outcome: PublishOutcome) => void): void {
    const named = this.#dispatch(input);
    if ('code' in named) return done(named);
    if (named.customer !== '') return this.#submitFeedback(input, named.customer, named, done);
    // A dispatch id alone names the decision; the decision names the customer.
    this.decision(named).then(
      (fact) => {
        if (fact === undefined)
          done(refusal('not_found', `dispatch_id "${input.dispatchId}" is unknown or expired`));
        else this.#submitFeedback(input, fact.customer, named, done);
      },
      () => done(refusal('unavailable', 'the log does not answer; retry', PACES.retryDelayMs)),
    );
  }

  #submitFeedback(
    input: FeedbackInput,
    customer: string,
    ref: ChoiceRef,
    done: (outcome: PublishOutcome) => void,
  ): void {
    const to = byId(customer);
    const vital = input.kind === 'unsubscribed' || input.kind === 'complained';
    this.#engine.shardOf(to.hash).submit({
      kind: 'feedback',
      to,
      shed: vital ? 'vital' : 'feedback',
      bytes: 256,
      deadlineAt: NEVER,
      input,
      ref: { seq: ref.seq, index: ref.index, choice: ref.choice },
      done,
    });
  }

  read<T>(selector: CustomerSelector, view: (profile: Profile) => T): Promise<T | undefined | Refusal> {
    const to = this.#selected(selector);
    if ('code' in to) return Promise.resolve(to);
    return new Promise((resolve, reject) => {
      let seen: T | undefined;
      this.#engine.shardOf(to.hash).submit({
        kind: 'read',
        to,
        shed: 'dryRun',
        bytes: 0,
        deadlineAt: NEVER,
        view: (profile) => {
          if (profile !== undefined) seen = view(profile);
        },
        done: (outcome) => (outcome.kind === 'refused' ? resolve(outcome) : resolve(seen)),
      });
      void reject;
    });
  }

  watch(selector: CustomerSelector, changed: Changed): (() => void) | Refusal {
    const to = this.#selected(selector);
    if ('code' in to) return to;
    return (
      this.#engine.runtime.watchers.watch(to.id, changed) ??
      refusal('exhausted', `there are ${LIMITS.watchersMax} watchers already`, PACES.retryDelayMs)
    );
  }

  async decision(place: DecisionPlace): Promise<DecisionFact | undefined> {
    const shard = this.#engine.shards[place.shard];
    if (shard === undefined || place.generation !== this.#engine.runtime.generation) return undefined;
    return shard.readDecision(place.seq, place.index);
  }

  async history(
    selector: CustomerSelector,
    from: number,
    to: number,
    limit: number,
  ): Promise<History | Refusal> {
    const who = this.#selected(selector);
    if ('code' in who) return who;
    return readHistory(this.#engine.shardOf(who.hash), who.id, from, to, limit);
  }

  tail(each: (committed: Committed) => void): () => void {
    return this.#engine.runtime.watchers.tail(each);
  }

  connect(channel: number, credits: number, sink: ChannelSink): ChannelSession | Refusal {
    const { hub } = this.#engine.runtime;
    if (hub.sessions >= LIMITS.channelStreamsMax) {
      return refusal(
        'exhausted',
        `there are ${LIMITS.channelStreamsMax} channel systems connected already`,
        PACES.retryDelayMs,
      );
    }
    const session = hub.connect(channel, Math.min(credits, LIMITS.creditsMax), sink);
    return {
      credit: (count) => hub.credit(session, count, LIMITS.creditsMax),
      accepted: (dispatchId) => this.#answer(dispatchId, 'accepted', false, 0),
      rejected: (dispatchId, retryable, retryAfterMs) =>
        this.#answer(dispatchId, 'rejected', retryable, retryAfterMs),
      withdrawn: (dispatchId, tooLate) =>
        this.#answer(dispatchId, tooLate ? 'too_late' : 'withdrawn', false, 0),
      feedback: (input) => new Promise((resolve) => this.feedback(input, resolve)),
      close: () => hub.disconnect(session),
    };
  }

  status(): ShardStatus[] {
    return this.#engine.shards.map((shard) => shard.status);
  }

  async #answer(
    dispatchId: string,
    state: DeliveryState,
    retryable: boolean,
    retryAfterMs: number,
  ): Promise<PublishOutcome> {
    const place = parseDispatchId(dispatchId);
    const shard = place === undefined ? undefined : this.#engine.shards[place.shard];
    if (place === undefined || shard === undefined) {
      return invalid(
        'dispatch_id',
        'dispatch_id',
        dispatchId,
        `dispatch_id "${dispatchId}" is not one of ours`,
      );
    }
    const ref = { seq: place.seq, index: place.index, choice: place.choice };
    const customer = shard.outbox.get(ref)?.customer ?? (await this.#customerOf(shard, ref));
    if (customer === 'unavailable')
      return refusal('unavailable', 'the log does not answer; retry', PACES.retryDelayMs);
    if (customer === undefined)
      return refusal('not_found', `dispatch_id "${dispatchId}" is unknown or expired`);
    return new Promise((resolve) => {
      const request: AnswerRequest = {
        kind: 'answer',
        to: byId(customer),
        shed: 'vital',
        bytes: 64,
        deadlineAt: NEVER,
        ref,
        state,
        retryable,
        retryAfterMs,
        done: resolve,
      };
      shard.submit(request);
    });
  }

  /** Whose decision it was, from the log; a log that fails refuses, and rejects nothing. */
  async #customerOf(shard: Shard, ref: ChoiceRef): Promise<string | undefined> {
    try {
      return (await shard.readDecision(ref.seq, ref.index))?.customer;
    } catch (fault) {
      this.#engine.runtime.observer.fault(`shard ${shard.id}: a dispatch could not be looked up`, fault);
      return 'unavailable';
    }
  }

  #dispatch(input: FeedbackInput): (DecisionPlace & ChoiceRef & { readonly customer: string }) | Refusal {
    if (input.tracking !== '') {
      const parsed = parseTracking(input.tracking);
      if (parsed !== undefined && idPattern.test(parsed.customer))
        return { ...parsed.dispatch, customer: parsed.customer };
      return invalid('tracking', 'tracking', input.tracking, 'tracking is not a token of ours');
    }
    const parsed = parseDispatchId(input.dispatchId);
    if (parsed !== undefined) return { ...parsed, customer: '' };
    return invalid(
      'dispatch_id',
      'dispatch_id',
      input.dispatchId,
      `dispatch_id "${input.dispatchId}" is not one of ours`,
    );
  }

  #addressee(identifiers: readonly IdentifierInput[]): Addressee | Refusal {
    const kinds = this.#engine.runtime.policy?.identifierKinds ?? DEFAULT_KINDS;
    if (identifiers.length === 0)
      return invalid('identifiers', 'min_items', '0', 'identifiers must name the customer at least once');
    const found = strongest(identifiers, kinds);
    const given = identifiers[found.at] as IdentifierInput;
    if (found.kind === 'found') return addresseeOf(given.kind, given.value);
    return invalid(
      `identifiers[${found.at}].kind`,
      'declared',
      given.kind,
      `identifiers[${found.at}].kind is "${given.kind}", which the policy does not declare (${kinds.join(', ')})`,
    );
  }

  #selected(selector: CustomerSelector): Addressee | Refusal {
    if ('identifiers' in selector) return this.#addressee(selector.identifiers);
    if (!idPattern.test(selector.customerId))
      return invalid('customer_id', 'customer_id', selector.customerId, 'customer_id is not one of ours');
    return byId(selector.customerId);
  }
}

function byId(id: string): Addressee {
  return { id: id as CustomerId, key: '' as IdentifierKey, hash: hashOfId(id) };
}

/** Purchases, returns and consent are shed last, views before feedback. */
function shedOf(name: string): ShedClass {
  const { kind } = eventMeaning(name);
  return kind === 'order' || kind === 'refund' || kind === 'cancel' || kind === 'consent' ? 'vital' : 'view';
}
