/**
 * What a turn wants told and sent once its record is durable. Owned by the turn.
 *
 * I1  Nothing here has an effect before `commit`, `replyOnly` or `abandon`; each turn ends with exactly one of them.
 * I2  A reserved credit of a channel is used by its push or given back.
 */
import { added } from '../../base/added.ts';
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { INTERVALS } from '../../config/limits.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import { joinWarnings } from '../../core/event/event-warning.ts';
import type { ChoiceRef, DecisionFact } from '../../core/fact/fact.ts';
import type { Accepted, Duplicate, Linked, Refusal, Unlinked } from '../../port/customers.ts';
import type { Peers } from '../../port/peers.ts';
import type { AuthorisedPush, Dispatcher } from '../delivery/dispatcher.ts';
import type { Claims } from '../identity/claims.ts';
import type { Partings } from '../identity/partings.ts';
import type { Runtime } from '../runtime.ts';
import type { Actor } from '../shard/actor.ts';
import { type Request, type RequestOutcome, refusal, refuse } from './request.ts';

const MOVED_ON = refusal(
  'unavailable',
  'this customer is served by another node; retry with the same id',
  INTERVALS.retryDelayMs,
);
const CROWDED = refusal(
  'exhausted',
  'too many requests wait for this customer to be united with another one; retry with the same id',
  INTERVALS.retryDelayMs,
);

/** What the effects ask of the shard. */
export interface EffectsHost {
  /** The last record that is known to be in the log. */
  readonly sequence: number;
  readonly dispatcher: Dispatcher;
  readonly claims: Claims;
  readonly partings: Partings;
  readonly peer: Peers;
  decisionRef(seq: number, index: number): DecisionPlace;
}

interface Reply {
  readonly request: Request;
  readonly outcome: RequestOutcome;
}

export class CommitEffects {
  readonly #host: EffectsHost;
  readonly #runtime: Pick<Runtime, 'watchers' | 'observer'>;
  #replies: Reply[] = [];
  #pushes: AuthorisedPush[] = [];
  #withdrawals: { readonly channel: number; readonly ref: ChoiceRef; readonly reason: number }[] = [];
  /** Replies that wait for the claims of a customer. */
  #linked: (Reply & { readonly customer: string; readonly outcome: Accepted | Duplicate | Linked })[] = [];
  /** Replies that wait until those who were parted from a customer have heard it. */
  #parted: (Reply & { readonly customer: string })[] = [];
  #held: { readonly request: Request; readonly customer: string }[] = [];
  #redirects: {
    readonly key: IdentifierKey;
    readonly leadsTo: IdentifierKey;
    readonly from: CustomerId;
  }[] = [];
  #counts: { readonly metric: string; readonly label: string }[] = [];
  #decisionCount = 0;
  /** Of them those that somebody follows. */
  #decisions: { readonly fact: DecisionFact; readonly index: number }[] = [];

  constructor(host: EffectsHost, runtime: Pick<Runtime, 'watchers' | 'observer'>) {
    this.#host = host;
    this.#runtime = runtime;
  }

  reply(request: Request, outcome: RequestOutcome): void {
    this.#replies = added(this.#replies, { request, outcome });
  }

  replyWhenLinked(request: Request, outcome: Accepted | Duplicate | Linked, customer: string): void {
    this.#linked.push({ request, outcome, customer });
  }

  replyWhenParted(request: Request, outcome: Unlinked, customer: string): void {
    this.#parted.push({ request, outcome, customer });
  }

  waitForLinks(request: Request, customer: string): void {
    this.#held.push({ request, customer });
  }

  redirect(key: IdentifierKey, leadsTo: IdentifierKey, from: CustomerId): void {
    this.#redirects.push({ key, leadsTo, from });
  }

  /** One more of a metric. */
  count(metric: string, label: string): void {
    this.#counts.push({ metric, label });
  }

  push(push: AuthorisedPush): void {
    this.#pushes.push(push);
  }

  withdraw(channel: number, ref: ChoiceRef, reason: number): void {
    this.#withdrawals.push({ channel, ref, reason });
  }

  decided(fact: DecisionFact, index: number): void {
    this.#decisionCount++;
    if (this.#runtime.watchers.tailing) this.#decisions = added(this.#decisions, { fact, index });
  }

  /** The record is durable, but the shard is not ours any more: the replies are true, the pushes are the new owner's. */
  replyOnly(): void {
    this.#replyAll();
    for (const reply of [...this.#linked, ...this.#parted]) this.#replyTo(reply);
    for (const { request } of this.#held) refuse(request, MOVED_ON);
    this.#releaseCredits();
    this.#clear();
  }

  /** The record is durable (or there was none): tell everybody, push, withdraw. `at`: when the turn began. */
  commit(changed: readonly Actor[], at: number): void {
    const { watchers, observer } = this.#runtime;
    const { sequence, dispatcher } = this.#host;
    this.#replyAll();
    this.#followClaims(changed);
    for (const actor of changed) watchers.changed(actor.profile, actor.causes);
    for (const { fact, index } of this.#decisions) {
      watchers.committed({ place: this.#host.decisionRef(sequence, index), fact });
    }
    const pushes = this.#pushes;
    this.#pushes = [];
    dispatcher.pushAll(pushes, at);
    for (const { channel, ref, reason } of this.#withdrawals) dispatcher.withdraw(channel, ref, reason);
    for (const { metric, label } of this.#counts) observer.count(metric, 1, label);
    if (this.#decisionCount > 0) observer.count('attune_decisions_total', this.#decisionCount);
    this.#clear();
  }

  /** The record is not in the log: everybody hears so. `undecided`: requests whose decision was not made yet. */
  abandon(why: Refusal, undecided: readonly Request[]): void {
    const told = new Set<Request>();
    for (const { request } of this.#replies) {
      told.add(request);
      this.#replyTo({ request, outcome: why });
    }
    for (const request of undecided) if (!told.has(request)) this.#replyTo({ request, outcome: why });
    for (const { request } of [...this.#linked, ...this.#parted]) this.#replyTo({ request, outcome: why });
    for (const { request } of this.#held) this.#replyTo({ request, outcome: why });
    this.#releaseCredits();
    this.#clear();
  }

  /** Who waits is entered first: a claim may be over by this very record. */
  #followClaims(changed: readonly Actor[]): void {
    const { claims, partings, peer } = this.#host;
    for (const reply of this.#parted) partings.wait(reply.customer, () => this.#replyTo(reply));
    for (const { request, outcome, customer } of this.#linked)
      claims.wait(customer, (told) => {
        const warnings = joinWarnings(outcome.warnings, told);
        this.#replyTo({ request, outcome: warnings.length === 0 ? outcome : { ...outcome, warnings } });
      });
    for (const { request, customer } of this.#held)
      if (!claims.hold(customer, request)) this.#replyTo({ request, outcome: CROWDED });
    for (const { profile } of changed) {
      claims.changed(profile);
      partings.changed(profile);
    }
    for (const { key, leadsTo, from } of this.#redirects) peer.redirect(key, leadsTo, from);
  }

  /** Once only, also when what follows throws. */
  #replyAll(): void {
    const replies = this.#replies;
    this.#replies = [];
    for (let i = 0; i < replies.length; i++) this.#replyTo(replies[i] as Reply);
  }

  #replyTo({ request, outcome }: Reply): void {
    try {
      (request.done as (outcome: RequestOutcome) => void)(outcome);
    } catch (fault) {
      this.#runtime.observer.fault('a reply could not be given', fault);
    }
  }

  /** I2. */
  #releaseCredits(): void {
    for (const push of this.#pushes) this.#host.dispatcher.release(push);
  }

  #clear(): void {
    if (this.#replies.length > 0) this.#replies = [];
    if (this.#pushes.length > 0) this.#pushes = [];
    if (this.#withdrawals.length > 0) this.#withdrawals = [];
    if (this.#linked.length > 0) this.#linked = [];
    if (this.#parted.length > 0) this.#parted = [];
    if (this.#held.length > 0) this.#held = [];
    if (this.#redirects.length > 0) this.#redirects = [];
    if (this.#counts.length > 0) this.#counts = [];
    this.#decisionCount = 0;
    if (this.#decisions.length > 0) this.#decisions = [];
  }
}
