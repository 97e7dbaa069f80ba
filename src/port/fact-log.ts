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

/** One record for one shard. */
export interface LogAppend {
  readonly shard: number;
  readonly expectedLast: number;
  readonly bytes: Uint8Array;
}

/** Told once of each append: its place in the group, and its fault (undefined: it is durable). Must not throw. */
export type AppendSettled = (at: number, fault: unknown) => void;

export interface FactLog {
  bounds(shard: number): Promise<LogBounds>;
  /**
   * Appends `bytes` as record `expectedLast + 1` and resolves once it is durable.
   * Throws PortError: `conflict` when the last sequence is not `expectedLast`, `full`, `unavailable` (outcome may be unknown).
   * The caller must not touch `bytes` until it settles.
   */
  append(shard: number, expectedLast: number, bytes: Uint8Array): Promise<void>;
  /**
   * `append` for a group of shards, without a promise for each: what one tick has. Each shard's record is appended or not
   * for itself, as by `append`; `settled` is never called before `appendAll` has returned.
   */
  appendAll(group: readonly LogAppend[], settled: AppendSettled): void;
  /** Records from `from` on in order, at most `limit`; fewer only at the end. Trimmed ones are not returned. Throws `corrupt` with the place. */
  read(shard: number, from: number, limit: number): Promise<LogRecord[]>;
  /** One record, undefined when trimmed or not yet there. */
  get(shard: number, sequence: number): Promise<Uint8Array | undefined>;
  /** The bytes of a record that `get` finds damaged, as they are; undefined where there are none to give. */
  salvage?(shard: number, sequence: number): Promise<Uint8Array | undefined>;
  /** Forgets records up to and including `through`. */
  trim(shard: number, through: number): Promise<void>;
  /**
   * Whether the bytes of a record up to `through` are stored somewhere still, though it was trimmed: records may share a place, which is freed
   * as a whole. Absent: what was trimmed is gone.
   */
  holds?(shard: number, through: number): Promise<boolean>;
  /** Later records, of all shards, go to a new place as soon as there is one, so that the one before is freed once all in it is trimmed. */
  seal?(): Promise<void>;
  close(): Promise<void>;
}

/** `appendAll` for a log whose appends have nothing to share. */
export function appendEach(
  log: Pick<FactLog, 'append'>,
  group: readonly LogAppend[],
  settled: AppendSettled,
): void {
  group.forEach(({ shard, expectedLast, bytes }, at) => {
    log.append(shard, expectedLast, bytes).then(
      () => settled(at, undefined),
      (fault: unknown) => settled(at, fault),
    );
  });
}
