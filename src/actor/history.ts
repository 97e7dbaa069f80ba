import type { CustomerId } from '../base/brand.ts';
import { RecordCursor } from '../codec/stored/record-codec.ts';
import { LIMITS } from '../config/limits.ts';
import type { Committed } from '../port/customers.ts';
import { readRecords } from './recovery.ts';
import type { Shard } from './shard.ts';

/**
 * One customer's committed facts in [from, to], oldest first: a scan of her shard's archive and log, decoding only hers.
 * A record of an older epoch behind a newer fence never counted and is passed over, as in every fold.
 * Stops at `limit` facts or `recordsMax` records; the newest are kept when there are more.
 */
export async function readHistory(
  shard: Shard,
  customer: CustomerId,
  from: number,
  to: number,
  limit: number,
  recordsMax: number = LIMITS.historyRecordsMax,
): Promise<Committed[]> {
  const found: Committed[] = [];
  const segments = await shard.runtime.archive.segments(shard.id);
  const bounds = await shard.runtime.log.bounds(shard.id);
  const archived = segments.find((segment) => segment.to >= from)?.first;
  let at = archived ?? bounds.first;
  let left = recordsMax;
  let epoch = 0;
  while (left > 0 && at <= shard.sequence) {
    const records = await readRecords(shard, at, Math.min(left, LIMITS.recoveryBatchMax));
    if (records.length === 0) break;
    left -= records.length;
    for (const record of records) {
      at = record.sequence + 1;
      if (record.sequence > shard.sequence) break;
      const cursor = new RecordCursor(record.bytes);
      if (cursor.header.epoch < epoch) continue;
      epoch = cursor.header.epoch;
      if (cursor.header.at < from || cursor.header.at > to) continue;
      while (cursor.next()) {
        if (!cursor.isOf(customer)) continue;
        found.push({ place: shard.placeOf(record.sequence, cursor.index), fact: cursor.decode() });
        if (found.length > limit) found.shift();
      }
    }
  }
  return found;
}
