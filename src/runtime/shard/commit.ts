/**
 * The commit protocol: a turn's record on its way to the log, and what follows once the log has told what became of it.
 * Made by the shard when its turn has something to append, handed to the log by the engine, settled by the log.
 *
 * I1  A commit is settled once; what the log says of it later changes nothing.
 * I2  Durable while its shard still waits for it: the turn is committed, and everybody hears.
 * I3  Durable, but the shard was given up meanwhile: the answers are true and told, the pushes are the new owner's.
 * I4  Failed: nothing in memory is trusted, callers hear that they may retry, and the shard recovers.
 * I5  Unknown: a fence of ours in the record's place proves that it can never land; a conflict means that something is there,
 *     and its batch says whose.
 */
import { decodeHeader, encodeRecord } from '../../codec/stored/record-codec.ts';
import { INTERVALS } from '../../config/limits.ts';
import type { RecordHeader } from '../../core/fact/fact.ts';
import type { Refusal } from '../../port/customers.ts';
import type { LogAppend } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import type { Runtime } from '../runtime.ts';
import { refusal } from '../turn/request.ts';
import type { Phase } from './phase.ts';

export const MOVED = refusal('unavailable', 'this shard moved to another node', INTERVALS.retryDelayMs);

export const LOG_FULL = refusal(
  'exhausted',
  'the log is full: nothing can be accepted until there is room',
  INTERVALS.fullRetryDelayMs,
);

export const MEMORY_SHORT = refusal(
  'exhausted',
  'the memory of the service runs out: nothing can be accepted until there is some again; retry later',
  INTERVALS.heapCollectMs,
);

const NOT_TAKEN = refusal(
  'unavailable',
  'the log did not take the request; retry with the same id',
  INTERVALS.retryDelayMs,
);

/** The turn whose record it is. */
export interface CommittedTurn {
  /** The record is durable, and the shard is not ours any more. */
  replyOnly(): void;
  abandon(why: Refusal): void;
}

/** What a commit asks of its shard. */
export interface CommitOwner {
  readonly id: number;
  /** Whether the shard is still in the phase that it was in. */
  holds(phase: Phase): boolean;
  /** The record is durable: the turn is committed and the next may begin. */
  committed(): void;
  /** From here on nothing in memory is trusted. */
  suspend(): Phase;
  /** Starts over from what is stored. */
  recover(): Promise<void>;
  /** Of a record of this shard under another epoch. */
  header(now: number, epoch: number): RecordHeader;
}

export interface CommitParts {
  readonly owner: CommitOwner;
  readonly runtime: Pick<Runtime, 'log' | 'clock' | 'node' | 'observer'>;
  readonly turn: CommittedTurn;
  /** Of the shard while it waits for this commit. */
  readonly phase: Phase;
  readonly expectedLast: number;
  readonly bytes: Uint8Array;
}

export class Commit implements LogAppend {
  readonly shard: number;
  readonly expectedLast: number;
  readonly bytes: Uint8Array;
  readonly #parts: CommitParts;
  #isSettled = false;

  constructor(parts: CommitParts) {
    this.shard = parts.owner.id;
    this.expectedLast = parts.expectedLast;
    this.bytes = parts.bytes;
    this.#parts = parts;
  }

  /** The log has told: `fault` undefined: the record is durable. True the first time (I1). */
  settle(fault: unknown): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    const { owner, turn, phase } = this.#parts;
    if (owner.holds(phase)) {
      if (fault === undefined) owner.committed();
      else void this.#failed(fault);
    } else if (fault === undefined) turn.replyOnly();
    else turn.abandon(MOVED);
    return true;
  }

  /** I4, I5. */
  async #failed(fault: unknown): Promise<void> {
    const { owner, turn, runtime } = this.#parts;
    const { observer } = runtime;
    const suspended = owner.suspend();
    observer.fault(`shard ${this.shard}: the append of record ${this.expectedLast + 1} failed`, fault);
    const error =
      fault instanceof PortError ? fault : new PortError('unavailable', 'the log failed', { cause: fault });
    try {
      if (error.outcome === 'unknown' && (await this.#isInLog()))
        return owner.holds(suspended) ? owner.committed() : turn.replyOnly();
    } catch (again) {
      observer.fault(`shard ${this.shard}: the outcome of an append could not be settled`, again);
    }
    turn.abandon(error.kind === 'full' ? LOG_FULL : NOT_TAKEN);
    if (owner.holds(suspended)) await owner.recover();
  }

  /** Whether a record whose append had no known outcome is in the log, ours and durable (I5). Throws PortError. */
  async #isInLog(): Promise<boolean> {
    const { owner, runtime } = this.#parts;
    const { log, clock, node } = runtime;
    const at = clock.now();
    const fence = encodeRecord(owner.header(at, this.expectedLast + 1), [{ kind: 'fence', node, at }]);
    try {
      await log.append(this.shard, this.expectedLast, fence);
      return false;
    } catch (fault) {
      if (!(fault instanceof PortError) || fault.kind !== 'conflict') throw fault;
    }
    const found = await log.get(this.shard, this.expectedLast + 1);
    return found !== undefined && decodeHeader(found).batch === decodeHeader(this.bytes).batch;
  }
}
