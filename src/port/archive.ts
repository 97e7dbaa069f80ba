import type { LogRecord } from './fact-log.ts';

/** Compressed log segments, kept by days. Written before the log is trimmed. */
export interface Segment {
  readonly shard: number;
  readonly first: number;
  readonly last: number;
  /** Times of the first and last record (RecordHeader.at), for retention by days. */
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export interface Archive {
  /** Stores consecutive records as one segment, durable when it resolves. The same range again replaces it. */
  write(
    shard: number,
    records: readonly LogRecord[],
    span: { readonly from: number; readonly to: number },
  ): Promise<Segment>;
  segments(shard: number): Promise<Segment[]>;
  /** Like FactLog.read over the segments. Throws `corrupt` with segment and offset. */
  read(shard: number, from: number, limit: number): Promise<LogRecord[]>;
  get(shard: number, sequence: number): Promise<Uint8Array | undefined>;
  /** Deletes segments whose `to` is before `before` and whose `last` is not behind `through`; returns how many. */
  expire(shard: number, before: number, through: number): Promise<number>;
  close(): Promise<void>;
}

/** The first and the last of a segment's records. Throws RangeError where there are none, or one is missing between them. */
export function rangeOfRecords(records: readonly LogRecord[]): Pick<Segment, 'first' | 'last'> {
  const first = records[0]?.sequence;
  const last = records.at(-1)?.sequence;
  if (first === undefined || last === undefined || last - first + 1 !== records.length)
    throw new RangeError('a segment has consecutive records, and at least one');
  return { first, last };
}
