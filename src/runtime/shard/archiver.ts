/**
 * Moves old records of one shard from the hot log to the archive, then trims. Archive before trim; trim waits for the
 * checkpoint and for the oldest open dispatch. What the archive drops again is for the keeper of images to say.
 */
import { decodeHeader } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Runtime } from '../runtime.ts';
import type { StoredState } from './stored-records.ts';

/** What the archiver asks of a shard. */
export interface ArchivedShard {
  readonly id: number;
  readonly runtime: Pick<Runtime, 'log' | 'archive' | 'bounds'>;
  readonly outbox: Outbox;
  readonly stored: StoredState;
}

/** One segment's worth at most. Resolves with the number of records moved. */
export async function archiveShard(
  shard: ArchivedShard,
  now: number,
  segmentBytesMax: number = LIMITS.segmentBytesMax,
): Promise<number> {
  const { log, archive, bounds } = shard.runtime;
  const oldest = shard.outbox.oldest;
  const through = Math.min(
    shard.stored.checkpoint.sequence,
    oldest === 0 ? Number.POSITIVE_INFINITY : oldest - 1,
  );
  const { first } = await log.bounds(shard.id);
  if (through < first) return 0;
  const batch: LogRecord[] = [];
  let bytes = 0;
  let from = 0;
  let to = 0;
  for (const record of await log.read(shard.id, first, LIMITS.recoveryBatchMax)) {
    if (record.sequence > through || bytes + record.bytes.length > segmentBytesMax) break;
    const { at } = decodeHeader(record.bytes);
    if (at > now - bounds.hotMs) break;
    if (batch.length === 0) from = at;
    to = Math.max(to, at);
    bytes += record.bytes.length;
    batch.push(record);
  }
  const last = batch.at(-1);
  if (last === undefined) return 0;
  await archive.write(shard.id, batch, { from, to });
  await log.trim(shard.id, last.sequence);
  return batch.length;
}
