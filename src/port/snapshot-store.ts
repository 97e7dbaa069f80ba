/** Saved customers, their next wake-up and each shard's checkpoint. Write-behind: the log is the truth. */
export interface SnapshotPut {
  readonly id: string;
  /** Sequence of the last record folded into it; a put with a lower one than stored is ignored. */
  readonly seq: number;
  /** Core revision in force at that record, at most 32,767. */
  readonly revision: number;
  /** Empty: nothing is known of them any more, and the row is dropped. */
  readonly bytes: Uint8Array;
  /** Earliest timer, 0: none. The store keeps the index (shard, due, id) in step. */
  readonly due: number;
  /** Names of the audiences that the customer is in, at most 255 of 1 to 255 bytes; absent: in none. The store keeps the index (shard, name, id) in step. */
  readonly audiences?: readonly string[];
}

export interface Snapshot {
  readonly seq: number;
  readonly revision: number;
  readonly due: number;
  readonly bytes: Uint8Array;
}

export interface Checkpoint {
  /** Every fact up to here is in the snapshots (and in `state`). */
  readonly sequence: number;
  /** Snapshot batches written when it was made. */
  readonly counter: number;
  /** The shard's own state (open dispatches, editions, core revisions), opaque. */
  readonly state: Uint8Array;
}

export interface DueCustomer {
  readonly due: number;
  readonly id: string;
}

export interface SnapshotStore {
  /**
   * Synchronous where the store is in this process (LMDB, memory): activation then parks nobody. `known`: the batches that
   * the caller knows were confirmed; throws `conflict` when some of them were lost, or the shard was cleared since
   * (`expectKnown`): a row from before, or none, would pass for the last one.
   */
  get(shard: number, id: string, known?: number): Snapshot | undefined | Promise<Snapshot | undefined>;
  /**
   * Writes a batch atomically and bumps the shard's counter; resolves with the new counter when durable.
   * Throws `conflict` when the counter is not `expectedCounter`: somebody else wrote, or the store lost a suffix.
   */
  write(shard: number, puts: readonly SnapshotPut[], expectedCounter: number): Promise<number>;
  /** Written only if the shard's counter is `checkpoint.counter`; else throws `conflict`. */
  checkpoint(shard: number, checkpoint: Checkpoint): Promise<void>;
  /** The last checkpoint, and the counter now; `counter` below the checkpoint's means a lost suffix: `corrupt`. */
  load(shard: number): Promise<{ readonly checkpoint: Checkpoint | undefined; readonly counter: number }>;
  /** Customers with `from <= due < to`, in order of due, at most `limit`; `known` as for `get`: who is missing is never woken. */
  due(shard: number, from: number, to: number, limit: number, known?: number): Promise<DueCustomer[]>;
  /**
   * Ids of the customers in an audience, in order, after `after`, at most `limit`; `known` as for `get`. Who enters or leaves between two
   * pages is on one of them or on none.
   */
  members(
    shard: number,
    audience: string,
    after: string,
    limit: number,
    known?: number,
  ): Promise<readonly string[]>;
  /** Every snapshot of a shard, for verify, inspect and rebuild; in order of id, after `after`, at most `limit`. */
  scan(shard: number, after: string, limit: number): Promise<(Snapshot & { readonly id: string })[]>;
  /** Ids of customers that have a snapshot, damaged ones too; in order, after `after`, at most `limit`. */
  ids(shard: number, after: string, limit: number): Promise<readonly string[]>;
  /**
   * Drops all of a shard (rebuild). Its counter leaps, beyond `above` too (`counterAfterClear`): a batch or checkpoint that was
   * sent before, and arrives late, must never find the counter that it expects; and when the clear itself arrives late, who
   * serves the shard by then must find another than the one that they know.
   */
  clear(shard: number, above?: number): Promise<void>;
  count(shard: number): Promise<number>;
  /**
   * Stores everything anew, and drops what was set aside as damaged: nothing is left of rows that were replaced or dropped before it was called. Takes
   * as much room again. Absent: nothing is left of them anyway. Throws PortError; then all is as it was.
   */
  rewrite?(): Promise<void>;
  close(): Promise<void>;
}
