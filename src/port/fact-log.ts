/** One log per shard, appended by compare-and-set on its last sequence. Records are opaque bytes. */
export interface LogRecord {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

export interface LogBounds {
  /** Sequence of the first record still held; last + 1 when none is. */
  readonly first: number;
  /** Sequence of the last record ever appended (0: none), also when it was trimmed since. */
  readonly last: number;
}

export interface FactLog {
  bounds(shard: number): Promise<LogBounds>;
  /**
   * Appends `bytes` as record `expectedLast + 1` and resolves once it is durable.
   * Throws PortError: `conflict` when the last sequence is not `expectedLast`, `full`, `unavailable` (outcome may be unknown).
   * The caller must not touch `bytes` until it settles. Appends of several shards made in one tick share one commit.
   */
  append(shard: number, expectedLast: number, bytes: Uint8Array): Promise<void>;
  /** Records from `from` on in order, at most `limit`; fewer only at the end. Trimmed ones are not returned. Throws `corrupt` with the place. */
  read(shard: number, from: number, limit: number): Promise<LogRecord[]>;
  /** One record, undefined when trimmed or not yet there. */
  get(shard: number, sequence: number): Promise<Uint8Array | undefined>;
  /** Forgets records up to and including `through`. */
  trim(shard: number, through: number): Promise<void>;
  close(): Promise<void>;
}
