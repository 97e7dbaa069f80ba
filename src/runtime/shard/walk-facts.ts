import type { CustomerId } from '../../base/brand.ts';
import { damageOfRecord } from '../../codec/stored/damaged-record.ts';
import { RecordCursor } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import type { Addressee } from '../../core/identity/customer.ts';
import type { Committed } from '../../port/customers.ts';
import { isCovered } from '../erasure/erasure-book.ts';
import type { HistorySource } from './history.ts';
import { readRecords } from './stored-records.ts';

/** The facts of all actors of one person, one after the other. */
export async function* walkPerson(
  addressees: readonly Addressee[],
  pastOf: (hash: number) => Promise<HistorySource>,
): AsyncGenerator<readonly Committed[]> {
  for (const { hash, id } of addressees) yield* walkFacts(await pastOf(hash), id);
}

/**
 * Every committed fact of one customer that archive and log have, oldest first, up to the shard's last record when it began: a page
 * for each read of at most LIMITS.recoveryBatchMax records, so that the event loop is not held for long. A record of an older epoch
 * behind a newer fence never counted and is passed over, as in every fold; one that is damaged is passed over too. Throws PortError.
 */
async function* walkFacts(shard: HistorySource, customer: CustomerId): AsyncGenerator<readonly Committed[]> {
  const segments = await shard.runtime.archive.segments(shard.id);
  const bounds = await shard.runtime.log.bounds(shard.id);
  const end = shard.sequence;
  const forgotten = shard.runtime.erasures.boundaryOf(customer);
  let epoch = 0;
  for (let at = Math.min(segments[0]?.first ?? bounds.first, bounds.first); at <= end; ) {
    const records = await readRecords(shard, at, Math.min(end - at + 1, LIMITS.recoveryBatchMax));
    if (records.length === 0) return;
    const page: Committed[] = [];
    for (const record of records) {
      at = record.sequence + 1;
      if (damageOfRecord(record.bytes) !== undefined) continue;
      const cursor = new RecordCursor(record.bytes);
      if (cursor.header.epoch < epoch) continue;
      epoch = cursor.header.epoch;
      if (forgotten !== undefined && isCovered(forgotten, cursor.header.generation, record.sequence))
        continue;
      while (cursor.next())
        if (cursor.isOf(customer))
          page.push({ place: shard.decisionRef(record.sequence, cursor.index), fact: cursor.decode() });
    }
    if (page.length > 0) yield page;
  }
}
