import type { RootDatabase } from 'lmdb';
import { PortError } from '../../port/port-error.ts';
import type { DiskRoom, RoomNeed } from './disk-room.ts';
import { lmdbFault } from './lmdb-fault.ts';

export interface CommitQueueOptions {
  readonly file: string;
  readonly commitMsMax: number;
  readonly room: DiskRoom;
  /** Called before each write; what it throws is why there is none. */
  readonly confirm: () => void;
}

interface Waiting {
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (fault: PortError) => void;
}

/**
 * Owns the order of writes to one LMDB environment: one transaction at a time, everything that gathers while it runs is
 * the next one. Called by every store of this folder.
 *
 * I1. At most one commit is in flight, so what a caller applied is either in the commit under way or in none yet.
 * I2. A group settles only once LMDB reported the transaction as synced to disk (the environment is opened without
 *     `overlappingSync`: its promises then resolve after the fsync, not before).
 * I3. After a commit that never came back, nothing is written any more: LMDB's writer may hold its lock for good, and
 *     the outcome of that commit is unknown until the file is opened again. Nor after one for which the disk had no room
 *     (DiskRoom tells why): the process must start again.
 * I4. While somebody is alone with the environment no commit is under way: what comes is the next one, to the root that they leave.
 */
export class CommitQueue {
  #root: RootDatabase;
  readonly #file: string;
  readonly #commitMsMax: number;
  readonly #room: DiskRoom;
  readonly #confirm: () => void;
  /** Applied to the transaction that is still open: LMDB starts it at the end of this turn of the event loop. */
  #open: Waiting[] = [];
  /** To be applied when the commit in flight is over. */
  #next: Waiting[] = [];
  #state: 'idle' | 'open' | 'in flight' | 'held' | 'stuck' | 'closed' = 'idle';
  /** Somebody wants the environment for themselves when the commit in flight is over. */
  #alone: { readonly begin: () => void; readonly reject: (fault: PortError) => void } | undefined;
  #commits = 0;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(root: RootDatabase, options: CommitQueueOptions) {
    this.#root = root;
    this.#file = options.file;
    this.#commitMsMax = options.commitMsMax;
    this.#room = options.room;
    this.#confirm = options.confirm;
  }

  /** Transactions committed so far. */
  get commits(): number {
    return this.#commits;
  }

  /**
   * Runs `apply`, which puts and removes (at least one of either, and it must not throw after the first), inside the next
   * transaction; resolves once that is durable, rejects with a PortError. `need` says how scarce room may be for it.
   */
  async run(apply: () => void, need: RoomNeed): Promise<void> {
    this.#confirm();
    const refusal = this.#room.refusal(need);
    if (refusal !== undefined) throw refusal;
    await this.#queued(apply);
  }

  /**
   * I4. Runs `work` while no commit is under way. What it resolves with, if anything, is called then, and returns the root that later commits go to.
   * Throws what `work` throws; where the change itself throws, nothing is written any more: which root counts is not known.
   */
  alone(work: () => Promise<(() => RootDatabase) | undefined>): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        this.#alone = undefined;
        this.#state = 'held';
        work()
          .then((change) => {
            if (change !== undefined) this.#change(change);
            resolve();
          })
          .catch(reject)
          .finally(() => this.#goOn());
      };
      if (this.#state === 'idle') begin();
      else if (this.#state === 'open' || this.#state === 'in flight') this.#alone = { begin, reject };
      else reject(this.#refusal());
    });
  }

  #change(change: () => RootDatabase): void {
    try {
      this.#root = change();
    } catch (cause) {
      const fault = lmdbFault(cause, this.#file);
      this.#giveUp(fault);
      throw fault;
    }
  }

  /** Somebody was alone. */
  #goOn(): void {
    if (this.#state !== 'held') return;
    const next = this.#next;
    this.#next = [];
    this.#state = 'idle';
    if (next.length > 0) this.#begin(next);
  }

  #queued(apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { apply, resolve, reject };
      if (this.#state === 'idle') this.#begin([waiting]);
      else if (this.#state === 'open') this.#apply(waiting);
      else if (this.#state === 'in flight' || this.#state === 'held') this.#next.push(waiting);
      else reject(this.#refusal());
    });
  }

  /** Resolves when nothing is under way, with whether all commits came back; later writes are refused. */
  async close(): Promise<boolean> {
    while (this.#state === 'open' || this.#state === 'in flight' || this.#state === 'held')
      await this.#queued(noChange).catch(noChange);
    if (this.#state === 'stuck') return false;
    this.#state = 'closed';
    return true;
  }

  #begin(group: readonly Waiting[]): void {
    this.#state = 'open';
    // Registered before LMDB's own immediate, so the group is sealed when LMDB hands it to its writer thread.
    setImmediate(() => {
      if (this.#state === 'open') this.#state = 'in flight';
    });
    for (const waiting of group) this.#apply(waiting);
    const committing = this.#root.committed as Promise<unknown>;
    // And registered behind it: LMDB then has a promise of the whole batch, which it gives to nobody and which, when it
    // rejects unheard, ends the process.
    setImmediate(() => void (this.#root.committed as Promise<unknown>).then(noChange, noChange));
    this.#watchdog = setTimeout(() => this.#giveUp(this.#late()), this.#commitMsMax);
    committing.then(
      () => this.#settle(undefined),
      (fault: unknown) => void this.#fail(fault),
    );
  }

  #apply(waiting: Waiting): void {
    try {
      waiting.apply();
      this.#open.push(waiting);
    } catch (fault) {
      waiting.reject(lmdbFault(fault, this.#file));
    }
  }

  async #fail(fault: unknown): Promise<void> {
    const cause = await commitErrorOf(fault);
    const known = lmdbFault(cause, this.#file);
    if (known.kind === 'full') this.#giveUp(known);
    else this.#settle(known);
  }

  #settle(fault: PortError | undefined): void {
    if (this.#state === 'stuck') return;
    clearTimeout(this.#watchdog);
    if (fault === undefined) this.#commits++;
    const settled = this.#open;
    this.#open = [];
    for (const waiting of settled) {
      if (fault === undefined) waiting.resolve();
      else waiting.reject(fault);
    }
    this.#state = 'held';
    if (this.#alone !== undefined) this.#alone.begin();
    else this.#goOn();
  }

  #giveUp(fault: PortError): void {
    if (this.#state === 'stuck') return;
    clearTimeout(this.#watchdog);
    this.#state = 'stuck';
    for (const waiting of this.#open) waiting.reject(fault);
    for (const waiting of this.#next) waiting.reject(this.#refusal());
    this.#alone?.reject(this.#refusal());
    this.#alone = undefined;
    this.#open = [];
    this.#next = [];
  }

  #late(): PortError {
    return new PortError(
      'unavailable',
      `a commit to ${this.#file} has not returned within ${this.#commitMsMax} ms`,
    );
  }

  #refusal(): PortError {
    const sentence =
      this.#state === 'closed'
        ? `${this.#file} was closed`
        : `${this.#file} takes no more writes after a commit that failed: the process must start again`;
    return new PortError('unavailable', sentence, { outcome: 'nothing_written' });
  }
}

/** LMDB rejects with a bland error that carries a promise, which in turn rejects with the real one. */
async function commitErrorOf(fault: unknown): Promise<unknown> {
  if (typeof fault !== 'object' || fault === null || !('commitError' in fault)) return fault;
  try {
    await fault.commitError;
    return fault;
  } catch (cause) {
    return cause;
  }
}

function noChange(): void {}
