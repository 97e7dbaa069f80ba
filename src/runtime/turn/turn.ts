// Long because the two steps of a turn work on one state; what a request does is in the handle-….ts beside it.
/**
 * One shard's turn: requests in, facts computed and folded, one record out, replies held until it is durable.
 * Owned by its shard, reused from turn to turn; the engine drives it: `begin` → (scorer) → `finish` → append →
 * `commit` or `abandon`.
 *
 * I1  Nobody hears of a fact before it is durable: outcomes are only set here, told in `commit`.
 * I2  Per customer, order of arrival: behind a decision in the making everything of that customer waits for the next turn.
 * I3  What a fold cannot take is not in the record: the fact is rewound, its request fails, the customer is rebuilt.
 * I4  Reads see committed state: a customer changed in this turn is read in the next one.
 */
import { added } from '../../base/added.ts';
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import { RecordBuilder } from '../../codec/stored/record-codec.ts';
import { INTERVALS } from '../../config/limits.ts';
import { joinsAudience } from '../../core/audience/joins-audience.ts';
import { BOUNDS } from '../../core/bounds.ts';
import type { DecideEnv } from '../../core/decide/decide-env.ts';
import type { DecisionDraft } from '../../core/decide/decision-draft.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import { finish } from '../../core/decide/finish.ts';
import { propose } from '../../core/decide/propose.ts';
import type { EventSetting } from '../../core/event/derive-event.ts';
import type {
  AudienceLeftFact,
  Content,
  CustomerFact,
  DecisionFact,
  LinkRef,
  RecordHeader,
} from '../../core/fact/fact.ts';
import { conflictingKind, explicitKind, PEOPLE_PER_DAY } from '../../core/identity/conflict.ts';
import { addresseeOfKey, knownBy } from '../../core/identity/customer.ts';
import type { IdentifierRule } from '../../core/identity/identifier-rule.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';
import { awaitedOf, mature } from '../../core/outcome/mature.ts';
import type { Action } from '../../core/policy/policy.ts';
import { findContact } from '../../core/profile/contact.ts';
import { fold } from '../../core/profile/fold.ts';
import { standsFor } from '../../core/profile/landing.ts';
import type { KeptApart } from '../../core/profile/link.ts';
import { dueOf, earlier } from '../../core/profile/next-due.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { reasonCode } from '../../core/reason.ts';
import type { Accepted, Duplicate, Linked, Refusal, Unlinked } from '../../port/customers.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Claims } from '../identity/claims.ts';
import { DEFAULT_RULES } from '../identity/default-kinds.ts';
import { isOnlyBrowser } from '../identity/landing.ts';
import type { LandingRequest, Landings } from '../identity/landings.ts';
import type { Recalls } from '../identity/recalls.ts';
import type { Runtime } from '../runtime.ts';
import { type Actor, NO_CAUSES } from '../shard/actor.ts';
import type { ActorCache, LookUp } from '../shard/actor-cache.ts';
import type { BudgetPart } from '../shard/budget-part.ts';
import type { DecisionReader } from '../shard/decision-reader.ts';
import type { Mailbox } from '../shard/mailbox.ts';
import { CommitEffects, type EffectsHost } from './commit-effects.ts';
import { handleClaim, handleClaimed, handleRedirect } from './handle-claim.ts';
import { handleConsideration } from './handle-consideration.ts';
import { handleDecide } from './handle-decide.ts';
import { attemptDelivery, handleReceipt } from './handle-delivery.ts';
import { moveDevice } from './handle-device-claim.ts';
import { handleEvent } from './handle-event.ts';
import { handleFeedback } from './handle-feedback.ts';
import { forgetUnread, handleForget, isNews, waitsForErasure } from './handle-forget.ts';
import { handleSpend, isAboutLinked, land, letGo } from './handle-landing.ts';
import { handleLink } from './handle-link.ts';
import { handleMember } from './handle-member.ts';
import { handleRecall } from './handle-recall.ts';
import { handleTimer } from './handle-timer.ts';
import { handleParted, handleRestore, handleUnlink } from './handle-unlink.ts';
import { handleYield } from './handle-yield.ts';
import { leaveWith, replacedBy } from './leave-audiences.ts';
import type { KeyRefusal } from './odd-claims.ts';
import {
  type EventRequest,
  type ForgetRequest,
  type LendRequest,
  type LinkRequest,
  type Request,
  type RequestOutcome,
  refusal,
  type UnlinkRequest,
} from './request.ts';
import { accepted, type Proposal, type TurnScope } from './turn-scope.ts';

/** A decision whose candidates wait for their scores. */
interface Deciding {
  readonly proposal: Proposal;
  readonly draft: DecisionDraft;
  /** Of its first row among the tick's. */
  readonly rowOffset: number;
}

/** What a turn asks of its shard. */
export interface TurnHost extends EffectsHost {
  readonly id: number;
  readonly runtime: Runtime;
  readonly actors: ActorCache;
  readonly outbox: Outbox;
  readonly decisions: DecisionReader;
  /** Of the shard's next record. */
  header(now: number): RecordHeader;
  /** Puts what changed of revision and editions into the record, as its first facts. */
  adoptEditions(builder: RecordBuilder, now: number): void;
  /** Sends a request that came by a key of somebody who was parted from the customer to them. */
  sendBack(request: Request, apart: KeptApart): void;
  /** Sends a request of a moved customer to where they are. */
  forward(request: Request, profile: Profile): void;
  readonly landings: Landings;
  readonly recalls: Recalls;
  /** Sends a request that came by the key of a device to the customer whose it is. */
  forwardToOwner(request: Request, profile: Profile): void;
  /** Sends a request back to the key of the device by which it came: nothing is known of whose it was. */
  sendToDevice(request: Request): void;
  /** Sends a request of a browser to the customer for whom it stands. */
  forwardLinked(request: LandingRequest, profile: Profile, to: CustomerId): void;
  /** Sends a request of a browser back to it: the customer for whom it stood was forgotten. */
  sendToBrowser(request: Request): void;
  /** Asks the next one whom a request may be about. */
  tryNext(request: Request): void;
  /** Its part of the budgets; undefined: all shards are this node's, which counts them together. */
  readonly budgetPart: BudgetPart | undefined;
  /** Folds what is the shard's own of a fact. */
  foldOwn(fact: CustomerFact, seq: number, index: number): void;
  readonly mailbox: Mailbox;
}

/** All but what shards ask of each other. */
type AboutCustomer = Exclude<Request, LendRequest>;

/** Rows of one scorer run, gathered over all shards of a tick. */
export interface ScoreRows {
  features: Float32Array;
  /** Channel of each row. */
  readonly channels: Uint8Array;
  readonly width: number;
  readonly max: number;
  count: number;
}

const REBUILDING = refusal(
  'unavailable',
  'this customer is being rebuilt; retry with the same id',
  INTERVALS.retryDelayMs,
);

const UNPROVEN = refusal(
  'unavailable',
  'this node could not renew its lease, and another one may serve the customer by now: what appends nothing is not answered; retry',
  INTERVALS.retryDelayMs,
);

/** What may be answered without an append, which would prove that the shard is still ours, and would be wrong if it is not. */
function mayEndWithoutAppend(request: Request): boolean {
  switch (request.kind) {
    case 'read':
    case 'member':
    case 'claim':
    case 'yield':
    case 'spend':
    case 'forget':
    case 'restore':
    case 'redirect':
    case 'recall':
      return true;
    case 'decide':
      return request.input.dryRun;
    default:
      return false;
  }
}

/** What is about the person and not about the actor. */
function isForwarded({ kind }: Request): boolean {
  return (
    kind === 'event' ||
    kind === 'decide' ||
    kind === 'feedback' ||
    kind === 'receipt' ||
    kind === 'read' ||
    kind === 'link' ||
    kind === 'unlink' ||
    kind === 'spend' ||
    kind === 'recall' ||
    kind === 'yield'
  );
}

/** Whoever comes by the key of a device means whose it is now; whoever comes by the id means who was known by it alone. */
function isAboutOwner({ to }: Request, { deviceOf, moved }: Profile): boolean {
  return deviceOf !== undefined && (to.key !== undefined || moved === undefined);
}

function hasOthers({ keys, triedKeys = 0 }: Request): boolean {
  return keys !== undefined && triedKeys < keys.length;
}

const noRows: ScoreRows = {
  features: new Float32Array(0),
  channels: new Uint8Array(0),
  width: 0,
  max: 0,
  count: 0,
};

export class Turn implements TurnScope {
  readonly runtime: Runtime;
  readonly #host: TurnHost;
  readonly #builder = new RecordBuilder();
  readonly #effects: CommitEffects;
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

  constructor(host: TurnHost) {
    this.#host = host;
    this.runtime = host.runtime;
    this.#effects = new CommitEffects(host, host.runtime);
  }

  get sequence(): number {
    return this.#host.sequence + 1;
  }

  decisionRef(seq: number, index: number): DecisionPlace {
    return this.#host.decisionRef(seq, index);
  }

  get generation(): number {
    return this.runtime.generation;
  }

  get shard(): number {
    return this.#host.id;
  }

  get claims(): Claims {
    return this.#host.claims;
  }

  get recalls(): Recalls {
    return this.#host.recalls;
  }

  get identifierRules(): readonly IdentifierRule[] {
    return this.runtime.policy?.identifierRules ?? DEFAULT_RULES;
  }

  get peoplePerDayMax(): number {
    return this.runtime.policy?.peoplePerDayMax ?? PEOPLE_PER_DAY;
  }

  get outbox(): Outbox {
    return this.#host.outbox;
  }

  get decisions(): DecisionReader {
    return this.#host.decisions;
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
    this.#number++;
    this.now = now;
    this.env = env;
    this.setting = setting;
    this.#requests = requests;
    this.#next = 0;
    if (this.#held.length > 0) this.#held = [];
    if (this.#changed.length > 0) this.#changed = [];
    this.#full = false;
    this.#builder.begin(this.#host.header(now));
    this.#host.adoptEditions(this.#builder, now);
    this.#host.budgetPart?.noteLoans(this.#builder, now);
    if (env !== undefined) this.env = this.#host.budgetPart?.env(env) ?? env;
    this.#rows = rows;
    for (; this.#next < requests.length; this.#next++) this.#step(requests[this.#next] as Request);
    if (this.#held.length > 0) this.#host.mailbox.putBack(this.#held);
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
  replyOnly(): void {
    this.#forgetRequests();
    this.#effects.replyOnly();
    this.#release();
  }

  /** The record is durable (or there was none). */
  commit(): void {
    this.#forgetRequests();
    this.#effects.commit(this.#changed, this.now);
    this.#release();
  }

  /** The record is not in the log; what was folded is dropped by the shard's recovery. */
  abandon(fault: Refusal): void {
    const deciding = this.#deciding.map(({ proposal }) => proposal.request);
    // Of a turn that broke off while it took them; else there are none.
    const untaken = this.#requests.slice(this.#next);
    if (untaken.length > 0) this.#host.mailbox.putBack(this.#held);
    this.#effects.abandon(fault, [...deciding, ...untaken]);
    this.#release();
  }

  #release(): void {
    for (const draft of this.#drafts) this.runtime.drafts.release(draft);
    this.#drafts = [];
    this.#forgetRequests();
  }

  /** Each has its outcome with what comes after the append: from here on nothing else answers it. */
  #forgetRequests(): void {
    this.#deciding = [];
    this.#requests = [];
  }

  reply(request: Request, outcome: RequestOutcome): void {
    this.#effects.reply(request, outcome);
  }

  #step(request: Request): void {
    if (request.deadlineAt <= this.now) {
      // Nobody waits for it: it costs nothing more.
      this.reply(request, refusal('deadline', 'the deadline passed before the request was taken up'));
      return;
    }
    if (this.#full) {
      this.#held.push(request);
      return;
    }
    if (mayEndWithoutAppend(request) && this.runtime.mayAnswer?.() === false)
      return this.reply(request, UNPROVEN);
    if (request.kind === 'lend') {
      const total = this.#host.budgetPart?.lend(request.ask, this.env, this.#builder, this.now);
      return this.reply(request, { kind: 'lent', total: total ?? request.ask.heard });
    }
    if (request.kind === 'forget' && isNews(this, request)) return;
    const found = this.#find(request);
    if (found === 'parked') return;
    if (found === 'crowded' || found === 'unsaved') {
      const why = found === 'crowded' ? 'being loaded' : 'in memory and not saved yet';
      this.runtime.observer.count('attune_shed_total', 1, request.priority);
      const sentence = `too many customers of this shard are ${why}; retry with the same id`;
      this.reply(request, refusal('exhausted', sentence, INTERVALS.retryDelayMs));
      return;
    }
    if (found === 'quarantined' && (request.kind === 'claim' || request.kind === 'yield')) {
      // It would be asked for again and again.
      this.reply(request, { kind: 'unreadable' });
      return;
    }
    // Where it leads nobody can read, and it is led on by whoever was parted from its customer.
    if (found === 'quarantined' && request.kind === 'redirect') return this.reply(request, accepted);
    // What they decided nobody can read; whoever asks goes on without it.
    if (found === 'quarantined' && request.kind === 'recall') return this.reply(request, { kind: 'new' });
    if (found === 'quarantined' && request.kind === 'forget')
      return forgetUnread(this, request, () => this.#host.actors.release(request.to.id));
    if (found === 'quarantined') {
      this.reply(
        request,
        refusal(
          'internal',
          'this customer is quarantined: their facts failed again and again, or their profile is damaged and no copy has it; see the service log',
        ),
      );
      return;
    }
    if (found === 'mismatch') {
      this.reply(request, refusal('internal', 'this customer id belongs to another key'));
      return;
    }
    if (found === 'unknown') {
      // Whoever is forgotten in this very record is known to be only once it is the last.
      if (request.kind === 'forget' && this.#isChanged(request.to.id)) {
        this.#held.push(request);
        return;
      }
      if (request.kind === 'forget') return this.#nobodyToForget(request);
      if (hasOthers(request)) return this.#host.tryNext(request);
      if (request.isProvisional) return this.#host.sendToBrowser(request);
      if (request.deviceOf !== undefined && !request.comesBack && request.kind !== 'read')
        return this.#host.sendToDevice(request);
      if (request.kind === 'read') {
        request.view(undefined);
        this.reply(request, accepted);
      } else this.reply(request, refusal('not_found', 'nothing is known of this customer'));
      return;
    }
    if (found.broken) {
      this.reply(request, REBUILDING);
      return;
    }
    const waits =
      found.decidingTurn === this.#number || (request.kind === 'read' && found.changedTurn === this.#number);
    if (waits) {
      this.#held.push(request);
      return;
    }
    const { profile } = found;
    if (profile.version === 0 && hasOthers(request)) return this.#host.tryNext(request);
    if (request.comesBack && request.deviceOf !== undefined && profile.deviceOf?.to === request.deviceOf)
      moveDevice(this, found, profile.id);
    const isOwners = isAboutOwner(request, profile);
    if ((isOwners || profile.moved !== undefined) && isForwarded(request)) {
      // Not before the way there is durable.
      if (found.changedTurn === this.#number) this.#held.push(request);
      else if (isOwners) this.#host.forwardToOwner(request, profile);
      else this.#host.forward(request, profile);
      return;
    }
    if (request.via !== undefined && this.#isOfParted(request, profile)) return;
    if (this.#isSomebodyElse(request, profile)) return this.#host.tryNext(request);
    if (request.via !== undefined && this.#waitsForItsPast(request, profile)) return;
    try {
      const own = this.#own(request, found);
      if (own === undefined) return;
      if (this.runtime.erasures.size > 0 && waitsForErasure(this, own, found)) return;
      this.#handle(own, found);
    } catch (fault) {
      this.#fault(request, found, fault);
    }
  }

  /**
   * The request as it is handled here; undefined where it waits, or is about the customer for whom this browser stands by a link that was
   * followed in it.
   */
  #own(request: AboutCustomer, actor: Actor): AboutCustomer | undefined {
    const { profile } = actor;
    const { landings } = this.#host;
    if (request.kind !== 'event' && request.kind !== 'decide') return request;
    if (landings.hold(profile.id, request)) return undefined;
    if (request.comesBack || this.#stoodForForgotten(profile)) letGo(this, actor);
    const landed = land(this, request, actor);
    if (landed.kind === 'asks') {
      landings.ask(profile, request);
      return undefined;
    }
    if (landed.kind === 'linked') {
      // Not before it is durable for whom the browser stands.
      this.#held.push(landed.request);
      return undefined;
    }
    // Whom a message went to may be a browser that stands for somebody else: what is done for them is done here.
    const to = request.isProvisional ? undefined : standsFor(profile, this.now);
    if (to === undefined || !isOnlyBrowser(profile) || !isAboutLinked(landed.request)) return landed.request;
    if (actor.changedTurn === this.#number) this.#held.push(landed.request);
    else this.#host.forwardLinked(landed.request, profile, to);
    return undefined;
  }

  /** Whoever comes by their key since is somebody new, to whom no message went. */
  #stoodForForgotten({ provisional }: Profile): boolean {
    const { erasures } = this.runtime;
    if (provisional === undefined || erasures.size === 0) return false;
    return erasures.erasedAt(provisional.to) >= provisional.at;
  }

  /**
   * Who was found by a weaker key of the request and is not the one whom it is about: they have another key of a kind of which a person
   * has one, as on a tablet that two people use, or the key is of a kind that unites nobody.
   */
  #isSomebodyElse({ to, via, keys = [], triedKeys = 0 }: Request, profile: Profile): boolean {
    if (triedKeys === 0 || triedKeys >= keys.length) return false;
    const rules = this.identifierRules;
    const key = via?.[0] ?? to.key ?? profile.key;
    return explicitKind(key, rules) !== '' || conflictingKind(keys, knownBy(profile), rules) !== '';
  }

  /** A request that was led here before a link was undone: it is for whom its key leads to now, once they have heard it. */
  #isOfParted(request: Request, { id, keptApart, partings, devices }: Profile): boolean {
    if (keptApart.length === 0) return false;
    // A browser that a link ties to the customer was not led here by its own key, and may have been parted from them.
    const led = request.isProvisional ? request.via?.slice(1) : request.via;
    const apart = keptApart.find(({ key }) => led?.includes(key));
    // A device may be this customer's again.
    if (apart === undefined || devices.some(({ key, isGone }) => key === apart.key && !isGone)) return false;
    if (partings.some(({ key }) => key === apart.person)) this.#host.partings.hold(id, request);
    else {
      this.redirect(apart.key, apart.person, id);
      this.#host.sendBack(request, apart);
    }
    return true;
  }

  /** A request that came by way of a key whose past is still on its way here waits for it: what it repeats may be known there. */
  #waitsForItsPast(request: Request, profile: Profile): boolean {
    const { via = [], hasWaited } = request;
    // A browser that a link ties to a customer goes on standing for the one to whom the message went: an Unlink may part the two.
    const [first, second] = request.isProvisional ? via.slice(1) : via;
    if (first !== undefined && second !== undefined)
      this.redirect(first, profile.key, addresseeOfKey(second).id);
    if (hasWaited || profile.claims.length === 0) return false;
    if (!profile.claims.some(({ key }) => via.includes(key))) return false;
    this.waitForLinks(request, profile.id);
    return true;
  }

  /** 'parked' also for a request that was refused because the customer could not be brought into memory. */
  #find(request: Request): LookUp {
    const { actors } = this.#host;
    try {
      return actors.find(request);
    } catch (fault) {
      this.reply(request, actors.refuse(fault));
      return 'parked';
    }
  }

  replyWhenLinked(
    request: EventRequest | LinkRequest,
    outcome: Accepted | Duplicate | Linked,
    customer: string,
  ): void {
    this.#effects.replyWhenLinked(request, outcome, customer);
  }

  replyWhenParted(request: UnlinkRequest, outcome: Unlinked, customer: string): void {
    this.#effects.replyWhenParted(request, outcome, customer);
  }

  linkPlace({ seq, index }: LinkRef): DecisionPlace {
    return this.#host.decisionRef(seq, index);
  }

  shardOf(hash: number): number {
    return hash % this.runtime.bounds.shards;
  }

  waitForLinks(request: Request, customer: string): void {
    this.#effects.waitForLinks(request, customer);
  }

  redirect(key: IdentifierKey, leadsTo: IdentifierKey, from: CustomerId): void {
    this.#effects.redirect(key, leadsTo, from);
  }

  refusedKey(refusal: KeyRefusal): void {
    this.#effects.count('attune_identity_refused_total', refusal);
  }

  absorbed(): void {
    this.#effects.count('attune_identity_absorbs_total', '');
  }

  push(entry: OutboxEntry, attempt: number, content: Content | undefined): void {
    const product = this.env?.catalog.get(entry.choice.product);
    this.#effects.push({ entry, attempt, content, product, isReserved: true });
  }

  leaveAudience(actor: Actor, fact: AudienceLeftFact): void {
    const index = this.apply(actor, fact);
    const entry = this.outbox.get({ seq: this.sequence, index, choice: 0 });
    if (entry !== undefined)
      this.#effects.push({ entry, attempt: 1, content: undefined, product: undefined, isReserved: false });
  }

  isDeciding(actor: Actor): boolean {
    return actor.decidingTurn === this.#number;
  }

  #fault(request: Request, actor: Actor, fault: unknown): void {
    const { observer } = this.runtime;
    observer.fault(`a ${request.kind} of one customer failed in core`, fault);
    observer.count('attune_core_faults_total', 1);
    if (actor.broken) this.#host.actors.break(actor);
    this.reply(request, refusal('internal', 'the request could not be processed'));
  }

  #handle(request: AboutCustomer, actor: Actor): void {
    switch (request.kind) {
      case 'event':
        return handleEvent(this, request, actor);
      case 'decide':
        return handleDecide(this, request, actor);
      case 'feedback':
        return handleFeedback(this, request, actor);
      case 'receipt':
        return handleReceipt(this, request, actor);
      case 'timer':
        return handleTimer(this, request, actor);
      case 'consider':
        return handleConsideration(this, request, actor);
      case 'attempt':
        return attemptDelivery(this, request, actor);
      case 'read':
        request.view(actor.profile);
        return this.reply(request, accepted);
      case 'member':
        return handleMember(this, request, actor);
      case 'claim':
        return handleClaim(this, request, actor);
      case 'claimed':
        return handleClaimed(this, request, actor);
      case 'redirect':
        return handleRedirect(this, request, actor);
      case 'link':
        return handleLink(this, request, actor);
      case 'unlink':
        return handleUnlink(this, request, actor);
      case 'restore':
        return handleRestore(this, request, actor);
      case 'parted':
        return handleParted(this, request, actor);
      case 'spend':
        return handleSpend(this, request, actor);
      case 'recall':
        return handleRecall(this, request, actor);
      case 'yield':
        return handleYield(this, request, actor);
      case 'forget':
        return handleForget(this, request, actor);
    }
  }

  #isChanged(customer: string): boolean {
    return this.#changed.some(({ profile }) => profile.id === customer);
  }

  /** What was told of them before, if anything, stands no later than the last record. */
  #nobodyToForget(request: ForgetRequest): void {
    const seq = Math.max(1, this.#host.sequence);
    this.reply(request, {
      kind: 'forgotten',
      shard: this.shard,
      generation: this.generation,
      seq,
      channels: 0,
      isNobody: true,
    });
  }

  /** Puts a fact into the record and folds it. */
  apply(actor: Actor, fact: CustomerFact): number {
    const host = this.#host;
    const seq = this.sequence;
    const index = this.#builder.addFact(fact);
    try {
      fold(actor.profile, fact, seq, index);
    } catch (fault) {
      this.#builder.rewind(index);
      actor.broken = true;
      throw fault;
    }
    const open = fact.kind === 'withdraw' ? host.outbox.get(fact.ref) : undefined;
    host.foldOwn(fact, seq, index);
    if (actor.changedTurn !== this.#number) {
      actor.changedTurn = this.#number;
      this.#changed = added(this.#changed, actor);
      actor.dueAt = 0;
      actor.causes = NO_CAUSES;
    }
    actor.dueAt = earlier(actor.dueAt, dueOf(fact));
    if (this.runtime.watchers.size > 0) actor.causes = [...actor.causes, fact.kind];
    if (fact.kind === 'withdraw') this.#withdraw(actor, fact, open?.attempt === 0);
    leaveWith(this, actor, fact);
    return index;
  }

  /** What no channel ever saw is back at once; else the channel is asked, and its answer decides. */
  #withdraw(actor: Actor, fact: Extract<CustomerFact, { kind: 'withdraw' }>, unseen: boolean): void {
    const { ref, reason, at } = fact;
    if (unseen) {
      const customer = actor.profile.id;
      this.apply(actor, {
        kind: 'delivery',
        customer,
        ref,
        state: 'withdrawn',
        retryable: false,
        retryAt: 0,
        reason: '',
        at,
      });
      return;
    }
    const contact = findContact(actor.profile, ref);
    if (contact === undefined) return;
    // An ad platform is told that the customer has left, or what they see now.
    const action = this.runtime.policy?.actions.find(({ id }) => id === contact.action);
    if (action === undefined || !joinsAudience(action, contact.channel))
      this.#effects.withdraw(contact.channel, ref, reason);
  }

  propose(proposal: Proposal): void {
    const { actor, profile, ask, isDry } = proposal;
    const rows = this.#rows;
    const env = this.env as DecideEnv;
    const draft = this.runtime.drafts.borrow();
    this.#drafts = added(this.#drafts, draft);
    if (!isDry) {
      actor.decidingTurn = this.#number;
      this.#makeRoom(actor, Math.max(1, ask.placements.length));
    }
    propose(draft, env, profile, ask);
    if (!isDry) {
      draft.budgets.hold(env, Math.max(1, ask.placements.length));
      this.#host.budgetPart?.considered(env, draft.budgets.considered);
    }
    const count = draft.scoreRows;
    const rowOffset = rows.count;
    rows.features.set(draft.features.subarray(0, count * rows.width), rowOffset * rows.width);
    for (let i = 0; i < count; i++) rows.channels[rowOffset + i] = draft.scoreChannel[i] ?? 0;
    rows.count += count;
    // No room for another one: the rest waits, in order, for the next turn.
    if (rows.count >= rows.max) this.#full = true;
    this.#deciding = added(this.#deciding, { proposal, draft, rowOffset });
  }

  #decide({ proposal, draft, rowOffset }: Deciding, logits: Float32Array, isFallback: boolean): void {
    const { request, actor, profile, ask, isDry, warnings } = proposal;
    if (actor.broken) return this.reply(request, REBUILDING);
    try {
      const fact = finish(draft, this.env as DecideEnv, profile, ask, logits, rowOffset, isFallback);
      let index = 0;
      if (!isDry) {
        const replaced = replacedBy(this, actor, fact);
        index = this.apply(actor, fact);
        this.#effects.decided(fact, index);
        if (fact.dispatch) this.#firstPushes(fact, index, draft, profile);
        const reason = reasonCode('SUPERSEDED');
        const { id: customer } = profile;
        for (const ref of replaced)
          this.apply(actor, { kind: 'withdraw', customer, ref, reason, at: this.now });
      }
      this.reply(request, {
        kind: 'decided',
        place: this.#host.decisionRef(isDry ? 0 : this.sequence, index),
        fact,
        repeated: false,
        ...(warnings !== undefined && { warnings }),
      });
    } catch (fault) {
      this.#fault(request, actor, fault);
    }
  }

  /** Awaited outcomes mature early where the list is full, the oldest first but for what was sent, so that none is lost. Before the candidates: replay sees the same profile. */
  #makeRoom(actor: Actor, wanted: number): void {
    const { pending } = actor.profile;
    while (pending.length > 0 && pending.length + wanted > BOUNDS.pending) {
      const spare = pending.get(pending.spare);
      for (const stage of awaitedOf(spare))
        this.apply(actor, mature(actor.profile, spare, stage, undefined, this.now));
    }
  }

  #firstPushes(fact: DecisionFact, index: number, draft: DecisionDraft, profile: Profile): void {
    const seq = this.sequence;
    const { policy } = this.env as DecideEnv;
    for (let i = 0; i < fact.choices.length; i++) {
      const entry = this.outbox.get({ seq, index, choice: i });
      if (entry === undefined) continue;
      const { row, content } = entry.choice;
      const action = policy.actions[draft.columns.action[row] as number] as Action;
      const product = draft.subjectOf(action, profile).view;
      this.#effects.push({ entry, attempt: 1, content, product, isReserved: false });
    }
  }
}
