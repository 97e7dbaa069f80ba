import type { RuntimeClock } from '../port/clock.ts';
import type { AppendSettled, FactLog, LogAppend } from '../port/fact-log.ts';
import { PortError } from '../port/port-error.ts';

/**
 * The log of a node, of which it can be asked since when nothing is committed any more. Wraps the log that the engine
 * gets, so that fences and turns alike are seen.
 *
 * I1  A log that answers moves, also with `full`, `conflict` or `corrupt`: no new process would mend those.
 * I2  While an append is in flight, or the last one failed otherwise, `#since` stands: the first such moment behind the
 *     last answer.
 */
export class CommitWatch {
  readonly log: FactLog;
  readonly #clock: RuntimeClock;
  #inFlight = 0;
  /** ms by the clock; 0: nothing is awaited. */
  #since = 0;

  constructor(log: FactLog, clock: RuntimeClock) {
    this.#clock = clock;
    this.log = {
      bounds: (shard) => log.bounds(shard),
      append: (shard, expectedLast, bytes) => this.#append(log, shard, expectedLast, bytes),
      appendAll: (group, settled) => this.#appendAll(log, group, settled),
      read: (shard, from, limit) => log.read(shard, from, limit),
      get: (shard, sequence) => log.get(shard, sequence),
      salvage: async (shard, sequence) => log.salvage?.(shard, sequence),
      trim: (shard, through) => log.trim(shard, through),
      holds: async (shard, through) => (await log.holds?.(shard, through)) ?? false,
      seal: async () => log.seal?.(),
      close: () => log.close(),
    };
  }

  /** For how long appends have been tried and none was answered, in ms; 0: commits go on, or nothing is to be committed. */
  get stalledMs(): number {
    return this.#since === 0 ? 0 : this.#clock.now() - this.#since;
  }

  async #append(log: FactLog, shard: number, expectedLast: number, bytes: Uint8Array): Promise<void> {
    this.#begun(1);
    try {
      await log.append(shard, expectedLast, bytes);
      this.#ended(undefined);
    } catch (fault) {
      this.#ended(fault);
      throw fault;
    }
  }

  #appendAll(log: FactLog, group: readonly LogAppend[], settled: AppendSettled): void {
    this.#begun(group.length);
    try {
      log.appendAll(group, (at, fault) => {
        this.#ended(fault);
        settled(at, fault);
      });
    } catch (fault) {
      for (const _ of group) this.#ended(fault);
      throw fault;
    }
  }

  #begun(count: number): void {
    this.#inFlight += count;
    if (this.#since === 0) this.#since = this.#clock.now();
  }

  #ended(fault: unknown): void {
    // A log that threw may still settle what it had taken up.
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    const moves = fault === undefined || (fault instanceof PortError && fault.kind !== 'unavailable');
    if (moves) this.#since = this.#inFlight > 0 ? this.#clock.now() : 0;
  }
}
