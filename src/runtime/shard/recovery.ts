// Long because one way for a shard to come to serve, read from top to bottom.
/**
 * How a shard comes to serve: a fence of its own in the log, then the fold of everything that the snapshots lack. The
 * same path after a restart, a takeover and a failed append. Touches nothing of the shard: what it finds is a value, which
 * the shard adopts or, when it was given up meanwhile, drops.
 *
 * I1  The fence is appended by compare-and-set, so of two owners only one goes on.
 * I2  Behind a fence, records of older epochs are ignored: a dead owner's late append changes nothing.
 * I3  A store that lost a suffix is not believed: the shard is rebuilt from image, archive and log. A log that did is not
 *     served.
 * I4  A revision of the core that this code does not carry is not folded, and a checkpoint that names one is not fenced, unless
 *     the log ends with it.
 */
import type { CustomerId } from '../../base/brand.ts';
import { decodeRecord, encodeRecord } from '../../codec/stored/record-codec.ts';
import { decodeShardState } from '../../codec/stored/shard-state-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import { generationAt } from '../../core/decide/generation.ts';
import type { CustomerFact, ErasedFact, Fact, RecordHeader } from '../../core/fact/fact.ts';
import { BudgetLedger } from '../../core/ledger/budget-ledger.ts';
import { fold } from '../../core/profile/fold.ts';
import { profileFrom } from '../../core/profile/profile-from.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { BATCHES_PER_RECORD_MAX } from '../../port/snapshot-counter.ts';
import { Outbox } from '../delivery/outbox.ts';
import { isCovered } from '../erasure/erasure-book.ts';
import type { Runtime } from '../runtime.ts';
import { loadTimers } from '../trigger/load-timers.ts';
import { Actor } from './actor.ts';
import { nobodyOf } from './actor-cache.ts';
import { profileOfSnapshot, requireCarried, requireCarriedOrDone } from './carried-revision.ts';
import { newestImage, restoreImage } from './from-image.ts';
import { isCorrupt } from './is-corrupt.ts';
import { rebuildFromCopies } from './lost-customer.ts';
import { ShardMemory } from './shard-memory.ts';
import { readRecords, type StoredState } from './stored-records.ts';

const FENCE_TRIES = 8;
/** Read at a time to find the first adoption, which is in a shard's first turn. */
const FIRST_RECORDS = 16;

/** What a recovery asks of the shard that it is for. */
export interface RecoverySource {
  readonly id: number;
  readonly runtime: Runtime;
  /** Customers whose facts nobody folds any more. */
  readonly quarantined: ReadonlySet<string>;
  /** Of the next record that the shard writes. */
  header(now: number, epoch: number): RecordHeader;
  /** Our fence stands at `sequence`: what stands before it, a fence of somebody else's too, is behind us from here on. */
  fenced(sequence: number): void;
}

/** All that a shard needs to serve. */
export interface RecoveredShard {
  readonly memory: ShardMemory;
  /** Customers with facts that are in no snapshot. */
  readonly actors: ReadonlyMap<string, Actor>;
  /** Customers whose snapshot or facts could not be read. */
  readonly quarantined: readonly string[];
  readonly stored: StoredState;
}

/**
 * Fences the shard's log and folds what its snapshots lack. `isWanted` turns false when the shard was given up meanwhile:
 * then nothing more is written. Throws PortError; nothing is served then.
 */
export async function recoverShard(source: RecoverySource, isWanted: () => boolean): Promise<RecoveredShard> {
  const recovery = new Recovery(source, isWanted);
  return recovery.run();
}

class Recovery {
  readonly #source: RecoverySource;
  readonly #isWanted: () => boolean;
  readonly #actors = new Map<string, Actor>();
  readonly #quarantined = new Set<string>();
  /** Customers of whom every fact is folded already. */
  readonly #whole = new Set<string>();
  /** Facts of somebody who was forgotten were left out of what was folded, and with them that they were. */
  #hasBlanks = false;
  #memory = new ShardMemory();
  #stored: StoredState = { checkpoint: { sequence: 0, epoch: 0 }, counter: 0 };

  constructor(source: RecoverySource, isWanted: () => boolean) {
    this.#source = source;
    this.#isWanted = isWanted;
  }

  async run(): Promise<RecoveredShard> {
    await this.#loadCheckpoint();
    const { checkpoint } = this.#stored;
    const last = await this.#appendFence(checkpoint.sequence);
    await this.#foldRecords(checkpoint.sequence + 1, last, checkpoint.epoch);
    this.#memory.sequence = last;
    if (this.#hasBlanks) await this.#dropForgotten();
    this.#armOutbox();
    const { id, runtime } = this.#source;
    const { timers } = this.#memory;
    await loadTimers(
      {
        ...{ shard: id, snapshots: runtime.snapshots, storeCounter: this.#stored.counter },
        ...{ actors: this.#actors, timers },
      },
      runtime.clock.now(),
    );
    return {
      memory: this.#memory,
      actors: this.#actors,
      quarantined: [...this.#quarantined],
      stored: this.#stored,
    };
  }

  #stillWanted(): void {
    if (this.#isWanted()) return;
    throw new PortError('unavailable', `shard ${this.#source.id} was given up while it was opened`, {
      outcome: 'nothing_written',
    });
  }

  /** Where the fold begins, with what the checkpoint holds. */
  async #loadCheckpoint(): Promise<void> {
    const { id, runtime } = this.#source;
    const { snapshots } = runtime;
    try {
      const { checkpoint, counter } = await snapshots.load(id);
      this.#stillWanted();
      if (checkpoint !== undefined) return await this.#fromCheckpoint(checkpoint, counter);
      // Snapshots without a checkpoint: a run was cut short; the fold skips what each of them has. With an image there was
      // a checkpoint once: a rebuild was cut short.
      const hasImage = (await runtime.images.list(id)).length > 0;
      this.#stillWanted();
      if (counter > 0 && !hasImage) return await this.#fromTheBeginning(counter);
      if (hasImage) this.#rebuilding('its snapshots are gone');
    } catch (fault) {
      if (!isCorrupt(fault)) throw fault;
      this.#rebuilding('the snapshots are not what the checkpoint says', fault);
      this.#stillWanted();
    }
    await this.#startAfresh();
  }

  #rebuilding(why: string, fault?: unknown): void {
    const { id, runtime } = this.#source;
    runtime.observer.fault(`shard ${id}: ${why}; rebuilding from image, archive and log`, fault);
    runtime.observer.count('attune_shard_rebuilds_total', 1);
  }

  async #fromCheckpoint(
    { sequence, state: bytes }: { sequence: number; state: Uint8Array },
    counter: number,
  ): Promise<void> {
    const state = decodeShardState(bytes);
    const last = state.revisions.at(-1);
    const { id, runtime } = this.#source;
    if (last !== undefined && !runtime.revisions.carried.has(last.revision)) {
      const end = await runtime.log.bounds(id);
      this.#stillWanted();
      requireCarriedOrDone(runtime.revisions, id, last.revision, end.last <= sequence);
    }
    this.#stored = { checkpoint: { sequence, epoch: state.epoch }, counter };
    this.#memory = new ShardMemory(new Outbox(state.outbox), new BudgetLedger(state.budgets), state);
    this.#memory.policy = state.policy;
    this.#memory.model = state.model;
    this.#memory.pauses = state.pauses;
    this.#memory.revisions = state.revisions;
    this.#memory.generations = state.generations;
  }

  async #fromTheBeginning(counter: number): Promise<void> {
    this.#stored = { checkpoint: { sequence: 0, epoch: 0 }, counter };
    await this.#requireFirstCarried();
  }

  /** Before a fence is written: the version that carries a log's revision must still be able to read all of it. */
  async #requireFirstCarried(): Promise<void> {
    const { id, runtime } = this.#source;
    for (let from = 1; ; ) {
      const records = await readRecords(this.#source, from, FIRST_RECORDS);
      this.#stillWanted();
      if (records.length === 0) return;
      for (const { bytes, sequence } of records) {
        const { facts } = decodeRecord(bytes, { columns: false });
        const first = facts.find((fact) => fact.kind === 'adopted' && fact.edition === 'core');
        if (first?.kind === 'adopted') return requireCarried(runtime.revisions, id, Number(first.version));
        from = sequence + 1;
      }
    }
  }

  /**
   * An empty store, for a shard that is new or whose snapshots are lost; then what its newest image has. What a former owner
   * sent to the old one may still arrive, so the counter begins where none has been: a record makes far fewer batches than
   * BATCHES_PER_RECORD_MAX.
   */
  async #startAfresh(): Promise<void> {
    const { id, runtime } = this.#source;
    const { log, snapshots } = runtime;
    const { last } = await log.bounds(id);
    this.#stillWanted();
    const image = await newestImage(this.#source, last);
    this.#stillWanted();
    if (last > 0) await snapshots.clear(id, last * BATCHES_PER_RECORD_MAX);
    if (image !== undefined) await restoreImage(snapshots, image, () => this.#stillWanted());
    const { checkpoint, counter } = await snapshots.load(id);
    this.#stillWanted();
    if (checkpoint !== undefined) return this.#fromCheckpoint(checkpoint, counter);
    await this.#fromTheBeginning(counter);
  }

  /**
   * Appends a fence; resolves with its sequence. Throws `corrupt` when the log lacks what the checkpoint has: a fence in its
   * place would make the loss look sound.
   */
  async #appendFence(checkpointed: number): Promise<number> {
    const { id, runtime } = this.#source;
    const { log, clock, node } = runtime;
    for (let attempt = 0; attempt < FENCE_TRIES; attempt++) {
      const { last } = await log.bounds(id);
      this.#stillWanted();
      if (last < checkpointed) {
        throw new PortError(
          'corrupt',
          `shard ${id}: its log ends at record ${last}, and its checkpoint is of record ${checkpointed}: the log lost records; restore the data directory from its backup`,
        );
      }
      const at = clock.now();
      // A fence is written under its own sequence as epoch.
      const bytes = encodeRecord(this.#source.header(at, last + 1), [{ kind: 'fence', node, at }]);
      try {
        await log.append(id, last, bytes);
        this.#stillWanted();
        this.#source.fenced(last + 1);
        this.#memory.epoch = last + 1;
        return last + 1;
      } catch (fault) {
        const raced = fault instanceof PortError && fault.kind === 'conflict';
        if (!raced) throw fault;
      }
    }
    throw new PortError('unavailable', `shard ${id}: another writer keeps appending`, {
      outcome: 'nothing_written',
    });
  }

  async #foldRecords(first: number, last: number, epochBefore: number): Promise<void> {
    const { id } = this.#source;
    let epoch = epochBefore;
    for (let from = first; from <= last; ) {
      const records = await readRecords(this.#source, from, LIMITS.recoveryBatchMax);
      this.#stillWanted();
      if (records.length === 0)
        throw new PortError('corrupt', `shard ${id}: record ${from} is in neither log nor archive`);
      for (const record of records) {
        if (record.sequence > last) return;
        if (record.sequence !== from)
          throw new PortError(
            'corrupt',
            `shard ${id}: record ${from} is missing, ${record.sequence} follows`,
          );
        epoch = await this.#foldRecord(record, epoch);
        from++;
      }
    }
  }

  async #foldRecord(record: LogRecord, epoch: number): Promise<number> {
    const { id, runtime } = this.#source;
    const memory = this.#memory;
    const { header, facts } = decodeRecord(record.bytes, { columns: false });
    // I2
    if (header.epoch < epoch) return epoch;
    memory.wrote(header.generation, record.sequence);
    for (let index = 0; index < facts.length; index++) {
      const fact = facts[index] as Fact;
      if (fact.kind === 'forgotten') this.#hasBlanks = true;
      if (fact.kind === 'fence' || fact.kind === 'forgotten') continue;
      if (fact.kind === 'adopted') {
        memory.adopted(fact, record.sequence);
        if (fact.edition === 'core') requireCarried(runtime.revisions, id, Number(fact.version));
        continue;
      }
      if (fact.kind === 'loan') {
        memory.budgets.loans.fold(fact);
        continue;
      }
      if (memory.revisions.length === 0)
        throw new PortError(
          'corrupt',
          `shard ${id}: record ${record.sequence} is about a customer, and no core revision was adopted before it`,
        );
      await this.#foldCustomer(fact, record.sequence, index);
      memory.fold(fact, record.sequence, index);
    }
    memory.budgets.commit();
    return header.epoch;
  }

  async #foldCustomer(fact: CustomerFact, sequence: number, index: number): Promise<void> {
    const { id, runtime, quarantined } = this.#source;
    const { customer } = fact;
    const isSetAside = quarantined.has(customer) || this.#quarantined.has(customer);
    if (isSetAside && fact.kind === 'erased') {
      // What could not be read is not needed any more.
      this.#quarantined.delete(customer);
      return this.#foldForgotten(fact, sequence, index);
    }
    if (quarantined.has(customer) || this.#quarantined.has(customer) || this.#whole.has(customer)) return;
    const actor = this.#actors.get(customer) ?? (await this.#bring(fact, sequence));
    // Nothing is known of them, or the snapshot is newer than this fact.
    if (actor === undefined || sequence <= actor.savedSeq) return;
    try {
      fold(actor.profile, fact, sequence, index);
    } catch (fault) {
      runtime.observer.fault(`shard ${id}: record ${sequence} fact ${index} can not be folded`, fault);
      this.#actors.delete(customer);
      this.#quarantined.add(customer);
    }
  }

  #foldForgotten(fact: ErasedFact, sequence: number, index: number): void {
    const actor = nobodyOf(fact.customer);
    this.#actors.set(fact.customer, actor);
    fold(actor.profile, fact, sequence, index);
  }

  /** Whether a snapshot of a customer is of before they were forgotten, and what is folded now of after it. */
  #isForgotten(customer: string, snapshotSeq: number, sequence: number): boolean {
    const { erasures } = this.#source.runtime;
    const boundary = erasures.size === 0 ? undefined : erasures.boundaryOf(customer);
    if (boundary === undefined) return false;
    const { generations } = this.#memory;
    return (
      isCovered(boundary, generationAt(generations, snapshotSeq), snapshotSeq) &&
      !isCovered(boundary, generationAt(generations, sequence), sequence)
    );
  }

  /**
   * Snapshots that lost what came after an erasure have whoever was forgotten, and records without their facts do not say that they were:
   * their rows go.
   */
  async #dropForgotten(): Promise<void> {
    const { id, runtime } = this.#source;
    const { snapshots } = runtime;
    for (let after = ''; ; ) {
      const ids = await snapshots.ids(id, after, LIMITS.recoveryBatchMax);
      this.#stillWanted();
      for (const customer of ids) {
        if (this.#actors.has(customer) || runtime.erasures.boundaryOf(customer) === undefined) continue;
        const row = await snapshots.get(id, customer, this.#stored.counter);
        this.#stillWanted();
        if (row === undefined || !this.#isForgotten(customer, row.seq, this.#memory.sequence)) continue;
        const actor = nobodyOf(customer as CustomerId);
        actor.profile.seq = this.#memory.sequence;
        actor.savedSeq = row.seq;
        this.#actors.set(customer, actor);
      }
      const last = ids.at(-1);
      if (last === undefined || ids.length < LIMITS.recoveryBatchMax) return;
      after = last;
    }
  }

  /** The actor of a customer's snapshot, or a new one. Damaged bytes cost one customer, not the shard. Throws PortError. */
  async #bring(fact: CustomerFact, sequence: number): Promise<Actor | undefined> {
    const { id, runtime } = this.#source;
    try {
      const snapshot = await runtime.snapshots.get(id, fact.customer, this.#stored.counter);
      this.#stillWanted();
      const isKnown = snapshot !== undefined && !this.#isForgotten(fact.customer, snapshot.seq, sequence);
      const profile = isKnown ? profileOfSnapshot(runtime.revisions, snapshot) : profileFrom(fact);
      if (profile === undefined) return undefined;
      const actor = new Actor(profile, snapshot?.seq ?? 0);
      this.#actors.set(fact.customer, actor);
      return actor;
    } catch (fault) {
      if (!isCorrupt(fault)) throw fault;
      if (fact.kind === 'erased') {
        const actor = nobodyOf(fact.customer);
        this.#actors.set(fact.customer, actor);
        return actor;
      }
      await this.#rebuild(fact.customer, fault);
      return undefined;
    }
  }

  /** Of a customer whose snapshot is damaged: all up to our fence, from the copies; who is in none of them is set aside. */
  async #rebuild(customer: string, fault: unknown): Promise<void> {
    const { id, runtime } = this.#source;
    const sentence = `shard ${id}: a snapshot is damaged; its customer is rebuilt from image, archive and log`;
    runtime.observer.fault(sentence, fault);
    const copies = { id, runtime, revisionAt: (sequence: number) => this.#memory.revisionAt(sequence) };
    try {
      const profile = await rebuildFromCopies(copies, customer, this.#memory.epoch);
      this.#actors.set(customer, new Actor(profile, 0));
      this.#whole.add(customer);
      runtime.observer.count('attune_snapshots_rebuilt_total', 1);
    } catch (cause) {
      if (!isCorrupt(cause)) throw cause;
      runtime.observer.fault(`shard ${id}: customer ${customer} could not be rebuilt`, cause);
      this.#quarantined.add(customer);
    }
    this.#stillWanted();
  }

  /**
   * After a restart nobody knows what was pushed. The decision's own append allowed the first attempt, so that one counts as
   * made, and attempt n + 1 is appended before it is handed over again.
   */
  #armOutbox(): void {
    for (const entry of this.#memory.outbox.entries.values()) {
      entry.handedAt = 0;
      entry.attempt = Math.max(1, entry.attempt);
    }
  }
}
