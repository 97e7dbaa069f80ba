/**
 * One shard's turn: requests in, facts computed and folded, one record out, replies held until it is durable.
 * Owned by its shard, reused from turn to turn; the engine drives it: `begin` → (scorer) → `finish` → append →
 * `commit` or `abandon`.
 *
 * I1  Nobody hears of a fact before it is durable: outcomes are only set here, told in `commit`.
 * I2  Per customer, order of arrival: behind a decision in the making everything of hers waits for the next turn.
 * I3  What a fold cannot take is not in the record: the fact is rewound, its request fails, the customer is rebuilt.
 * I4  Reads see committed state: a customer changed in this turn is read in the next one.
 */
import type { IdentifierKey } from '../base/brand.ts';
import { murmur3 } from '../base/hash.ts';
import type { DecideAsk, DecideEnv } from '../core/decide/decide-env.ts';
import type { DecisionDraft } from '../core/decide/decision-draft.ts';
import { finish } from '../core/decide/finish.ts';
import { propose } from '../core/decide/propose.ts';
import { deriveEvent, type EventSetting, hash48 } from '../core/event/derive-event.ts';
import { deriveFeedback } from '../core/event/derive-feedback.ts';
import { eventConsequences, feedbackConsequences } from '../core/event/consequences.ts';
import type { EventInput } from '../core/event/event-input.ts';
import type { CustomerFact, DecisionFact } from '../core/fact/fact.ts';
import { mature } from '../core/outcome/mature.ts';
import { BOUNDS } from '../core/bounds.ts';
import { fold } from '../core/profile/fold.ts';
import type { Profile, Timer } from '../core/profile/profile.ts';
import { TIMER_KINDS } from '../core/profile/profile.ts';
import { findSeen } from '../core/profile/seen.ts';
import { LIMITS } from '../config/limits.ts';
import { RecordBuilder } from '../codec/stored/record-codec.ts';
import { decodeProfile, encodeProfile } from '../codec/stored/profile-codec.ts';
import type { DecideOutcome, PublishOutcome, Refusal } from '../port/customers.ts';
import type { Actor } from './actor.ts';
import type { OutboxEntry } from '../core/ledger/shard-state.ts';
import { refKey } from './outbox.ts';
import { recheck } from '../core/ledger/recheck.ts';
import {
  type AnswerRequest,
  type DecideRequest,
  type EventRequest,
  type FeedbackRequest,
  type HandRequest,
  invalid,
  type Request,
  refusal,
  type WakeRequest,
} from './request.ts';
import type { Shard } from './shard.ts';

const CHECKOUT_EXIT = TIMER_KINDS.indexOf('checkout-exit');
const accepted: PublishOutcome = { kind: 'accepted' };
const duplicate: PublishOutcome = { kind: 'duplicate' };

interface Deciding {
  readonly request: DecideRequest | WakeRequest;
  readonly actor: Actor;
  /** The actor's, or a copy for a dry run. */
  readonly profile: Profile;
  readonly draft: DecisionDraft;
  readonly ask: DecideAsk;
  readonly rowOffset: number;
  readonly dry: boolean;
}

/** Rows of one scorer run, gathered over all shards of a tick. */
export interface ScoreRows {
  readonly features: Float32Array;
  /** Channel of each row. */
  readonly channels: Uint8Array;
  readonly width: number;
  readonly max: number;
  count: number;
}

type Settled = { readonly request: Request; readonly outcome: DecideOutcome | PublishOutcome };
type Push = { readonly entry: OutboxEntry; readonly attempt: number };
type TakeBack = { readonly channel: number; readonly ref: { seq: number; index: number; choice: number }; readonly reason: number };

export class Turn {
  readonly #shard: Shard;
  readonly #builder = new RecordBuilder();
  #number = 0;
  #now = 0;
  #env: DecideEnv | undefined;
  #setting: EventSetting | undefined;
  #requests: Request[] = [];
  #held: Request[] = [];
  #settled: Settled[] = [];
  #deciding: Deciding[] = [];
  #changed: Actor[] = [];
  #pushes: Push[] = [];
  #takeBacks: TakeBack[] = [];
  #decisions: { fact: DecisionFact; index: number }[] = [];
  #drafts: DecisionDraft[] = [];
  #full = false;

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  /** Customers changed by the turn under way or the last one. */
  get changed(): readonly Actor[] {
    return this.#changed;
  }

  /** Requests taken that are not put back. */
  get requests(): readonly Request[] {
    return this.#requests;
  }

  /** Takes requests and runs step 1: facts from events, candidates, the rows to score. */
  begin(requests: Request[], now: number, env: DecideEnv | undefined, setting: EventSetting, rows: ScoreRows): void {
    const shard = this.#shard;
    this.#number++;
    this.#now = now;
    this.#env = env;
    this.#setting = setting;
    this.#requests = requests;
    this.#held = [];
    this.#settled = [];
    this.#deciding = [];
    this.#changed = [];
    this.#pushes = [];
    this.#takeBacks = [];
    this.#decisions = [];
    this.#drafts = [];
    this.#full = false;
    this.#builder.begin(shard.nextHeader(now));
    shard.adoptEditions(this.#builder, now);
    for (let i = 0; i < requests.length; i++) this.#step(requests[i] as Request, rows);
    if (this.#held.length > 0) shard.mailbox.putBack(this.#held);
  }

  /** Step 2: arbitration with the scores, then the record; undefined when there is nothing to append. */
  finish(logits: Float32Array, fallback: boolean): Uint8Array | undefined {
    for (const deciding of this.#deciding) this.#decide(deciding, logits, fallback);
    return this.#builder.count === 0 ? undefined : this.#builder.finish();
  }

  /** The record is durable (or there was none): tell everybody. */
  commit(): void {
    const shard = this.#shard;
    const { watchers, observer } = shard.runtime;
    for (let i = 0; i < this.#settled.length; i++) this.#tell(this.#settled[i] as Settled);
    for (const actor of this.#changed) watchers.changed(actor.profile);
    if (watchers.tailing) {
      for (const { fact, index } of this.#decisions) {
        watchers.committed({ place: shard.placeOf(shard.sequence, index), fact });
      }
    }
    for (const { entry, attempt } of this.#pushes) shard.push(entry, attempt);
    for (const { channel, ref, reason } of this.#takeBacks) shard.takeBack(channel, ref, reason);
    if (this.#decisions.length > 0) observer.count('attune_decisions_total', this.#decisions.length);
    this.#release();
  }

  /** The record is not in the log: everybody hears so; what was folded is dropped by the shard's recovery. */
  abandon(fault: Refusal): void {
    for (const { request } of this.#settled) fail(request, fault);
    for (const { request } of this.#deciding) if (!this.#settled.some((done) => done.request === request)) fail(request, fault);
    this.#release();
  }

  #release(): void {
    for (const draft of this.#drafts) this.#shard.runtime.drafts.release(draft);
    this.#drafts = [];
    this.#settled = [];
    this.#deciding = [];
    this.#requests = [];
  }

  #tell(settled: Settled): void {
    const { request, outcome } = settled;
    try {
      (request.done as (outcome: DecideOutcome | PublishOutcome) => void)(outcome);
    } catch (fault) {
      this.#shard.runtime.observer.fault('a reply could not be given', fault);
    }
  }

  #settle(request: Request, outcome: DecideOutcome | PublishOutcome): void {
    this.#settled.push({ request, outcome });
  }

  #step(request: Request, rows: ScoreRows): void {
    const shard = this.#shard;
    if (request.deadlineAt <= this.#now) {
      // Nobody waits for it: it costs nothing more.
      this.#settle(request, refusal('deadline', 'the deadline passed before the request was taken up'));
      return;
    }
    if (this.#full) {
      this.#held.push(request);
      return;
    }
    const found = shard.actor(request);
    if (found === 'parked') return;
    if (found === 'quarantined') {
      this.#settle(request, refusal('internal', 'this customer is quarantined after repeated faults; see the service log'));
      return;
    }
    if (found === 'mismatch') {
      this.#settle(request, refusal('internal', 'this customer id belongs to another key'));
      return;
    }
    if (found === undefined) {
      if (request.kind === 'read') {
        request.view(undefined);
        this.#settle(request, accepted);
      } else this.#settle(request, refusal('not_found', 'nothing is known of this customer'));
      return;
    }
    if (found.broken) {
      this.#settle(request, refusal('unavailable', 'this customer is being rebuilt; retry with the same id', LIMITS.retryDelayMs));
      return;
    }
    const waits = found.decidingTurn === this.#number || (request.kind === 'read' && found.changedTurn === this.#number);
    if (waits) {
      this.#held.push(request);
      return;
    }
    try {
      this.#take(request, found, rows);
    } catch (fault) {
      this.#fault(request, found, fault);
    }
  }

  #fault(request: Request, actor: Actor, fault: unknown): void {
    const { observer } = this.#shard.runtime;
    observer.fault(`a ${request.kind} of one customer failed in core`, fault);
    observer.count('attune_core_faults_total', 1);
    if (actor.broken) this.#shard.breakActor(actor);
    this.#settle(request, refusal('internal', 'the request could not be processed'));
  }

  #take(request: Request, actor: Actor, rows: ScoreRows): void {
    switch (request.kind) {
      case 'event':
        return this.#event(request, actor);
      case 'decide':
        return this.#propose(request, actor, rows);
      case 'feedback':
        return this.#feedback(request, actor);
      case 'answer':
        return this.#answer(request, actor);
      case 'wake':
        return this.#wake(request, actor, rows);
      case 'hand':
        return this.#hand(request, actor);
      case 'read':
        request.view(actor.profile);
        return this.#settle(request, accepted);
    }
  }

  /** Puts a fact into the record and folds it. */
  #emit(actor: Actor, fact: CustomerFact): number {
    const seq = this.#shard.sequence + 1;
    const index = this.#builder.addFact(fact);
    try {
      fold(actor.profile, fact, seq, index);
    } catch (fault) {
      this.#builder.rewind(index);
      actor.broken = true;
      throw fault;
    }
    this.#shard.foldOutbox(fact, seq, index);
    if (actor.changedTurn !== this.#number) {
      actor.changedTurn = this.#number;
      this.#changed.push(actor);
    }
    if (fact.kind === 'withdraw') this.#noteTakeBack(actor, fact);
    return index;
  }

  #noteTakeBack(actor: Actor, fact: Extract<CustomerFact, { kind: 'withdraw' }>): void {
    const contact = actor.profile.contacts.find((known) => known.seq === fact.ref.seq && known.index === fact.ref.index && known.choice === fact.ref.choice);
    if (contact !== undefined) this.#takeBacks.push({ channel: contact.channel, ref: fact.ref, reason: fact.reason });
  }

  #event(request: EventRequest, actor: Actor): void {
    this.#settle(request, this.#fold(actor, request.to.key, request.input));
  }

  /** One event: verdict, fact, consequences. */
  #fold(actor: Actor, key: IdentifierKey, input: EventInput): PublishOutcome {
    const verdict = deriveEvent(actor.profile, key, input, this.#setting as EventSetting);
    switch (verdict.kind) {
      case 'duplicate':
        return duplicate;
      case 'conflict':
        return refusal('already_exists', `event id "${input.id}" of source "${input.source}" was sent before with another body`);
      case 'too_old':
        return refusal('out_of_range', `occurred_at is ${Math.round(verdict.ageMs / 1000)} s old; at most ${LIMITS.eventAgeMsMax / 1000} s unless historical is set`);
      case 'too_new':
        return invalid('occurred_at', 'not_in_future', String(input.occurredAt), `occurred_at is ${Math.round(verdict.aheadMs / 1000)} s ahead of the service's clock; at most ${LIMITS.eventAheadMsMax / 1000} s`);
      case 'accepted':
        this.#emit(actor, verdict.fact);
        eventConsequences(actor.profile, verdict.fact, this.#shard.runtime.policy, this.#now, (fact) => this.#emit(actor, fact));
        return accepted;
    }
  }

  #feedback(request: FeedbackRequest, actor: Actor): void {
    const verdict = deriveFeedback(actor.profile, request.input, request.ref, this.#now);
    if (verdict.kind === 'duplicate') return this.#settle(request, duplicate);
    if (verdict.kind === 'conflict') {
      return this.#settle(request, refusal('already_exists', `feedback id "${request.input.id}" of channel "${request.input.channel}" was sent before with another body`));
    }
    const ref = verdict.fact.ref;
    if (ref !== undefined && this.#shard.outbox.get(ref) !== undefined) {
      // What was delivered was accepted, even if the acceptance itself was lost.
      const state = verdict.fact.feedback === 'bounced_soft' || verdict.fact.feedback === 'bounced_hard' ? 'rejected' : 'accepted';
      this.#emit(actor, { kind: 'delivery', customer: actor.profile.id, ref, state, retryable: false, retryAt: 0, at: this.#now });
    }
    this.#emit(actor, verdict.fact);
    feedbackConsequences(actor.profile, verdict.fact, this.#now, (fact) => this.#emit(actor, fact));
    this.#settle(request, accepted);
  }

  #answer(request: AnswerRequest, actor: Actor): void {
    const entry = this.#shard.outbox.get(request.ref);
    const known = actor.profile.contacts.some(
      (contact) => contact.seq === request.ref.seq && contact.index === request.ref.index && contact.choice === request.ref.choice,
    );
    if (!known) return this.#settle(request, refusal('not_found', 'this dispatch is unknown or too old'));
    if (entry === undefined && (request.state === 'accepted' || request.state === 'rejected')) {
      return this.#settle(request, duplicate);
    }
    const attempts = entry?.attempt ?? 0;
    const again = request.state === 'rejected' && request.retryable && attempts < LIMITS.dispatchAttemptsMax;
    const wait = Math.max(request.retryAfterMs, Math.min(LIMITS.dispatchRetryMsMax, LIMITS.dispatchRetryMs * 2 ** Math.max(0, attempts - 1)));
    this.#emit(actor, {
      kind: 'delivery',
      customer: actor.profile.id,
      ref: request.ref,
      state: request.state,
      retryable: again,
      retryAt: again ? this.#now + wait : 0,
      at: this.#now,
    });
    this.#settle(request, accepted);
  }

  /** A dispatch that waits for its channel: expired, no longer allowed, not now, or handed over (again). */
  #hand(request: HandRequest, actor: Actor): void {
    const shard = this.#shard;
    const entry = shard.outbox.get(request.ref);
    this.#settle(request, accepted);
    if (entry === undefined) return;
    const customer = actor.profile.id;
    if (entry.choice.notAfter <= this.#now) {
      // Handed over without an answer counts as sent; never handed over never happened.
      const state = entry.attempt === 0 ? 'expired' : 'accepted';
      this.#emit(actor, { kind: 'delivery', customer, ref: entry.ref, state, retryable: false, retryAt: 0, at: this.#now });
      return;
    }
    const env = this.#env;
    if (env === undefined) return;
    const verdict = recheck(actor.profile, entry.ref, env);
    if (verdict.kind === 'wait') {
      entry.nextAt = verdict.until;
      return;
    }
    if (verdict.kind === 'never') {
      this.#emit(actor, { kind: 'withdraw', customer, ref: entry.ref, reason: verdict.reason, at: this.#now });
      return;
    }
    if (entry.attempt >= LIMITS.dispatchAttemptsMax || !shard.runtime.hub.canDeliver(entry.choice.channel)) return;
    const attempt = entry.attempt + 1;
    this.#emit(actor, { kind: 'handed', customer, ref: entry.ref, attempt, at: this.#now });
    this.#pushes.push({ entry, attempt });
  }

  #wake(request: WakeRequest, actor: Actor, rows: ScoreRows): void {
    const profile = actor.profile;
    actor.wakeAt = 0;
    const missing = [];
    for (const pending of profile.pending.filter((entry) => entry.dueAt <= this.#now)) {
      const key = refKey(pending);
      if (!request.loaded.has(key)) missing.push(pending);
      else this.#emit(actor, mature(profile, pending, request.loaded.get(key), this.#now));
    }
    const due = profile.timers.filter((timer) => timer.due <= this.#now).sort((a, b) => a.due - b.due);
    for (const timer of due) {
      if (actor.decidingTurn === this.#number) {
        // One decision a turn: the rest is due again at once.
        break;
      }
      this.#fire(request, actor, timer, rows);
    }
    if (missing.length > 0) {
      this.#shard.loadDecisions(missing, request);
      return;
    }
    if (actor.decidingTurn !== this.#number) this.#settle(request, accepted);
  }

  #fire(request: WakeRequest, actor: Actor, timer: Timer, rows: ScoreRows): void {
    const profile = actor.profile;
    const { policy } = this.#shard.runtime;
    const customer = profile.id;
    const plan = timer.kind === CHECKOUT_EXIT ? undefined : profile.plans.find((entry) => entry.id === timer.key);
    this.#emit(actor, { kind: 'timer-fired', customer, timer: timer.kind, key: timer.key, due: timer.due, at: this.#now });
    if (timer.kind !== CHECKOUT_EXIT) {
      if (plan !== undefined && policy !== undefined) this.#ask(request, actor, { cause: plan.id, trigger: -1, friction: 0, plan }, rows);
      return;
    }
    const trigger = policy?.triggers.find((entry) => entry.id === timer.key);
    const checkout = profile.checkout;
    if (trigger === undefined || checkout === undefined || checkout.exitedAt > 0) return;
    const last = profile.triggered.find((entry) => entry.trigger === trigger.id)?.at ?? 0;
    if (last > 0 && last + trigger.cooldownMs > this.#now) return;
    const friction = checkout.friction;
    this.#emit(actor, { kind: 'triggered', customer, trigger: trigger.id, friction, at: this.#now });
    this.#ask(request, actor, { cause: trigger.id, trigger: trigger.index, friction, plan: undefined }, rows);
  }

  /** Candidates for a decision that the service makes by itself. */
  #ask(
    request: WakeRequest,
    actor: Actor,
    why: Pick<DecideAsk, 'cause' | 'trigger' | 'friction' | 'plan'>,
    rows: ScoreRows,
  ): void {
    const { rng } = this.#shard.runtime;
    this.#draft(request, actor, actor.profile, rows, false, {
      requestId: '',
      requestHash: 0,
      bodyHash: 0,
      ...why,
      placements: [],
      dispatch: true,
      contextChannel: actor.profile.session.channel,
      offsetMin: actor.profile.offsetMin,
      locale: actor.profile.locale,
      device: '',
      alternativesMax: 0,
      seedA: rng.uint32(),
      seedB: rng.uint32(),
    });
  }

  #propose(request: DecideRequest, actor: Actor, rows: ScoreRows): void {
    const shard = this.#shard;
    const { input } = request;
    const { runtime } = shard;
    if (this.#env === undefined) {
      return this.#settle(request, refusal('precondition', 'no policy is in force: apply one first (attune policy apply)'));
    }
    const requestHash = hash48('decide', input.requestId);
    const seenDecides = actor.profile.seenDecides;
    const seen = findSeen(seenDecides, requestHash, this.#now);
    if (seen >= 0 && !input.dryRun) {
      if (seenDecides.body[seen] !== input.bodyHash) {
        return this.#settle(request, refusal('already_exists', `request_id "${input.requestId}" was used before with another body`));
      }
      shard.repeat(request, seenDecides.seq[seen] ?? 0, seenDecides.index[seen] ?? 0);
      return;
    }
    const profile = input.dryRun ? decodeProfile(encodeProfile(actor.profile)) : actor.profile;
    const fault = this.#eventsFault(profile, input.events);
    if (fault !== undefined) return this.#settle(request, fault);
    for (const event of input.events) {
      if (input.dryRun) {
        const verdict = deriveEvent(profile, request.to.key, event, this.#setting as EventSetting);
        if (verdict.kind === 'accepted') fold(profile, verdict.fact, shard.sequence + 1, 0);
      } else this.#fold(actor, request.to.key, event);
    }
    this.#draft(request, actor, profile, rows, input.dryRun, {
      requestId: input.requestId,
      requestHash,
      bodyHash: input.bodyHash,
      cause: '',
      trigger: -1,
      friction: 0,
      plan: undefined,
      placements: input.placements,
      dispatch: input.dispatch,
      contextChannel: shard.channelOf(input.channel, profile),
      offsetMin: input.timeZone === '' ? profile.offsetMin : runtime.zones.offsetMin(input.timeZone, this.#now),
      locale: input.locale === '' ? profile.locale : input.locale,
      device: input.device,
      alternativesMax: input.alternativesMax,
      // A dry run must not move the seeds of real decisions.
      seedA: input.dryRun ? murmur3(input.requestId) : runtime.rng.uint32(),
      seedB: input.dryRun ? 1 : runtime.rng.uint32(),
    });
  }

  /** All or nothing: an event that cannot be folded refuses the request before anything is folded. */
  #eventsFault(profile: Profile, events: readonly EventInput[]): Refusal | undefined {
    for (let i = 0; i < events.length; i++) {
      const verdict = deriveEvent(profile, profile.key, events[i] as EventInput, this.#setting as EventSetting);
      if (verdict.kind === 'conflict') return refusal('already_exists', `events[${i}].id was sent before with another body`);
      if (verdict.kind === 'too_old') return refusal('out_of_range', `events[${i}].occurred_at is too old and the event is not historical`);
      if (verdict.kind === 'too_new') {
        return invalid(`events[${i}].occurred_at`, 'not_in_future', String(events[i]?.occurredAt), `events[${i}].occurred_at lies ahead of the service's clock`);
      }
    }
    return undefined;
  }

  #draft(request: DecideRequest | WakeRequest, actor: Actor, profile: Profile, rows: ScoreRows, dry: boolean, ask: DecideAsk): void {
    const env = this.#env as DecideEnv;
    const draft = this.#shard.runtime.drafts.take();
    this.#drafts.push(draft);
    if (!dry) actor.decidingTurn = this.#number;
    propose(draft, env, profile, ask);
    const count = draft.scoreRows;
    const rowOffset = rows.count;
    rows.features.set(draft.features.subarray(0, count * rows.width), rowOffset * rows.width);
    for (let i = 0; i < count; i++) rows.channels[rowOffset + i] = draft.scoreChannel[i] ?? 0;
    rows.count += count;
    // No room for another one: the rest waits, in order, for the next turn.
    if (rows.count >= rows.max) this.#full = true;
    this.#deciding.push({ request, actor, profile, draft, ask, rowOffset, dry });
  }

  #decide(deciding: Deciding, logits: Float32Array, fallback: boolean): void {
    const { request, actor, profile, draft, ask, rowOffset, dry } = deciding;
    const shard = this.#shard;
    if (actor.broken) return this.#settle(request, refusal('unavailable', 'this customer is being rebuilt; retry with the same id', LIMITS.retryDelayMs));
    try {
      const fact = finish(draft, this.#env as DecideEnv, profile, ask, logits, rowOffset, fallback);
      let index = 0;
      if (!dry) {
        this.#makeRoom(actor, fact);
        index = this.#emit(actor, fact);
        this.#decisions.push({ fact, index });
        if (fact.dispatch) this.#firstPushes(fact, index);
      }
      this.#settle(request, {
        kind: 'decided',
        place: shard.placeOf(dry ? 0 : shard.sequence + 1, index),
        fact,
        repeated: false,
      });
    } catch (fault) {
      this.#fault(request, actor, fault);
    }
  }

  /** The oldest awaited outcomes mature early where the list is full, so that none is lost. */
  #makeRoom(actor: Actor, fact: DecisionFact): void {
    const { pending } = actor.profile;
    const wanted = fact.outcomeDue.filter((due) => due > 0).length;
    while (pending.length > 0 && pending.length + wanted > BOUNDS.pending) {
      const oldest = pending[0];
      if (oldest === undefined) return;
      this.#emit(actor, mature(actor.profile, oldest, undefined, this.#now));
    }
  }

  #firstPushes(fact: DecisionFact, index: number): void {
    const seq = this.#shard.sequence + 1;
    for (let i = 0; i < fact.choices.length; i++) {
      const entry = this.#shard.outbox.get({ seq, index, choice: i });
      if (entry !== undefined) this.#pushes.push({ entry, attempt: 1 });
    }
  }
}

/** Tells a request that it failed, in its own terms. */
export function fail(request: Request, fault: Refusal): void {
  (request.done as (outcome: Refusal) => void)(fault);
}
