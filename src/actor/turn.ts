// Long because the two steps of a turn work on one state; what a request does is in the take-….ts beside it.
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
import { added } from '../base/added.ts';
import { RecordBuilder } from '../codec/stored/record-codec.ts';
import { PACES } from '../config/limits.ts';
import { BOUNDS } from '../core/bounds.ts';
import type { DecideAsk, DecideEnv } from '../core/decide/decide-env.ts';
import type { DecisionDraft } from '../core/decide/decision-draft.ts';
import { finish } from '../core/decide/finish.ts';
import { propose } from '../core/decide/propose.ts';
import type { EventSetting } from '../core/event/derive-event.ts';
import type { CustomerFact, DecisionFact } from '../core/fact/fact.ts';
import type { OutboxEntry } from '../core/ledger/shard-state.ts';
import { mature } from '../core/outcome/mature.ts';
import { findContact } from '../core/profile/contact.ts';
import { fold } from '../core/profile/fold.ts';
import { dueOf, earlier } from '../core/profile/next-due.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { DecideOutcome, PublishOutcome, Refusal } from '../port/customers.ts';
import { type Actor, NO_CAUSES } from './actor.ts';
import { AfterAppend } from './after-append.ts';
import { type DecideRequest, type Request, refusal, type WakeRequest } from './request.ts';
import type { Found } from './residents.ts';
import type { Shard } from './shard.ts';
import { takeDecide } from './take-decide.ts';
import { takeAnswer, takeHand } from './take-dispatch.ts';
import { takeEvent } from './take-event.ts';
import { takeFeedback } from './take-feedback.ts';
import { takeWake } from './take-wake.ts';
import { accepted, type TurnScope } from './turn-scope.ts';

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
  features: Float32Array;
  /** Channel of each row. */
  readonly channels: Uint8Array;
  readonly width: number;
  readonly max: number;
  count: number;
}

const noRows: ScoreRows = {
  features: new Float32Array(0),
  channels: new Uint8Array(0),
  width: 0,
  max: 0,
  count: 0,
};

export class Turn implements TurnScope {
  readonly shard: Shard;
  readonly #builder = new RecordBuilder();
  readonly #after: AfterAppend;
  #number = 0;
  now = 0;
  env: DecideEnv | undefined;
  setting: EventSetting = {} as EventSetting;
  #rows: ScoreRows = noRows;
  #requests: Request[] = [];
  /** Place of the request that is being taken. */
  #next = 0;
  #held: Request[] = [];
  #deciding: Deciding[] = [];
  #changed: Actor[] = [];
  #drafts: DecisionDraft[] = [];
  #full = false;

  constructor(shard: Shard) {
    this.shard = shard;
    this.#after = new AfterAppend(shard);
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
  begin(
    requests: Request[],
    now: number,
    env: DecideEnv | undefined,
    setting: EventSetting,
    rows: ScoreRows,
  ): void {
    const shard = this.shard;
    this.#number++;
    this.now = now;
    this.env = env;
    this.setting = setting;
    this.#requests = requests;
    this.#next = 0;
    if (this.#held.length > 0) this.#held = [];
    if (this.#changed.length > 0) this.#changed = [];
    this.#full = false;
    this.#builder.begin(shard.nextHeader(now));
    shard.adoptEditions(this.#builder, now);
    this.#rows = rows;
    for (; this.#next < requests.length; this.#next++) this.#step(requests[this.#next] as Request);
    if (this.#held.length > 0) shard.mailbox.putBack(this.#held);
  }

  /**
   * Step 2: arbitration with the scores, then the record; undefined when there is nothing to append. Its bytes are the
   * turn's own and stay as they are until the next turn begins.
   */
  finish(logits: Float32Array, fallback: boolean): Uint8Array | undefined {
    for (const deciding of this.#deciding) this.#decide(deciding, logits, fallback);
    return this.#builder.count === 0 ? undefined : this.#builder.finishInPlace();
  }

  /** The record is durable, and the shard is not ours any more. */
  tell(): void {
    this.#forgetRequests();
    this.#after.tell();
    this.#release();
  }

  /** The record is durable (or there was none). */
  commit(): void {
    this.#forgetRequests();
    this.#after.commit(this.#changed, this.now);
    this.#release();
  }

  /** The record is not in the log; what was folded is dropped by the shard's recovery. */
  abandon(fault: Refusal): void {
    const deciding = this.#deciding.map(({ request }) => request);
    // Of a turn that broke off while it took them; else there are none.
    const untaken = this.#requests.slice(this.#next);
    if (untaken.length > 0) this.shard.mailbox.putBack(this.#held);
    this.#after.abandon(fault, [...deciding, ...untaken]);
    this.#release();
  }

  #release(): void {
    for (const draft of this.#drafts) this.shard.runtime.drafts.release(draft);
    this.#drafts = [];
    this.#forgetRequests();
  }

  /** Each has its outcome with what comes after the append: from here on nothing else answers it. */
  #forgetRequests(): void {
    this.#deciding = [];
    this.#requests = [];
  }

  settle(request: Request, outcome: DecideOutcome | PublishOutcome): void {
    this.#after.settle(request, outcome);
  }

  #step(request: Request): void {
    const { shard } = this;
    if (request.deadlineAt <= this.now) {
      // Nobody waits for it: it costs nothing more.
      this.settle(request, refusal('deadline', 'the deadline passed before the request was taken up'));
      return;
    }
    if (this.#full) {
      this.#held.push(request);
      return;
    }
    const found = this.#find(request);
    if (found === 'parked') return;
    if (found === 'crowded' || found === 'unsaved') {
      const why = found === 'crowded' ? 'being loaded' : 'in memory and not saved yet';
      shard.runtime.observer.count('attune_shed_total', 1, request.shed);
      const sentence = `too many customers of this shard are ${why}; retry with the same id`;
      this.settle(request, refusal('exhausted', sentence, PACES.retryDelayMs));
      return;
    }
    if (found === 'quarantined') {
      this.settle(
        request,
        refusal('internal', 'this customer is quarantined after repeated faults; see the service log'),
      );
      return;
    }
    if (found === 'mismatch') {
      this.settle(request, refusal('internal', 'this customer id belongs to another key'));
      return;
    }
    if (found === 'unknown') {
      if (request.kind === 'read') {
        request.view(undefined);
        this.settle(request, accepted);
      } else this.settle(request, refusal('not_found', 'nothing is known of this customer'));
      return;
    }
    if (found.broken) {
      this.settle(
        request,
        refusal('unavailable', 'this customer is being rebuilt; retry with the same id', PACES.retryDelayMs),
      );
      return;
    }
    const waits =
      found.decidingTurn === this.#number || (request.kind === 'read' && found.changedTurn === this.#number);
    if (waits) {
      this.#held.push(request);
      return;
    }
    try {
      this.#take(request, found);
    } catch (fault) {
      this.#fault(request, found, fault);
    }
  }

  /** 'parked' also for a request that was refused, since she could not be brought into memory. */
  #find(request: Request): Found {
    const { residents } = this.shard;
    try {
      return residents.find(request);
    } catch (fault) {
      this.settle(request, residents.refuse(request.to.id, fault));
      return 'parked';
    }
  }

  push(entry: OutboxEntry, attempt: number): void {
    this.#after.push(entry, attempt, true);
  }

  deciding(actor: Actor): boolean {
    return actor.decidingTurn === this.#number;
  }

  #fault(request: Request, actor: Actor, fault: unknown): void {
    const { observer } = this.shard.runtime;
    observer.fault(`a ${request.kind} of one customer failed in core`, fault);
    observer.count('attune_core_faults_total', 1);
    if (actor.broken) this.shard.residents.break(actor);
    this.settle(request, refusal('internal', 'the request could not be processed'));
  }

  #take(request: Request, actor: Actor): void {
    switch (request.kind) {
      case 'event':
        return takeEvent(this, request, actor);
      case 'decide':
        return takeDecide(this, request, actor);
      case 'feedback':
        return takeFeedback(this, request, actor);
      case 'answer':
        return takeAnswer(this, request, actor);
      case 'wake':
        return takeWake(this, request, actor);
      case 'hand':
        return takeHand(this, request, actor);
      case 'read':
        request.view(actor.profile);
        return this.settle(request, accepted);
    }
  }

  /** Puts a fact into the record and folds it. */
  emit(actor: Actor, fact: CustomerFact): number {
    const { shard } = this;
    const seq = shard.sequence + 1;
    const index = this.#builder.addFact(fact);
    try {
      fold(actor.profile, fact, seq, index);
    } catch (fault) {
      this.#builder.rewind(index);
      actor.broken = true;
      throw fault;
    }
    const unseen = fact.kind === 'withdraw' && shard.outbox.get(fact.ref)?.attempt === 0;
    shard.foldOwn(fact, seq, index);
    if (actor.changedTurn !== this.#number) {
      actor.changedTurn = this.#number;
      this.#changed = added(this.#changed, actor);
      actor.dueAt = 0;
      actor.causes = NO_CAUSES;
    }
    actor.dueAt = earlier(actor.dueAt, dueOf(fact));
    if (shard.runtime.watchers.size > 0) actor.causes = [...actor.causes, fact.kind];
    if (fact.kind === 'withdraw') this.#takeBack(actor, fact, unseen);
    return index;
  }

  /** What no channel ever saw is back at once; else the channel is asked, and its answer decides. */
  #takeBack(actor: Actor, fact: Extract<CustomerFact, { kind: 'withdraw' }>, unseen: boolean): void {
    const { ref, reason, at } = fact;
    if (unseen) {
      const customer = actor.profile.id;
      this.emit(actor, {
        kind: 'delivery',
        customer,
        ref,
        state: 'withdrawn',
        retryable: false,
        retryAt: 0,
        at,
      });
      return;
    }
    const contact = findContact(actor.profile, ref);
    if (contact !== undefined) this.#after.takeBack(contact.channel, ref, reason);
  }

  draft(
    request: DecideRequest | WakeRequest,
    actor: Actor,
    profile: Profile,
    ask: DecideAsk,
    dry: boolean,
  ): void {
    const rows = this.#rows;
    const env = this.env as DecideEnv;
    const draft = this.shard.runtime.drafts.take();
    this.#drafts = added(this.#drafts, draft);
    if (!dry) {
      actor.decidingTurn = this.#number;
      this.#makeRoom(actor, Math.max(1, ask.placements.length));
    }
    propose(draft, env, profile, ask);
    if (!dry) draft.budgets.hold(env, Math.max(1, ask.placements.length));
    const count = draft.scoreRows;
    const rowOffset = rows.count;
    rows.features.set(draft.features.subarray(0, count * rows.width), rowOffset * rows.width);
    for (let i = 0; i < count; i++) rows.channels[rowOffset + i] = draft.scoreChannel[i] ?? 0;
    rows.count += count;
    // No room for another one: the rest waits, in order, for the next turn.
    if (rows.count >= rows.max) this.#full = true;
    this.#deciding = added(this.#deciding, { request, actor, profile, draft, ask, rowOffset, dry });
  }

  #decide(deciding: Deciding, logits: Float32Array, fallback: boolean): void {
    const { request, actor, profile, draft, ask, rowOffset, dry } = deciding;
    const shard = this.shard;
    if (actor.broken)
      return this.settle(
        request,
        refusal('unavailable', 'this customer is being rebuilt; retry with the same id', PACES.retryDelayMs),
      );
    try {
      const fact = finish(draft, this.env as DecideEnv, profile, ask, logits, rowOffset, fallback);
      let index = 0;
      if (!dry) {
        index = this.emit(actor, fact);
        this.#after.decided(fact, index);
        if (fact.dispatch) this.#firstPushes(fact, index);
      }
      this.settle(request, {
        kind: 'decided',
        place: shard.placeOf(dry ? 0 : shard.sequence + 1, index),
        fact,
        repeated: false,
      });
    } catch (fault) {
      this.#fault(request, actor, fault);
    }
  }

  /** The oldest awaited outcomes mature early where the list is full, so that none is lost. Before the candidates: replay sees the same profile. */
  #makeRoom(actor: Actor, wanted: number): void {
    const { pending } = actor.profile;
    while (pending.length > 0 && pending.length + wanted > BOUNDS.pending) {
      this.emit(actor, mature(actor.profile, pending.get(0), undefined, this.now));
    }
  }

  #firstPushes(fact: DecisionFact, index: number): void {
    const seq = this.shard.sequence + 1;
    for (let i = 0; i < fact.choices.length; i++) {
      const entry = this.shard.outbox.get({ seq, index, choice: i });
      if (entry !== undefined) this.#after.push(entry, 1, false);
    }
  }
}
