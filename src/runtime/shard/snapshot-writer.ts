/**
 * Write-behind saving of one shard: changed customers in batches, then the checkpoint that says "all facts up to S".
 * Owned by its shard.
 *
 * I1  Profiles are encoded only between turns, so a snapshot never holds what the log does not (shard I4).
 * I2  The checkpoint of a run names the sequence at which the run began: every customer that was dirty then is saved
 *     at that sequence or a later one.
 *     While somebody is being rebuilt or is quarantined, their facts are in nobody's hands, and no checkpoint passes them.
 * I3  A batch names the counter that it expects; a surprise means that the store lost or gained something: the shard
 *     starts over and rebuilds.
 */

import { encodeProfile } from '../../codec/stored/profile-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import { audiencesOf } from '../../core/profile/audiences.ts';
import { PortError } from '../../port/port-error.ts';
import type { SnapshotPut } from '../../port/snapshot-store.ts';
import type { Runtime } from '../runtime.ts';
import { storedDue } from '../trigger/due-lanes.ts';
import type { Actor } from './actor.ts';
import type { StoredState } from './stored-records.ts';

/** What the writer asks of its shard. */
export interface SnapshotHost {
  readonly id: number;
  /** The last record that is known to be in the log, and the epoch in force there. */
  readonly sequence: number;
  readonly epoch: number;
  /** The shard stands between two turns. */
  readonly isIdle: boolean;
  /** Customers are being rebuilt: their facts are in the log and in nobody's hands. */
  readonly isRebuilding: boolean;
  /** Facts of some customers are in nobody's hands for good. */
  readonly hasQuarantined: boolean;
  /** The core revision in force at a record. */
  revisionAt(sequence: number): number;
  /** The shard's own state as a checkpoint holds it. */
  encodeState(): Uint8Array;
  /** The stores are not what this process believes. */
  startOver(): void;
}

const NOBODY = new Uint8Array(0);

export class SnapshotWriter {
  readonly #host: SnapshotHost;
  readonly #runtime: Pick<Runtime, 'snapshots' | 'clock' | 'observer' | 'bounds'>;
  /** Each once (`listed`). */
  #dirty: Actor[] = [];
  /** Of the run under way; undefined: none. */
  #run:
    | {
        readonly sequence: number;
        readonly epoch: number;
        readonly state: Uint8Array;
        readonly queue: Actor[];
      }
    | undefined;
  #writing = false;
  /** A run was due while a turn was under way. */
  #wanted = false;
  #lastAt = 0;
  #epoch = 0;
  #idle: (() => void)[] = [];
  #stored: StoredState = { checkpoint: { sequence: 0, epoch: 0 }, counter: 0 };
  #isFailing = false;

  constructor(host: SnapshotHost, runtime: Pick<Runtime, 'snapshots' | 'clock' | 'observer' | 'bounds'>) {
    this.#host = host;
    this.#runtime = runtime;
  }

  /** Where the store stands. */
  get stored(): StoredState {
    return this.#stored;
  }

  /** Sequence of the last checkpoint. */
  get checkpointed(): number {
    return this.#stored.checkpoint.sequence;
  }

  /** The last write failed, and none succeeded since. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** A run is under way. */
  get busy(): boolean {
    return this.#run !== undefined;
  }

  dirty(actor: Actor): void {
    if (actor.listed) return;
    actor.listed = true;
    this.#dirty.push(actor);
  }

  /** Goes on from where a recovery found the store; `unsaved`: customers with facts that are in no snapshot. */
  adopt(stored: StoredState, unsaved: Iterable<Actor>): void {
    this.#stored = stored;
    for (const actor of unsaved) if (actor.dirty) this.dirty(actor);
  }

  reset(): void {
    this.#takeDirty();
    this.#run = undefined;
    this.#epoch++;
    this.#writing = false;
    this.#wanted = false;
    this.#wakeIdle();
  }

  /** The memory bound wants customers saved sooner than the interval. */
  hurry(): void {
    if (this.#host.sequence > this.checkpointed) this.begin(this.#runtime.clock.now());
  }

  /** Begins a run when the interval has passed. The first one of each shard is spread over the interval. */
  beat(now: number): void {
    const { snapshotEveryMs, shards } = this.#runtime.bounds;
    if (this.#lastAt === 0) this.#lastAt = now - Math.floor((snapshotEveryMs * this.#host.id) / shards);
    if (now - this.#lastAt >= snapshotEveryMs && this.#host.sequence > this.checkpointed) this.begin(now);
  }

  begin(now: number): void {
    if (this.#run !== undefined || this.#host.isRebuilding) return;
    if (!this.#host.isIdle) {
      // A shard with steady work is hardly ever idle on a beat: the end of its turn begins what the beat could not.
      this.#wanted = true;
      return;
    }
    this.#wanted = false;
    this.#lastAt = now;
    this.#run = {
      sequence: this.#host.sequence,
      epoch: this.#host.epoch,
      state: this.#host.encodeState(),
      queue: this.#takeDirty(),
    };
    this.afterTurn();
  }

  #takeDirty(): Actor[] {
    const taken = this.#dirty;
    for (const actor of taken) actor.listed = false;
    this.#dirty = [];
    return taken;
  }

  /** Between two turns: the next batch of the run, if one is under way. */
  afterTurn(): void {
    if (this.#wanted) this.begin(this.#runtime.clock.now());
    const run = this.#run;
    if (run === undefined || this.#writing || !this.#host.isIdle) return;
    const actors = run.queue.splice(0, LIMITS.snapshotBatchMax);
    if (actors.length === 0) {
      void this.#finish(run);
      return;
    }
    if (actors.some((actor) => actor.broken)) return this.#giveUp(actors);
    const puts: SnapshotPut[] = [];
    const seqs: number[] = [];
    for (const actor of actors) {
      puts.push({
        id: actor.profile.id,
        seq: actor.profile.seq,
        revision: this.#host.revisionAt(actor.profile.seq),
        // Who was forgotten has no row.
        bytes: actor.profile.version === 0 ? NOBODY : encodeProfile(actor.profile),
        due: storedDue(actor.profile),
        ...(actor.profile.audiences.length > 0 && { audiences: audiencesOf(actor.profile) }),
      });
      seqs.push(actor.profile.seq);
    }
    void this.#write(actors, puts, seqs);
  }

  /** Saves all that is dirty now and checkpoints; resolves when it is done or the shard started over. */
  async flush(): Promise<void> {
    if (this.#run !== undefined) await this.#untilIdle();
    if (this.#host.sequence <= this.checkpointed) return;
    this.begin(this.#runtime.clock.now());
    if (this.#run !== undefined) await this.#untilIdle();
  }

  #untilIdle(): Promise<void> {
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #wakeIdle(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  async #write(
    actors: readonly Actor[],
    puts: readonly SnapshotPut[],
    seqs: readonly number[],
  ): Promise<void> {
    const epoch = this.#epoch;
    this.#writing = true;
    try {
      const counter = await this.#runtime.snapshots.write(this.#host.id, puts, this.#stored.counter);
      if (epoch !== this.#epoch) return;
      this.#stored = { ...this.#stored, counter };
      this.#isFailing = false;
      for (let i = 0; i < actors.length; i++) {
        const actor = actors[i] as Actor;
        actor.savedSeq = Math.max(actor.savedSeq, seqs[i] as number);
      }
      this.#writing = false;
      this.afterTurn();
    } catch (fault) {
      if (epoch === this.#epoch) this.#failed(actors, fault);
    }
  }

  async #finish(run: {
    readonly sequence: number;
    readonly epoch: number;
    readonly state: Uint8Array;
  }): Promise<void> {
    if (this.#host.isRebuilding || this.#host.hasQuarantined) return this.#giveUp([]);
    const epoch = this.#epoch;
    this.#writing = true;
    try {
      await this.#runtime.snapshots.checkpoint(this.#host.id, {
        sequence: run.sequence,
        counter: this.#stored.counter,
        state: run.state,
      });
      if (epoch !== this.#epoch) return;
      this.#stored = { ...this.#stored, checkpoint: { sequence: run.sequence, epoch: run.epoch } };
      this.#isFailing = false;
      this.#writing = false;
      this.#run = undefined;
      this.#wakeIdle();
    } catch (fault) {
      if (epoch === this.#epoch) this.#failed([], fault);
    }
  }

  /** Ends the run without a checkpoint; who was not saved is saved by the next one. Who broke is marked when rebuilt. */
  #giveUp(actors: readonly Actor[]): void {
    this.#writing = false;
    for (const actor of [...actors, ...(this.#run?.queue ?? [])]) if (!actor.broken) this.dirty(actor);
    this.#run = undefined;
    this.#wakeIdle();
  }

  #failed(actors: readonly Actor[], fault: unknown): void {
    this.#giveUp(actors);
    this.#runtime.observer.fault(`shard ${this.#host.id}: snapshots could not be written`, fault);
    if (fault instanceof PortError && fault.kind === 'conflict') this.#host.startOver();
    else this.#isFailing = true;
  }
}
