import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import type { Runtime } from '../runtime.ts';
import { readRecords, type StoredShard } from './stored-records.ts';

/** Whether somebody else fenced the shard behind `sequence`. Throws PortError. */
export async function foreignFence(
  source: StoredShard & { readonly runtime: Pick<Runtime, 'node'> },
  sequence: number,
): Promise<boolean> {
  for (let from = sequence + 1; ; ) {
    const records = await readRecords(source, from, LIMITS.recoveryBatchMax);
    for (const record of records) {
      for (const fact of decodeRecord(record.bytes, { columns: false }).facts) {
        if (fact.kind === 'fence' && fact.node !== source.runtime.node) return true;
      }
      from = record.sequence + 1;
    }
    if (records.length < LIMITS.recoveryBatchMax) return false;
  }
}
