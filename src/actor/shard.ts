// Long because it is the one owner of a shard's state, and its invariants are about all of it.
/**
 * One slice of the customers: their actors, one log, one mailbox, one outbox. Owned by the engine; only its turn and its
 * recovery change what it holds.
 *
 * I1  An append in flight means no turn: `state` is 'turning' from `begin` to the acknowledgement.
 * I2  `sequence` is the last record known to be in the log; the turn's facts carry `sequence + 1`.
 * I3  After a failed append nothing in memory is trusted: the shard recovers from checkpoint and log.
 * I4  Snapshots are taken only between turns, so they hold committed state.
 * I5  Who sees a foreign fence, or whose lease ran out, serves nothing: the fence keeps the log right, the lease keeps
 *     reads and pushes right, which append nothing. It may be opened again under a new lease.
 * I6  What was under way when the shard was lost belongs to that tenure: it is answered, and changes nothing here.
 */

import type { CustomerId } from '../base/brand.ts';

import { type RecordBuilder, readFact } from '../codec/stored/record-codec.ts';
import { LIMITS, PACES } from '../config/limits.ts';
import { channelIndex } from '../core/channel.ts';
import { type RevisionAdoption, revisionAt } from '../core/core-revision.ts';
import type { DecisionPlace } from '../core/decide/decision-id.ts';
import type { AdoptedFact, CustomerFact, DecisionFact, RecordHeader } from '../core/fact/fact.ts';
import { hashOfId } from '../core/identity/customer.ts';
import { BudgetLedger } from '../core/ledger/budget-ledger.ts';
import type { PendingOutcome } from '../core/profile/ledger-rows.ts';
import { nextDue } from '../core/profile/next-due.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { Refusal, ShardStatus } from '../port/customers.ts';
import type { LogAppend } from '../port/fact-log.ts';
import { PortError } from '../port/port-error.ts';
import type { Actor } from './actor.ts';
import { fail } from './after-append.ts';
import { isDamaged } from './is-damaged.ts';
import { Mailbox } from './mailbox.ts';
import { Outbox, refKey } from './outbox.ts';
import { foreignFence, openShard, settleUnknown } from './recovery.ts';
import { type DecideRequest, type Request, refusal, type WakeRequest } from './request.ts';
import { Residents } from './residents.ts';
import type { Runtime } from './runtime.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { Turn } from './turn.ts';
import { Wakeups } from './wakeups.ts';

const moved = refusal('unavailable', 'this shard moved to another node', PACES.retryDelayMs);

const logFull = refusal(
  'exhausted',
  'the log is full: nothing can be accepted until there is room',
  PACES.fullRetryDelayMs,
);

export type ShardState = 'closed' | 'opening' | 'idle' | 'turning' | 'suspended' | 'lost';

/** A turn's record on its way to the log. */
export interface ShardAppend extends LogAppend {
  readonly turn: Turn;
  /** Of the shard when it was handed over (I6). */
  readonly tenure: number;
  /** The log told what became of it. */
  settled: boolean;
}

export class Shard {
  readonly id: number;
  readonly runtime: Runtime;
  readonly mailbox: Mailbox;
  readonly residents: Residents;
  readonly wakeups = new Wakeups();
  readonly writer: SnapshotWriter;
  outbox = new Outbox();
  budgets = new BudgetLedger();
  /** What counted before a recovery that is under way. */
  #budgetsBefore: BudgetLedger | undefined;
  /** Since when it is not served, ms by the clock; 0: it is. */
  downSince: number;
  sequence = 0;
  epoch = 0;
  /** Versions that the log says are in force here. */
  adoptedPolicy = '';
  adoptedModel = '';
  adoptedRevisions: readonly RevisionAdoption[] = [];
  #state: ShardState = 'closed';
  #turn: Turn;
  /** Counts openings and losses: tells what an append that comes back belongs to. */
  #tenure = 0;
  #appending = false;
  /** The stores are not what this process believes: it starts over when the turn is done. */
  #doubted = false;
  /** Not even the fence finds room in the log: who would wait for the recovery hears so. */
  #noRoom = false;
  readonly #notify: (shard: Shard) => void;
  #batch = 0;
  /** Decisions being read back from log or archive. */
  #reading = 0;

  constructor(id: number, runtime: Runtime, notify: (shard: Shard) => void) {
    this.id = id;
    this.runtime = runtime;
    this.downSince = runtime.clock.now();
    this.#notify = notify;
    this.mailbox = new Mailbox(runtime.bounds.mailboxPerShardMax, runtime.bounds.mailboxBytesMax);
    this.residents = new Residents(this);
    this.writer = new SnapshotWriter(this);
    this.#turn = new Turn(this);
  }

  /** Something may be done: the engine looks at the shard in its next tick. */
  wake(): void {
    this.#notify(this);
  }

  get state(): ShardState {
    return this.#state;
  }

  set state(state: ShardState) {
    this.#state = state;
    if (state === 'idle' || state === 'turning') this.downSince = 0;
    else if (this.downSince === 0) this.downSince = this.runtime.clock.now();
  }

  /** The log refuses all that is new until there is room. */
  get hasNoRoom(): boolean {
    return this.#noRoom;
  }

  get canTurn(): boolean {
    return this.state === 'idle' && this.mailbox.size > 0;
  }

  /** Whether this node may speak for the shard at `now`: asked before every turn and every push. */
  mayServe(now: number): boolean {
    const until = this.runtime.serveUntil?.(this.id);
    return until === undefined || now < until;
  }

  /** An append, a load, a snapshot or a queue is under way. */
  get busy(): boolean {
    if (this.state === 'closed' || this.state === 'lost') return false;
    return (
      this.state !== 'idle' ||
      this.mailbox.size > 0 ||
      this.residents.loading > 0 ||
      this.writer.busy ||
      this.#reading > 0
    );
  }

  /** What its customers draw on budgets; while it recovers, what they drew when that began. */
  get budgetsCounted(): BudgetLedger {
    return this.#budgetsBefore ?? this.budgets;
  }

  get turn(): Turn {
    return this.#turn;
  }

  get status(): ShardStatus {
    return {
      shard: this.id,
      generation: this.runtime.generation,
      state: this.state,
      sequence: this.sequence,
      epoch: this.epoch,
      queued: this.mailbox.size,
      resident: this.residents.size,
      outbox: this.outbox.size,
      checkpoint: this.writer.checkpointed,
      quarantined: this.residents.quarantined.size,
      timers: this.wakeups.size,
    };
  }

  placeOf(seq: number, index: number): DecisionPlace {
    return { generation: this.runtime.generation, shard: this.id, seq, index };
  }

  channelOf(name: string, profile: Profile): number {
    return name === '' ? profile.session.channel : channelIndex(name);
  }

  /** Queues a request; refused at once when there is no room or no owner. */
  submit(request: Request): void {
    if (this.state === 'lost' || this.state === 'closed') {
      return fail(request, refusal('unavailable', 'this shard is not served here', PACES.retryDelayMs));
    }
    if (this.#noRoom) return fail(request, logFull);
    if (!this.mailbox.push(request)) {
      this.runtime.observer.count('attune_shed_total', 1, request.shed);
      return fail(
        request,
        refusal(
          'exhausted',
          `the service is overloaded and sheds ${request.shed} requests; retry later`,
          PACES.retryDelayMs,
        ),
      );
    }
    this.wake();
  }

  /** Opens the shard: fence, fold of what the snapshots lack. Resolves when it serves; throws PortError. */
  async open(): Promise<void> {
    this.state = 'opening';
    const tenure = ++this.#tenure;
    await openShard(this, () => tenure === this.#tenure && this.state === 'opening');
    // Lost or closed in the last moment of it.
    if (tenure !== this.#tenure || (this.state as ShardState) !== 'opening') return;
    this.state = 'idle';
    this.#noRoom = false;
    this.#budgetsBefore = undefined;
    this.#armOutbox();
    this.wake();
  }

  /** Forgets everything in memory (a recovery follows, or the shard is given up). */
  forget(): void {
    for (const entry of this.outbox.entries.values()) this.runtime.hub.opened(entry.choice.channel, -1);
    this.mailbox.putBack(this.residents.clear());
    this.outbox = new Outbox();
    this.#budgetsBefore ??= this.budgets;
    this.budgets = new BudgetLedger();
    this.wakeups.clear();
    this.writer.reset();
    this.adoptedPolicy = '';
    this.adoptedModel = '';
    this.adoptedRevisions = [];
    this.#doubted = false;
  }

  nextHeader(now: number): RecordHeader {
    this.#batch++;
    return {
      generation: this.runtime.generation,
      epoch: this.epoch,
      batch: `${this.runtime.node}.${this.epoch.toString(36)}.${this.#batch.toString(36)}`,
      at: now,
    };
  }

  /**
   * The log says which core revision and editions a turn worked under; a change is the turn's first fact. A shard never
   * goes back to an earlier revision.
   */
  adoptEditions(builder: RecordBuilder, now: number): void {
    const { policy, scorer, revisions } = this.runtime;
    if (revisions.current > revisionAt(this.adoptedRevisions, this.sequence))
      this.#adopt(builder, {
        kind: 'adopted',
        edition: 'core',
        version: String(revisions.current),
        sha256: '',
        at: now,
      });
    if (policy !== undefined && policy.version !== this.adoptedPolicy)
      this.#adopt(builder, {
        kind: 'adopted',
        edition: 'policy',
        version: policy.version,
        sha256: policy.sha256,
        at: now,
      });
    if (scorer.info.version !== this.adoptedModel)
      this.#adopt(builder, {
        kind: 'adopted',
        edition: 'model',
        version: scorer.info.version,
        sha256: scorer.info.sha256 ?? '',
        at: now,
      });
  }

  #adopt(builder: RecordBuilder, fact: AdoptedFact): void {
    builder.addFact(fact);
    this.noteAdopted(fact, this.sequence + 1);
  }

  /** Record `sequence` says that from it on something else is in force. */
  noteAdopted({ edition, version }: AdoptedFact, sequence: number): void {
    if (edition === 'policy') this.adoptedPolicy = version;
    if (edition === 'model') this.adoptedModel = version;
    if (edition === 'core')
      this.adoptedRevisions = [...this.adoptedRevisions, { revision: Number(version), from: sequence }];
  }

  /** What is the shard's own of a fact: its outbox, its part of the budgets. */
  foldOwn(fact: CustomerFact, seq: number, index: number): void {
    this.budgets.fold(fact, seq, index);
    const before = this.outbox.size;
    const channel =
      fact.kind === 'delivery' || fact.kind === 'withdraw'
        ? this.outbox.get(fact.ref)?.choice.channel
        : undefined;
    this.outbox.fold(fact, seq, index);
    const change = this.outbox.size - before;
    if (change < 0 && channel !== undefined) this.runtime.hub.opened(channel, change);
    else if (change > 0 && fact.kind === 'decision')
      for (const choice of fact.choices)
        if (choice.kind === 'treatment') this.runtime.hub.opened(choice.channel, 1);
  }

  /** The turn's record on its way to the log, for the engine to hand over; `appended` tells what became of it. */
  toAppend(bytes: Uint8Array): ShardAppend {
    this.state = 'turning';
    this.#appending = true;
    return {
      shard: this.id,
      expectedLast: this.sequence,
      bytes,
      turn: this.#turn,
      tenure: this.#tenure,
      settled: false,
    };
  }

  /** `fault` undefined: the record is durable. */
  appended(append: ShardAppend, fault: unknown): void {
    const { turn, bytes } = append;
    if (append.tenure !== this.#tenure) {
      if (fault === undefined) turn.tell();
      else turn.abandon(moved);
    } else if (fault === undefined) this.#committed();
    else void this.#failed(fault, bytes);
  }

  /** The turn as a whole threw, which no request explains: a bug of ours. None of it is in the log; the shard starts over. */
  async breakTurn(fault: unknown): Promise<void> {
    this.runtime.observer.fault(`shard ${this.id}: a turn broke off`, fault);
    if (this.state !== 'turning') return;
    this.state = 'suspended';
    this.#turn.abandon(refusal('internal', 'the request could not be processed'));
    await this.recover();
  }

  /** A turn without facts has nothing to wait for. */
  settleEmpty(): void {
    this.#turn.commit();
    this.state = 'idle';
    if (this.#doubted) return void this.startOver();
    // Refusals at the stop of memory leave no fact, and it is saving that ends them.
    this.writer.afterTurn();
    if (this.mailbox.size > 0) this.wake();
  }

  #committed(): void {
    this.#appending = false;
    this.sequence++;
    this.budgets.commit();
    for (const actor of this.#turn.changed) this.#noteChanged(actor, actor.dueAt);
    this.#turn.commit();
    this.state = 'idle';
    if (this.#doubted) return void this.startOver();
    this.writer.afterTurn();
    if (this.mailbox.size > 0) this.wake();
  }

  /** She was rebuilt from what is committed. */
  noteRebuilt(actor: Actor): void {
    this.#noteChanged(actor, nextDue(actor.profile));
  }

  /** After her facts are committed: she is to be saved, and woken when something of hers is due. */
  #noteChanged(actor: Actor, due: number): void {
    this.writer.dirty(actor);
    if (due === 0 || (actor.wakeAt !== 0 && actor.wakeAt <= due)) return;
    if (this.wakeups.add(due, actor.profile.id)) actor.wakeAt = due;
  }

  async #failed(fault: unknown, bytes: Uint8Array): Promise<void> {
    this.state = 'suspended';
    this.#appending = false;
    const turn = this.#turn;
    const tenure = this.#tenure;
    const { observer } = this.runtime;
    observer.fault(`shard ${this.id}: the append of record ${this.sequence + 1} failed`, fault);
    const error =
      fault instanceof PortError ? fault : new PortError('unavailable', 'the log failed', { cause: fault });
    try {
      if (error.outcome === 'unknown' && (await settleUnknown(this, bytes)))
        return tenure === this.#tenure ? this.#committed() : turn.tell();
    } catch (again) {
      observer.fault(`shard ${this.id}: the outcome of an append could not be settled`, again);
    }
    const retry =
      error.kind === 'full'
        ? logFull
        : refusal(
            'unavailable',
            'the log did not take the request; retry with the same id',
            PACES.retryDelayMs,
          );
    turn.abandon(retry);
    if (tenure === this.#tenure) await this.recover();
  }

  /** Starts over from what is stored, until it succeeds, a foreign fence is found or the lease has run out. */
  async recover(): Promise<void> {
    const { observer, clock } = this.runtime;
    const known = this.sequence;
    for (let wait = 100; ; wait = Math.min(wait * 2, 10_000)) {
      const tenure = ++this.#tenure;
      this.forget();
      try {
        // A fence of ours behind a foreign one would take the shard back from its new owner.
        const foreign = await foreignFence(this, known);
        if (tenure !== this.#tenure) return;
        if (foreign) return this.lose('another node fenced it');
        if (!this.mayServe(clock.now())) return this.lose('its lease ran out');
        return await this.open();
      } catch (fault) {
        if (!this.#recovering(tenure)) return;
        this.state = 'suspended';
        observer.fault(`shard ${this.id}: recovery failed, again in ${wait} ms`, fault);
        this.#noRoom = fault instanceof PortError && fault.kind === 'full';
        if (this.#noRoom) this.#refuseQueued(logFull);
        await new Promise<void>((resolve) => void clock.after(wait, resolve));
        if (this.state !== 'suspended') return;
      }
    }
  }

  /** Neither lost nor closed nor opened by somebody else since; `open` counts once more than `recover`. */
  #recovering(tenure: number): boolean {
    const opened = this.#tenure - tenure;
    return opened <= 1 && this.state !== 'lost' && this.state !== 'closed';
  }

  /** What is stored is not what this process believes: recover, once the turn under way is done. */
  async startOver(): Promise<void> {
    this.#doubted = this.state === 'turning';
    if (this.state !== 'idle') return;
    this.state = 'suspended';
    await this.recover();
  }

  /** A newer owner was seen, or the lease ran out: nothing is served here any more. `open` begins a new tenure. */
  lose(why: string): void {
    if (this.state === 'lost' || this.state === 'closed') return;
    const turning = this.state === 'turning';
    this.state = 'lost';
    this.#tenure++;
    this.runtime.observer.fault(`shard ${this.id} is lost: ${why}`);
    // An append under way is answered when it comes back; a turn that waits for its scores never will be appended.
    if (turning && !this.#appending) this.#turn.abandon(moved);
    if (turning) this.#turn = new Turn(this);
    this.#appending = false;
    this.#noRoom = false;
    this.forget();
    // They count where the shard is served.
    this.#budgetsBefore = undefined;
    this.#refuseQueued(moved);
  }

  #refuseQueued(why: Refusal): void {
    for (const request of this.mailbox.take(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
      fail(request, why);
  }

  /** A retry: the stored decision is read back and answered again. */
  repeat(request: DecideRequest, seq: number, index: number): void {
    void this.readDecision(seq, index).then(
      (fact) => {
        if (fact === undefined)
          request.done(refusal('unavailable', 'the stored decision can not be read now', PACES.retryDelayMs));
        else request.done({ kind: 'decided', place: this.placeOf(seq, index), fact, repeated: true });
      },
      (fault: unknown) => {
        this.runtime.observer.fault(
          `shard ${this.id}: decision ${seq}/${index} could not be read back`,
          fault,
        );
        request.done(refusal('unavailable', 'the stored decision can not be read now', PACES.retryDelayMs));
      },
    );
  }

  /** The decision at a place, from the hot log, else the archive. */
  async readDecision(seq: number, index: number): Promise<DecisionFact | undefined> {
    const { log, archive } = this.runtime;
    this.#reading++;
    try {
      const bytes = (await log.get(this.id, seq)) ?? (await archive.get(this.id, seq));
      if (bytes === undefined) return undefined;
      const fact = readFact(bytes, index);
      return fact?.kind === 'decision' ? fact : undefined;
    } finally {
      this.#reading--;
    }
  }

  /** Reads what matured decisions need, then wakes the customer again. */
  async loadDecisions(missing: readonly PendingOutcome[], request: WakeRequest): Promise<void> {
    const { observer, clock } = this.runtime;
    let complete = true;
    const load = async (pending: PendingOutcome): Promise<void> => {
      try {
        request.loaded.set(refKey(pending), await this.readDecision(pending.seq, pending.index));
      } catch (fault) {
        observer.fault(`shard ${this.id}: a decision could not be read for its outcome`, fault);
        // Damaged for good: the outcome goes without it. Else the log answers later, and what is learned is worth a wait.
        if (isDamaged(fault)) request.loaded.set(refKey(pending), undefined);
        else complete = false;
      }
    };
    await Promise.all(missing.map(load));
    if (complete) this.mailbox.putBack([request]);
    else this.wakeups.add(clock.now() + PACES.wakeRetryMs, request.to.id);
    this.wake();
  }

  #armOutbox(): void {
    // After a restart nobody knows what was pushed. The decision's own append allowed the first attempt, so that one
    // counts as made, and attempt n + 1 is appended before it is handed over again.
    for (const entry of this.outbox.entries.values()) {
      entry.handedAt = 0;
      entry.attempt = Math.max(1, entry.attempt);
    }
  }

  /** Puts those who are due into the mailbox. */
  wakeDue(now: number): void {
    for (let room: number = LIMITS.timersPerTurnMax; room > 0; room--) {
      const id = this.wakeups.take(now);
      if (id === undefined) return;
      const actor = this.residents.get(id);
      if (actor !== undefined) actor.wakeAt = 0;
      this.mailbox.putBack([
        {
          kind: 'wake',
          to: { id: id as CustomerId, key: '' as never, hash: hashOfId(id) },
          shed: 'vital',
          bytes: 0,
          deadlineAt: Number.POSITIVE_INFINITY,
          loaded: new Map(),
          done: (outcome) => this.#woken(id, outcome.kind === 'refused'),
        },
      ]);
    }
  }

  /** What is still due, or due next, gets its wake-up again. */
  #woken(id: string, refused: boolean): void {
    const actor = this.residents.get(id);
    if (actor === undefined) {
      // She could not be brought into memory: her timer is still due.
      if (refused) this.wakeups.add(this.runtime.clock.now() + PACES.wakeRetryMs, id);
      return;
    }
    actor.wakeAt = 0;
    const due = nextDue(actor.profile);
    if (due !== 0 && this.wakeups.add(due, id)) actor.wakeAt = due;
  }

  /** Finishes what was accepted, saves all, and serves no more. */
  async close(): Promise<void> {
    while (this.state === 'turning' || this.mailbox.size > 0) {
      if (this.state === 'suspended' || this.state === 'lost' || this.state === 'closed') break;
      await new Promise<void>((resolve) => this.runtime.clock.soon(resolve));
    }
    if (this.state === 'idle') await this.writer.flush();
    this.state = 'closed';
    this.#refuseQueued(refusal('unavailable', 'the service is shutting down; retry', PACES.retryDelayMs));
  }
}
