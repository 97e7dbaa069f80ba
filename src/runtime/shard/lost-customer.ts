import { branded, type CustomerId } from '../../base/brand.ts';
import { RecordCursor } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { profileFrom } from '../../core/profile/profile-from.ts';
import { PortError } from '../../port/port-error.ts';
import type { Runtime } from '../runtime.ts';
import { profileOfSnapshot, requireCarried } from './carried-revision.ts';
import { newestImage } from './from-image.ts';
import { readRecords } from './stored-records.ts';

/** Where a customer is rebuilt from when the snapshot cannot be read. */
export interface CopiesOfShard {
  readonly id: number;
  readonly runtime: Pick<Runtime, 'log' | 'archive' | 'images' | 'observer' | 'generation' | 'revisions'>;
  /** The core revision in force at a record. */
  revisionAt(sequence: number): number;
}

/**
 * The profile of a customer whose snapshot cannot be read, as image, archive and log say up to record `through`. Throws PortError:
 * `corrupt` when they do not reach back far enough or know nobody, `conflict` for facts of a core revision that is not carried.
 */
export async function rebuildFromCopies(
  source: CopiesOfShard,
  customer: string,
  through: number,
): Promise<Profile> {
  const { id, runtime } = source;
  const image = await newestImage(source, Number.POSITIVE_INFINITY);
  const row = await image?.content.get(customer);
  const saved = row?.seq ?? 0;
  let profile = row === undefined ? undefined : profileOfSnapshot(runtime.revisions, row);
  let epoch = image?.epoch ?? 0;
  for (let from = (image?.head.sequence ?? 0) + 1; from <= through; ) {
    const records = await readRecords(source, from, Math.min(LIMITS.recoveryBatchMax, through - from + 1));
    if (records[0]?.sequence !== from)
      throw new PortError('corrupt', `shard ${id}: record ${from} is in neither log nor archive`);
    for (const { sequence, bytes } of records) {
      from = sequence + 1;
      const cursor = new RecordCursor(bytes);
      if (cursor.header.epoch < epoch) continue;
      epoch = cursor.header.epoch;
      if (sequence <= saved) continue;
      while (cursor.next()) {
        if (!cursor.isOf(branded<CustomerId>(customer))) continue;
        requireCarried(runtime.revisions, id, source.revisionAt(sequence));
        const fact = cursor.decode();
        if (!('customer' in fact)) continue;
        profile ??= profileFrom(fact);
        if (profile !== undefined) fold(profile, fact, sequence, cursor.index);
      }
    }
  }
  if (profile === undefined)
    throw new PortError('corrupt', `shard ${id}: neither image nor log know customer ${customer}`);
  return profile;
}
