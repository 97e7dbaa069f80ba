/**
 * Moves old records of one shard from the hot log to the archive, then trims. Archive before trim; trim waits for the
 * checkpoint and for the oldest open dispatch. What the archive drops again is for the keeper of images to say. A record that is
 * damaged is set aside in its place, with what was said of it, and does not hold up those behind it.
 */
import { encodeDamagedRecord } from '../../codec/stored/damaged-record.ts';
import { decodeHeader } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Runtime } from '../runtime.ts';
import { isCorrupt } from './is-corrupt.ts';
import type { StoredState } from './stored-records.ts';

/** What the archiver asks of a shard. */
export interface ArchivedShard {
  readonly id: number;
  readonly runtime: Pick<Runtime, 'log' | 'archive' | 'bounds' | 'observer'>;
  readonly outbox: Outbox;
  readonly stored: StoredState;
}

/**
 * One segment's worth at most, of records older than `hotMs`. `isPressing`: open dispatches are not waited for, since somebody is to be forgotten, and what
 * they need of their decisions the archive gives too. Resolves with the number of records moved.
 */
export async function archiveShard(
  shard: ArchivedShard,
  now: number,
  segmentBytesMax: number = LIMITS.segmentBytesMax,
  hotMs: number = shard.runtime.bounds.hotMs,
  isPressing = false,
): Promise<number> {
  const { log, archive } = shard.runtime;
  const open = isPressing ? 0 : shard.outbox.oldest;
  const through = Math.min(
    shard.stored.checkpoint.sequence,
    open === 0 ? Number.POSITIVE_INFINITY : open - 1,
  );
  const { first } = await log.bounds(shard.id);
  if (through < first) return 0;
  const batch: LogRecord[] = [];
  const damaged: string[] = [];
  let bytes = 0;
  let from = 0;
  let to = 0;
  for (const record of await oldest(shard, first)) {
    if (record.sequence > through || bytes + record.bytes.length > segmentBytesMax) break;
    if (record.at > now - hotMs) break;
    if (batch.length === 0) from = record.at;
    to = Math.max(to, record.at);
    bytes += record.bytes.length;
    batch.push(record);
    if (record.damage !== undefined) damaged.push(`record ${record.sequence}: ${record.damage}`);
  }
  const last = batch.at(-1);
  if (last === undefined) return 0;
  await archive.write(shard.id, batch, { from, to });
  await log.trim(shard.id, last.sequence);
  for (const place of damaged) {
    shard.runtime.observer.count('attune_records_set_aside_total', 1);
    shard.runtime.observer.fault(
      `shard ${shard.id}: a damaged record was set aside in the archive: ${place}`,
    );
  }
  return batch.length;
}

interface DatedRecord extends LogRecord {
  /** Of a damaged one, that of the next one that is whole: no record is older than those before it. */
  readonly at: number;
  /** What is wrong with it. */
  readonly damage: string | undefined;
}

/**
 * The oldest records of the hot log. Throws PortError, `corrupt` where more records in a row are damaged than a place on a disk
 * explains: a file as a whole is, and then nothing is given up that somebody may bring back.
 */
async function oldest(shard: ArchivedShard, first: number): Promise<DatedRecord[]> {
  const { id, runtime } = shard;
  const read = await runtime.log.read(id, first, LIMITS.recoveryBatchMax).catch((fault: unknown) => {
    if (isCorrupt(fault)) return undefined;
    throw fault;
  });
  const found: DatedRecord[] = [];
  let damaged: { readonly sequence: number; readonly bytes: Uint8Array; readonly damage: string }[] = [];
  const end = read === undefined ? (await runtime.log.bounds(id)).last : first + read.length - 1;
  for (let sequence = first; sequence <= Math.min(end, first + LIMITS.recoveryBatchMax - 1); sequence++) {
    try {
      const bytes = read?.[sequence - first]?.bytes ?? (await runtime.log.get(id, sequence));
      if (bytes === undefined) break;
      const { at } = decodeHeader(bytes);
      for (const record of damaged) found.push({ ...record, at });
      damaged = [];
      found.push({ sequence, bytes, at, damage: undefined });
    } catch (fault) {
      if (!isCorrupt(fault)) throw fault;
      if (damaged.length === LIMITS.damagedInARowMax) {
        if (found.length > 0) break;
        throw fault;
      }
      const damage = fault instanceof Error ? fault.message : String(fault);
      const asTheyAre = (await runtime.log.salvage?.(id, sequence)) ?? new Uint8Array(0);
      damaged.push({ sequence, bytes: encodeDamagedRecord(damage, asTheyAre), damage });
    }
  }
  return found;
}
