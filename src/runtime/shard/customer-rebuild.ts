import type { CustomerId } from '../../base/brand.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import type { Fact } from '../../core/fact/fact.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { profileFrom } from '../../core/profile/profile-from.ts';
import type { Runtime } from '../runtime.ts';
import { profileOfSnapshot } from './carried-revision.ts';
import { readRecords, type StoredState } from './stored-records.ts';

/** Where a customer is rebuilt from. */
export interface RebuildSource {
  readonly id: number;
  readonly runtime: Pick<Runtime, 'log' | 'archive' | 'snapshots' | 'revisions'>;
  /** The last record that is known to be in the log. */
  readonly sequence: number;
  readonly stored: StoredState;
}

/** A customer's profile as snapshot and log say; undefined when neither knows them. Throws PortError and what a fold throws. */
export async function rebuildCustomer(source: RebuildSource, customer: string): Promise<Profile | undefined> {
  const { id, runtime, stored } = source;
  // From the checkpoint on, since there it is known which epoch is in force.
  let from = stored.checkpoint.sequence + 1;
  let epoch = stored.checkpoint.epoch;
  const snapshot = await runtime.snapshots.get(id, customer, stored.counter);
  const saved = snapshot?.seq ?? 0;
  let profile = snapshot === undefined ? undefined : profileOfSnapshot(runtime.revisions, snapshot);
  while (from <= source.sequence) {
    const records = await readRecords(source, from, LIMITS.recoveryBatchMax);
    if (records.length === 0) break;
    for (const record of records) {
      const { header, facts } = decodeRecord(record.bytes, { columns: false });
      from = record.sequence + 1;
      if (header.epoch < epoch) continue;
      epoch = header.epoch;
      if (record.sequence <= saved) continue;
      for (let index = 0; index < facts.length; index++) {
        const fact = facts[index] as Fact;
        if (!('customer' in fact) || fact.customer !== (customer as CustomerId)) continue;
        profile ??= profileFrom(fact);
        if (profile !== undefined) fold(profile, fact, record.sequence, index);
      }
    }
  }
  return profile;
}
