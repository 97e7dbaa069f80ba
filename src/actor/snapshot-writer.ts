/**
 * Write-behind saving of one shard: changed customers in batches, then the checkpoint that says "all facts up to S".
 * Owned by its shard.
 *
 * I1  Profiles are encoded only between turns, so a snapshot never holds what the log does not (shard I4).
 * I2  The checkpoint of a run names the sequence at which the run began: every customer that was dirty then is saved
 *     at that sequence or a later one.
 *     While somebody is being rebuilt or is quarantined her facts are in nobody's hands, and no checkpoint passes them.
 * I3  A batch names the counter that it expects; a surprise means that the store lost or gained something: the shard
 *     starts over and rebuilds.
 */

import { encodeProfile } from '../codec/stored/profile-codec.ts';
import { encodeShardState } from '../codec/stored/shard-state-codec.ts';
import { LIMITS } from '../config/limits.ts';
import { revisionAt } from '../core/core-revision.ts';
import { nextDue } from '../core/profile/next-due.ts';
import { PortError } from '../port/port-error.ts';
import type { SnapshotPut } from '../port/snapshot-store.ts';
import type { Actor } from './actor.ts';
import type { Shard } from './shard.ts';

export class SnapshotWriter {
  readonly #shard: Shard;
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
  /** The last write failed, and none succeeded since. */
  isFailing = false;
  counter = 0;
  /** Sequence of the last checkpoint, and the epoch in force there. */
  checkpointed = 0;
  checkpointEpoch = 0;

  constructor(shard: Shard) {
    this.#shard = shard;
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
    if (this.#shard.sequence > this.checkpointed) this.begin(this.#shard.runtime.clock.now());
  }

  /** Begins a run when the interval has passed. The first one of each shard is spread over the interval. */
  beat(now: number): void {
    const { snapshotEveryMs, shards } = this.#shard.runtime.bounds;
    if (this.#lastAt === 0) this.#lastAt = now - Math.floor((snapshotEveryMs * this.#shard.id) / shards);
    if (now - this.#lastAt >= snapshotEveryMs && this.#shard.sequence > this.checkpointed) this.begin(now);
  }

  begin(now: number): void {
    if (this.#run !== undefined || this.#shard.residents.rebuilding > 0) return;
    if (this.#shard.state !== 'idle') {
      // A shard with steady work is hardly ever idle on a beat: the end of its turn begins what the beat could not.
      this.#wanted = true;
      return;
    }
    this.#wanted = false;
    this.#lastAt = now;
    const shard = this.#shard;
    this.#run = {
      sequence: shard.sequence,
      epoch: shard.epoch,
      state: encodeShardState({
        epoch: shard.epoch,
        policy: shard.adoptedPolicy,
        model: shard.adoptedModel,
        revisions: shard.adoptedRevisions,
        outbox: [...shard.outbox.entries.values()],
        budgets: shard.budgets.state,
      }),
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
    if (this.#wanted) this.begin(this.#shard.runtime.clock.now());
    const run = this.#run;
    if (run === undefined || this.#writing || this.#shard.state !== 'idle') return;
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
        revision: revisionAt(this.#shard.adoptedRevisions, actor.profile.seq),
        bytes: encodeProfile(actor.profile),
        due: nextDue(actor.profile),
      });
      seqs.push(actor.profile.seq);
    }
    void this.#write(actors, puts, seqs);
  }

  /** Saves all that is dirty now and checkpoints; resolves when it is done or the shard started over. */
  async flush(): Promise<void> {
    if (this.#run !== undefined) await this.#untilIdle();
    if (this.#shard.sequence <= this.checkpointed) return;
    this.begin(this.#shard.runtime.clock.now());
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
      const counter = await this.#shard.runtime.snapshots.write(this.#shard.id, puts, this.counter);
      if (epoch !== this.#epoch) return;
      this.counter = counter;
      this.isFailing = false;
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
    const { residents } = this.#shard;
    if (residents.rebuilding > 0 || residents.quarantined.size > 0) return this.#giveUp([]);
    const epoch = this.#epoch;
    this.#writing = true;
    try {
      await this.#shard.runtime.snapshots.checkpoint(this.#shard.id, {
        sequence: run.sequence,
        counter: this.counter,
        state: run.state,
      });
      if (epoch !== this.#epoch) return;
      this.checkpointed = run.sequence;
      this.isFailing = false;
      this.checkpointEpoch = run.epoch;
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
    this.#shard.runtime.observer.fault(`shard ${this.#shard.id}: snapshots could not be written`, fault);
    if (fault instanceof PortError && fault.kind === 'conflict') void this.#shard.startOver();
    else this.isFailing = true;
  }
}
