// Long because it is the one owner of a shard's parts: each of them sees only its own interface of it.
/**
 * One slice of the customers: their actors, one log, one mailbox, one outbox. Owned by the engine, which drives its turns:
 * `beginTurn` → (scorer) → `finishTurn` → the log settles the commit.
 *
 * I1  A phase at a time (phase.ts): an append in flight means no turn.
 * I2  `sequence` is the last record known to be in the log; the turn's facts carry `sequence + 1`.
 * I3  After a failed append nothing in memory is trusted: the shard recovers from checkpoint and log.
 * I4  Snapshots are taken only between turns, so they hold committed state.
 * I5  Who sees a foreign fence, or whose lease ran out, serves nothing: the fence keeps the log right, the lease keeps
 *     reads and pushes right, which append nothing. It may be opened again under a new lease.
 * I6  What was under way when the shard left a phase belongs to that phase: it is answered, and changes nothing here.
 */
import type { CustomerId } from '../../base/brand.ts';
import type { RecordBuilder } from '../../codec/stored/record-codec.ts';
import { encodeShardState } from '../../codec/stored/shard-state-codec.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { ADS } from '../../core/audience/joins-audience.ts';
import type { RevisionAdoption } from '../../core/core-revision.ts';
import type { DecideEnv } from '../../core/decide/decide-env.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import type { EventSetting } from '../../core/event/derive-event.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import { hasMoment } from '../../core/event/moments.ts';
import type { AdoptedFact, CustomerFact, RecordHeader } from '../../core/fact/fact.ts';
import { addressedById, addresseeOfKey, othersOf } from '../../core/identity/customer.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import { kindsByStrength } from '../../core/identity/sighting.ts';
import type { BudgetLedger } from '../../core/ledger/budget-ledger.ts';
import type { KeptApart } from '../../core/profile/link.ts';
import { nextDue } from '../../core/profile/next-due.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Refusal, ShardStatus } from '../../port/customers.ts';
import type { Peers } from '../../port/peers.ts';
import { Dispatcher, type DispatchHost } from '../delivery/dispatcher.ts';
import { type MembersFound, membersIn } from '../delivery/list-audience.ts';
import { Outbox } from '../delivery/outbox.ts';
import { Claims, type ClaimsHost } from '../identity/claims.ts';
import { DEFAULT_RULES } from '../identity/default-kinds.ts';
import { type LandingRequest, Landings, type LandingsHost } from '../identity/landings.ts';
import { movedRequest } from '../identity/moved-request.ts';
import { Partings, type PartingsHost } from '../identity/partings.ts';
import { Recalls, type RecallsHost } from '../identity/recalls.ts';
import type { Runtime } from '../runtime.ts';
import type { AudienceWalk } from '../trigger/audience-walk.ts';
import { CustomerTimers, type TimerHost } from '../trigger/customer-timers.ts';
import type { EnrolmentWalk } from '../trigger/enrolment-walk.ts';
import type { TimerQueue } from '../trigger/timer-queue.ts';
import { type Request, refusal, refuse } from '../turn/request.ts';
import { type ScoreRows, Turn, type TurnHost } from '../turn/turn.ts';
import type { Actor } from './actor.ts';
import { ActorCache, type ActorHost } from './actor-cache.ts';
import { BudgetPart, type BudgetPartHost } from './budget-part.ts';
import { Commit, type CommitOwner, LOG_FULL, MEMORY_SHORT, MOVED } from './commit.ts';
import { rebuildCustomer } from './customer-rebuild.ts';
import { DecisionReader, type DecisionReaderHost } from './decision-reader.ts';
import { rebuildFromCopies } from './lost-customer.ts';
import { Mailbox } from './mailbox.ts';
import { afterOf, type Phase, type PhaseKind, ShardPhase } from './phase.ts';
import type { RecoveredShard } from './recovery.ts';
import { ShardMemory } from './shard-memory.ts';
import { type OpeningHost, ShardOpening } from './shard-opening.ts';
import { type SnapshotHost, SnapshotWriter } from './snapshot-writer.ts';
import type { StoredState } from './stored-records.ts';

const NOT_SERVED = refusal('unavailable', 'this shard is not served here', INTERVALS.retryDelayMs);
const SHUTTING_DOWN = refusal('unavailable', 'the service is shutting down; retry', INTERVALS.retryDelayMs);
const LOST_WAY = refusal('internal', 'the key leads in a circle; the request could not be processed');
const PARTING = refusal(
  'unavailable',
  'the customer of this key is being parted from another one; retry with the same id',
  INTERVALS.retryDelayMs,
);
const BROKEN = refusal('internal', 'the request could not be processed');

/** The other shards. */
export interface Neighbours {
  readonly peer: Peers;
  /** Puts a request into the mailbox of the shard that it is for, or refuses it. */
  send(request: Request): void;
  /** Other nodes may serve some of them. */
  readonly mayBeElsewhere: boolean;
}

const NOBODY_TO_WARM = { customers: [], until: 0 };

type Hosts = ActorHost &
  ClaimsHost &
  PartingsHost &
  LandingsHost &
  RecallsHost &
  BudgetPartHost &
  SnapshotHost &
  DispatchHost &
  DecisionReaderHost &
  TimerHost &
  TurnHost &
  CommitOwner &
  OpeningHost;

export class Shard implements Hosts {
  readonly id: number;
  readonly runtime: Runtime;
  readonly mailbox: Mailbox;
  readonly actors: ActorCache;
  readonly writer: SnapshotWriter;
  readonly dispatcher: Dispatcher;
  readonly decisions: DecisionReader;
  readonly customerTimers: CustomerTimers;
  readonly claims: Claims;
  readonly partings: Partings;
  readonly landings: Landings;
  readonly recalls: Recalls;
  readonly budgetPart: BudgetPart | undefined;
  readonly #phase: ShardPhase;
  readonly #opening: ShardOpening;
  #toWarm: { readonly customers: readonly string[]; readonly until: number } = NOBODY_TO_WARM;
  readonly #notify: (shard: Shard) => void;
  readonly #neighbours: Neighbours;
  #memory = new ShardMemory();
  #turn: Turn;
  /** Records written by this process: numbers their batches. */
  #batch = 0;

  /** `notify` is called when the shard may have something to do: the engine looks at it in its next tick. */
  constructor(id: number, runtime: Runtime, neighbours: Neighbours, notify: (shard: Shard) => void) {
    this.id = id;
    this.runtime = runtime;
    this.#neighbours = neighbours;
    this.#notify = notify;
    this.#phase = new ShardPhase(runtime.clock);
    this.mailbox = new Mailbox(runtime.bounds.mailboxPerShardMax, runtime.bounds.mailboxBytesMax);
    this.actors = new ActorCache(this, runtime);
    this.writer = new SnapshotWriter(this, runtime);
    this.dispatcher = new Dispatcher(this, runtime);
    this.decisions = new DecisionReader(this, runtime);
    this.customerTimers = new CustomerTimers(this, runtime);
    this.claims = new Claims(this, runtime);
    this.partings = new Partings(this, runtime);
    this.landings = new Landings(this, runtime);
    this.recalls = new Recalls(this, runtime);
    this.budgetPart = neighbours.mayBeElsewhere ? new BudgetPart(this) : undefined;
    this.#opening = new ShardOpening(this, this.#phase);
    this.#turn = new Turn(this);
  }

  get peer(): Peers {
    return this.#neighbours.peer;
  }

  get phase(): PhaseKind {
    return this.#phase.kind;
  }

  get isServing(): boolean {
    return this.#phase.isServing;
  }

  get isIdle(): boolean {
    return this.#phase.kind === 'idle';
  }

  /** Since when it is not served, ms by the clock; 0: it is. */
  get downSince(): number {
    return this.#phase.downSince;
  }

  get sequence(): number {
    return this.#memory.sequence;
  }

  get epoch(): number {
    return this.#memory.epoch;
  }

  get outbox(): Outbox {
    return this.#memory.outbox;
  }

  get timers(): TimerQueue {
    return this.#memory.timers;
  }

  /** When customers are considered next. */
  get considerations(): TimerQueue {
    return this.#memory.considerations;
  }

  /** How far its stored customers have the considerations that the policy asks for. */
  get enrolment(): EnrolmentWalk {
    return this.#memory.enrolment;
  }

  /** How far it has gone through who is in an audience. */
  get audienceWalk(): AudienceWalk {
    return this.#memory.audienceWalk;
  }

  /** What its customers draw on budgets; while it recovers, what they drew when that began. */
  get budgets(): BudgetLedger {
    return this.#memory.budgets;
  }

  /** Core revisions that the log says were adopted, oldest first. */
  get revisions(): readonly RevisionAdoption[] {
    return this.#memory.revisions;
  }

  get stored(): StoredState {
    return this.writer.stored;
  }

  get storeCounter(): number {
    return this.writer.stored.counter;
  }

  get actorsById(): ReadonlyMap<string, Actor> {
    return this.actors.all;
  }

  get quarantined(): ReadonlySet<string> {
    return this.actors.quarantined;
  }

  get isRebuilding(): boolean {
    return this.actors.rebuilding > 0;
  }

  get hasQuarantined(): boolean {
    return this.actors.quarantined.size > 0;
  }

  /** The log refuses all that is new until there is room. */
  get hasNoRoom(): boolean {
    return this.#phase.isLogFull;
  }

  get canTurn(): boolean {
    return this.isIdle && this.mailbox.size > 0;
  }

  /** Whether this node may speak for the shard at `now`: asked before every turn and every push. */
  mayServe(now: number): boolean {
    const until = this.runtime.serveUntil?.(this.id);
    return until === undefined || now < until;
  }

  /** An append, a load, a snapshot or a queue is under way. */
  get busy(): boolean {
    const { kind } = this.#phase;
    if (kind === 'closed' || kind === 'lost') return false;
    return (
      kind !== 'idle' ||
      this.mailbox.size > 0 ||
      this.actors.loading > 0 ||
      this.writer.busy ||
      this.decisions.isBusy ||
      this.claims.isBusy ||
      this.partings.isBusy ||
      this.landings.isBusy
    );
  }

  get status(): ShardStatus {
    const { kind } = this.#phase;
    return {
      shard: this.id,
      generation: this.runtime.generation,
      generations: this.#memory.generations,
      // An append is the end of a turn; who watches from outside need not tell them apart.
      state: kind === 'appending' ? 'turning' : kind,
      sequence: this.sequence,
      epoch: this.epoch,
      queued: this.mailbox.size,
      resident: this.actors.size,
      outbox: this.outbox.size,
      checkpoint: this.writer.checkpointed,
      quarantined: this.actors.quarantined.size,
      timers: this.timers.size,
    };
  }

  /** Also of a decision that a customer brought along from another shard. */
  decisionRef(seq: number, index: number): DecisionPlace {
    const place = placeOfSeq(this.id, seq);
    if (place.shard !== this.id) return this.peer.decisionRef(place, index);
    // While it has not read its log yet, a neighbour may deliver what is of it.
    const generation = this.#memory.generationAt(seq) || this.runtime.generation;
    return { generation, shard: this.id, seq, index };
  }

  revisionAt(sequence: number): number {
    return this.#memory.revisionAt(sequence);
  }

  profileOf(customer: string): Profile | undefined {
    return this.actors.get(customer)?.profile;
  }

  /** Sends a request of a moved customer to where they are. */
  forward(request: Request, { key, moved }: Profile): void {
    const via = [...(request.via ?? []), key];
    if (moved === undefined || via.length > LIMITS.redirectsMax) return refuse(request, LOST_WAY);
    this.#neighbours.send(movedRequest(request, via, moved.to, this.id, this.runtime.bounds.shards));
  }

  forwardToOwner(request: Request, { key, deviceOf }: Profile): void {
    const via = [...(request.via ?? []), key];
    if (deviceOf === undefined || via.length > LIMITS.redirectsMax) return refuse(request, LOST_WAY);
    const { to } = deviceOf;
    const { comesBack: _, ...own } = request;
    this.#neighbours.send({ ...own, to: addressedById(to), via, deviceOf: to } as Request);
  }

  sendToDevice(request: Request): void {
    const device = request.via?.at(-1);
    if (device === undefined) return refuse(request, LOST_WAY);
    const { via: _, ...own } = request;
    this.#neighbours.send({ ...own, to: addresseeOfKey(device), comesBack: true } as Request);
  }

  sendBack(request: Request, { key, person }: KeptApart): void {
    const sentBack = (request.sentBack ?? 0) + 1;
    // The other one may not have heard yet that they are two, as after a crash: it is over in a moment.
    if (sentBack > LIMITS.redirectsMax) return refuse(request, PARTING);
    const browser = request.isProvisional ? (request.via?.slice(0, 1) ?? []) : [];
    const via = key === person ? browser : [...browser, key];
    const sent = { ...request, sentBack } as Request;
    this.#neighbours.send(movedRequest(sent, via, person, this.id, this.runtime.bounds.shards));
  }

  /** Sends a request of a browser to the customer for whom it stands by a link in a message. */
  forwardLinked(request: LandingRequest, { key }: Profile, to: CustomerId): void {
    // By id alone, so that nobody begins who was forgotten. By which other key of the browser it came is nothing to them.
    this.#neighbours.send({ ...request, to: addressedById(to), via: [key], isProvisional: true } as Request);
  }

  /** Sends a request of a browser back to it: nothing is known any more of the customer for whom it stood. */
  sendToBrowser(request: Request): void {
    const { via: [browser] = [], isProvisional: _, ...own } = request;
    if (browser === undefined) return refuse(request, LOST_WAY);
    const { via: __, ...rest } = own as Request;
    this.#neighbours.send({ ...rest, to: addresseeOfKey(browser), comesBack: true } as Request);
  }

  /** Asks the next one whom a request may be about. */
  tryNext(request: Request): void {
    const { keys = [], triedKeys = 0 } = request;
    const rules = this.runtime.policy?.identifierRules ?? DEFAULT_RULES;
    const to = othersOf(keys, kindsByStrength(rules))[triedKeys];
    const { via: _, ...next } = request;
    if (to !== undefined) this.#neighbours.send({ ...next, to, triedKeys: triedKeys + 1 } as Request);
  }

  identifiersOf(customer: string): readonly IdentifierInput[] {
    return this.actors.get(customer)?.profile.identifiers ?? [];
  }

  isDeciding(actor: Actor): boolean {
    return this.#turn.isDeciding(actor);
  }

  encodeState(): Uint8Array {
    const { epoch, policy, model, pauses, revisions, generations } = this.#memory;
    const { outbox, budgets, enrolment, audienceWalk } = this.#memory;
    return encodeShardState({
      ...{ epoch, policy, model, pauses, revisions, generations },
      outbox: [...outbox.entries.values()],
      budgets: budgets.state,
      enrolment: enrolment.state,
      audienceWalk: audienceWalk.state,
    });
  }

  /** Queues a request; refused at once when there is no room or no owner. */
  submit(request: Request): void {
    const { kind } = this.#phase;
    if (kind === 'lost' || kind === 'closed') return refuse(request, NOT_SERVED);
    if (this.hasNoRoom) return refuse(request, LOG_FULL);
    const heap = this.runtime.heap?.room ?? 'enough';
    if (heap === 'full' || (heap === 'short' && request.priority !== 'critical')) {
      this.runtime.observer.count('attune_shed_total', 1, request.priority);
      return refuse(request, MEMORY_SHORT);
    }
    if (!this.mailbox.push(request)) {
      this.runtime.observer.count('attune_shed_total', 1, request.priority);
      const sentence = `the service is overloaded and sheds ${request.priority} requests; retry later`;
      return refuse(request, refusal('exhausted', sentence, INTERVALS.retryDelayMs));
    }
    this.#notify(this);
  }

  requeue(requests: readonly Request[]): void {
    this.mailbox.putBack(requests);
    this.#notify(this);
  }

  // ── Turns ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Step 1 of a turn, on what the mailbox holds; only when `canTurn`. How many requests it took; undefined: it broke off. */
  beginTurn(
    now: number,
    env: DecideEnv | undefined,
    setting: EventSetting,
    rows: ScoreRows,
  ): number | undefined {
    this.#phase.enter({ kind: 'turning', after: { startOver: false } });
    const requests = this.mailbox.dequeue(LIMITS.turnRequestsMax, LIMITS.turnBytesMax);
    try {
      this.#turn.begin(requests, now, env, setting, rows);
      return requests.length;
    } catch (fault) {
      void this.breakTurn(fault);
      return undefined;
    }
  }

  /** The earliest deadline, after `now`, of those whose replies wait for this turn; Infinity: none has one. */
  turnDeadline(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    // Whose deadline has passed is refused already.
    for (const { deadlineAt } of this.#turn.requests)
      if (deadlineAt > now && deadlineAt < earliest) earliest = deadlineAt;
    return earliest;
  }

  /** Step 2: the record to append; undefined when there is none, or the turn is over already. */
  finishTurn(logits: Float32Array, isFallback: boolean): Commit | undefined {
    const phase = this.#phase.current;
    // Lost while the rows were scored.
    if (phase.kind !== 'turning') return undefined;
    try {
      const bytes = this.#turn.finish(logits, isFallback);
      if (bytes === undefined) {
        this.#turn.commit();
        this.#turnOver(phase.after.startOver);
        return undefined;
      }
      return new Commit({
        ...{ owner: this, runtime: this.runtime, turn: this.#turn, bytes },
        phase: this.#phase.enter({ kind: 'appending', after: phase.after }),
        expectedLast: this.sequence,
      });
    } catch (fault) {
      void this.breakTurn(fault);
      return undefined;
    }
  }

  /** The turn as a whole threw, which no request explains: a bug of ours. None of it is in the log; the shard starts over. */
  async breakTurn(fault: unknown): Promise<void> {
    this.runtime.observer.fault(`shard ${this.id}: a turn broke off`, fault);
    if (!this.#phase.isInTurn) return;
    this.suspend();
    this.#turn.abandon(BROKEN);
    await this.recover();
  }

  /** Of the next record that this shard writes. */
  header(now: number, epoch = this.epoch): RecordHeader {
    this.#batch++;
    const { generation, node } = this.runtime;
    return {
      ...{ generation, epoch, at: now },
      batch: `${node}.${epoch.toString(36)}.${this.#batch.toString(36)}`,
    };
  }

  /**
   * The log says which core revision and editions a turn worked under; a change is the turn's first fact. A shard never
   * goes back to an earlier revision.
   */
  adoptEditions(builder: RecordBuilder, now: number): void {
    const { policy, pauses, scorer, revisions } = this.runtime;
    const memory = this.#memory;
    const adopt = (edition: AdoptedFact['edition'], version: string, sha256: string): void => {
      const fact: AdoptedFact = { kind: 'adopted', edition, version, sha256, at: now };
      builder.addFact(fact);
      memory.adopted(fact, memory.sequence + 1);
    };
    if (revisions.current > memory.revisionAt(memory.sequence)) adopt('core', String(revisions.current), '');
    if (policy !== undefined && policy.version !== memory.policy)
      adopt('policy', policy.version, policy.sha256);
    if (pauses.version !== memory.pauses) adopt('pauses', pauses.version, pauses.sha256);
    if (scorer.info.version !== memory.model) adopt('model', scorer.info.version, scorer.info.sha256 ?? '');
  }

  /** What is the shard's own of a fact of the turn under way: its outbox, its part of the budgets. */
  foldOwn(fact: CustomerFact, seq: number, index: number): void {
    const { outbox } = this.#memory;
    const before = outbox.size;
    const onAds = outbox.sizeOf(ADS);
    const channel =
      fact.kind === 'delivery' || fact.kind === 'withdraw' ? outbox.get(fact.ref)?.choice.channel : undefined;
    const leaving = dispatchesLeaving(outbox, fact);
    this.#memory.fold(fact, seq, index);
    const change = outbox.size - before;
    if (fact.kind === 'absorb-in' || fact.kind === 'restored')
      for (const { choice } of fact.dispatches) this.runtime.channels.opened(choice.channel, 1);
    else if (leaving.length > 0) for (const left of leaving) this.runtime.channels.opened(left, -1);
    else if (change < 0 && channel !== undefined) this.runtime.channels.opened(channel, change);
    else if (fact.kind === 'decision' || fact.kind === 'audience-left') {
      // Who enters an audience again need not be told that they left it.
      this.runtime.channels.opened(ADS, outbox.sizeOf(ADS) - onAds);
      if (fact.kind === 'decision' && fact.dispatch)
        for (const choice of fact.choices)
          if (choice.kind === 'treatment' && choice.channel !== ADS)
            this.runtime.channels.opened(choice.channel, 1);
    }
  }

  // ── Commit (commit.ts) ────────────────────────────────────────────────────────────────────────────────────────────

  holds(phase: Phase): boolean {
    return this.#phase.holds(phase);
  }

  committed(): void {
    const phase = this.#phase.current;
    this.#memory.sequence++;
    this.#memory.budgets.commit();
    const { now } = this.#turn;
    let isDue = false;
    for (const actor of this.#turn.changed) {
      this.#noteChanged(actor, actor.dueAt);
      if (actor.dueAt !== 0 && actor.dueAt <= now && hasMoment(actor.profile)) isDue = true;
    }
    this.#turn.commit();
    this.#turnOver(afterOf(phase).startOver);
    // News that fired a trigger need not wait for the next beat.
    if (isDue) this.customerTimers.submitDue(now);
  }

  suspend(): Phase {
    return this.#phase.enter({ kind: 'suspended', isLogFull: false, after: afterOf(this.#phase.current) });
  }

  #turnOver(startOver: boolean): void {
    this.#phase.enter({ kind: 'idle' });
    if (startOver) return void this.startOver();
    // Also without a record: refusals at the stop of memory leave no fact, and it is saving that ends them.
    this.writer.afterTurn();
    this.budgetPart?.borrow();
    if (this.mailbox.size > 0) this.#notify(this);
  }

  /** After facts of a customer are committed: the profile is to be saved, and looked at again when something is due. */
  #noteChanged(actor: Actor, due: number): void {
    this.writer.dirty(actor);
    this.customerTimers.note(actor, due);
    this.customerTimers.noteConsideration(actor);
  }

  // ── Opening (shard-opening.ts), loss ───────────────────────────────────────────────────────────────────────────────────────

  /** Fence, fold of what the snapshots lack. Resolves when the shard serves; throws PortError. */
  open(): Promise<void> {
    return this.#opening.once();
  }

  /** Of a suspended shard: starts over from what is stored until it serves, or is another's. */
  recover(): Promise<void> {
    return this.#opening.untilServed();
  }

  fenced(sequence: number): void {
    this.#memory.sequence = sequence;
    this.#memory.epoch = sequence;
  }

  adopt({ memory, actors, quarantined, stored }: RecoveredShard): void {
    this.#memory = memory;
    this.actors.adopt(actors.values(), quarantined);
    this.writer.adopt(stored, actors.values());
    for (const { choice } of memory.outbox.entries.values()) this.runtime.channels.opened(choice.channel, 1);
    this.#phase.enter({ kind: 'idle' });
    this.#warmUp();
    this.#notify(this);
  }

  /** Forgets everything in memory but what its customers draw on budgets; requests that waited for somebody wait again. */
  forget(): void {
    const { outbox, sequence, epoch, budgets, generations } = this.#memory;
    for (const { choice } of outbox.entries.values()) this.runtime.channels.opened(choice.channel, -1);
    this.mailbox.putBack(this.actors.clear());
    this.claims.clear(NOT_SERVED);
    this.partings.clear(NOT_SERVED);
    this.landings.clear(NOT_SERVED);
    this.recalls.clear(NOT_SERVED);
    this.budgetPart?.clear();
    this.writer.reset();
    this.#memory = new ShardMemory(new Outbox(), budgets);
    this.#memory.sequence = sequence;
    this.#memory.epoch = epoch;
    this.#memory.generations = generations;
  }

  /** The stores are not what this process believes: recovers, once the turn under way is done. */
  async startOver(): Promise<void> {
    const phase = this.#phase.current;
    if ('after' in phase) phase.after.startOver = true;
    if (phase.kind !== 'idle') return;
    this.suspend();
    await this.recover();
  }

  /** A newer owner was seen, or the lease ran out: nothing is served here any more. `open` begins anew. */
  lose(why: string): void {
    const { kind } = this.#phase;
    if (kind === 'lost' || kind === 'closed') return;
    this.#phase.enter({ kind: 'lost' });
    this.runtime.observer.fault(`shard ${this.id} is lost: ${why}`);
    // An append under way is answered when it comes back; a turn that waits for its scores never will be appended.
    if (kind === 'turning') this.#turn.abandon(MOVED);
    this.#drop();
    this.refuseQueued(MOVED);
  }

  /** `close`, and nothing of it is left here: another node goes on with it. Resolves with whom it should bring in first. */
  async handOver(): Promise<readonly string[]> {
    await this.close();
    if (this.#phase.kind !== 'closed') return [];
    const used = this.actors.lastUsed(LIMITS.warmPerShardMax);
    this.#drop();
    return used;
  }

  /** Customers who are likely to be asked for: they are brought in once this shard is served here, if that is soon. */
  warm(customers: readonly string[]): void {
    this.#toWarm = { customers, until: this.runtime.clock.now() + INTERVALS.shardAwaitedMs };
    if (this.isServing) this.#warmUp();
  }

  #warmUp(): void {
    const { customers, until } = this.#toWarm;
    this.#toWarm = NOBODY_TO_WARM;
    if (this.runtime.clock.now() < until) this.actors.warm(customers);
  }

  #drop(): void {
    // Also when suspended: its commit may still be asking the log what became of it.
    this.#turn = new Turn(this);
    this.forget();
    // What its customers draw on budgets counts where the shard is served.
    const { sequence, epoch, generations } = this.#memory;
    this.#memory = new ShardMemory();
    this.#memory.sequence = sequence;
    this.#memory.epoch = epoch;
    this.#memory.generations = generations;
  }

  /** Finishes what was accepted, saves all, and serves no more. */
  async close(): Promise<void> {
    while (this.#phase.isInTurn || this.mailbox.size > 0) {
      const { kind } = this.#phase;
      if (kind === 'suspended' || kind === 'lost' || kind === 'closed') break;
      await new Promise<void>((resolve) => this.runtime.clock.soon(resolve));
    }
    if (this.isIdle) await this.writer.flush();
    // A load or a timer may have begun a turn meanwhile.
    while (this.#phase.isInTurn) await new Promise<void>((resolve) => this.runtime.clock.soon(resolve));
    this.claims.clear(SHUTTING_DOWN);
    this.partings.clear(SHUTTING_DOWN);
    this.landings.clear(SHUTTING_DOWN);
    this.recalls.clear(SHUTTING_DOWN);
    if (this.#phase.kind !== 'closed') this.#phase.enter({ kind: 'closed' });
    this.refuseQueued(SHUTTING_DOWN);
  }

  refuseQueued(why: Refusal): void {
    for (const request of this.mailbox.dequeue(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
      try {
        refuse(request, why);
      } catch (fault) {
        this.runtime.observer.fault('a refusal could not be given', fault);
      }
  }

  // ── Customers: rebuilt, due ────────────────────────────────────────────────────────────────────────────

  /** All that is committed by now. */
  async saveNow(): Promise<void> {
    await this.writer.flush();
  }

  membersIn(audience: string, after: string, limit: number): Promise<MembersFound | Refusal> {
    return membersIn(this, audience, after, limit);
  }

  saveSoon(): void {
    this.writer.hurry();
  }

  async rebuild(customer: string): Promise<Profile | undefined> {
    // The turn that broke them is still to be appended or dropped; what is durable then is what counts.
    while (this.#phase.isInTurn) await new Promise<void>((resolve) => this.runtime.clock.soon(resolve));
    return rebuildCustomer(this, customer);
  }

  async rebuildFromCopies(customer: string): Promise<Profile> {
    while (this.#phase.isInTurn) await new Promise<void>((resolve) => this.runtime.clock.soon(resolve));
    return rebuildFromCopies(this, customer, this.sequence);
  }

  noteDamaged(customer: string, fault: unknown): void {
    this.actors.noteDamaged(customer, fault);
  }

  noteRebuilt(actor: Actor): void {
    this.#noteChanged(actor, nextDue(actor.profile));
  }

  retryTimer(customer: string, ms: number): void {
    this.customerTimers.retry(customer, ms);
  }
}

/** Channels of the open dispatches that a fact takes away to another customer. */
function dispatchesLeaving(outbox: Outbox, fact: CustomerFact): readonly number[] {
  if (fact.kind === 'absorb-out' || fact.kind === 'erased')
    return outbox.of(fact.customer).map(({ choice }) => choice.channel);
  if (fact.kind !== 'unlinked') return [];
  return fact.given.flatMap((ref) => outbox.get(ref)?.choice.channel ?? []);
}
