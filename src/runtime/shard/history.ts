import type { CustomerId } from '../../base/brand.ts';
import { damageOfRecord } from '../../codec/stored/damaged-record.ts';
import { RecordCursor } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import type { History } from '../../port/customers.ts';
import { isCovered } from '../erasure/erasure-book.ts';
import type { Runtime } from '../runtime.ts';
import { readRecords, type StoredShard } from './stored-records.ts';

/** What a look into the past asks of a shard. */
export interface HistorySource extends StoredShard {
  readonly runtime: Pick<Runtime, 'log' | 'archive' | 'erasures'>;
  /** The last record that is known to be in the log. */
  readonly sequence: number;
  decisionRef(seq: number, index: number): DecisionPlace;
}

/** So many records before the first one asked for tell which epoch was in force there. */
const EPOCH_RECORDS = 64;

/**
 * One customer's committed facts in [from, to], oldest first: a scan of the shard's archive and log, decoding only theirs.
 * A record of an older epoch behind a newer fence never counted and is passed over, as in every fold; so is what was told of somebody before they
 * were forgotten.
 * The newest `limit` facts are kept, and the newest `recordsMax` records of that time are read: `lookedFrom` of the answer
 * is later than `from` when there are more.
 */
export async function readHistory(
  shard: HistorySource,
  customer: CustomerId,
  from: number,
  to: number,
  limit: number,
  recordsMax: number = LIMITS.historyRecordsMax,
): Promise<History> {
  const first = await firstSequence(shard, from);
  const start = await sequenceAt(shard, first, from);
  const end = await sequenceAt(shard, start, to + 1);
  let lookedFrom = from;
  const committed: History['committed'][number][] = [];
  const begin = Math.max(start, end - recordsMax);
  const forgotten = shard.runtime.erasures.boundaryOf(customer);
  let epoch = 0;
  for (let at = Math.max(first, begin - EPOCH_RECORDS); at < end; ) {
    const records = await readRecords(shard, at, Math.min(end - at, LIMITS.recoveryBatchMax));
    if (records.length === 0) break;
    for (const record of records) {
      at = record.sequence + 1;
      if (damageOfRecord(record.bytes) !== undefined) continue;
      const cursor = new RecordCursor(record.bytes);
      if (cursor.header.epoch < epoch) continue;
      epoch = cursor.header.epoch;
      if (record.sequence < begin) continue;
      if (forgotten !== undefined && isCovered(forgotten, cursor.header.generation, record.sequence))
        continue;
      if (begin > start && lookedFrom === from) lookedFrom = Math.max(from, cursor.header.at);
      if (cursor.header.at < from || cursor.header.at > to) continue;
      while (cursor.next()) {
        if (!cursor.isOf(customer)) continue;
        const place = shard.decisionRef(record.sequence, cursor.index);
        committed.push({ place, fact: cursor.decode() });
        if (committed.length <= limit) continue;
        committed.shift();
        lookedFrom = Math.max(lookedFrom, cursor.header.at);
      }
    }
  }
  return { kind: 'history', committed, lookedFrom };
}

/** Of the oldest record that is kept and may be as young as `from`. */
async function firstSequence(shard: HistorySource, from: number): Promise<number> {
  const segments = await shard.runtime.archive.segments(shard.id);
  const bounds = await shard.runtime.log.bounds(shard.id);
  return segments.find((segment) => segment.to >= from)?.first ?? bounds.first;
}

/** Of the first committed record from `low` on that is not older than `time`; records stand in the order of time (our clock's). */
async function sequenceAt(shard: HistorySource, low: number, time: number): Promise<number> {
  let from = low;
  let to = shard.sequence + 1;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const [record] = await readRecords(shard, middle, 1);
    // Of one that is set aside nobody knows the time: at worst the search begins one record too late.
    const isWhole = record !== undefined && damageOfRecord(record.bytes) === undefined;
    if (!isWhole || new RecordCursor(record.bytes).header.at < time) from = middle + 1;
    else to = middle;
  }
  return from;
}
