/** Goes on behind records that a log has lost, where its snapshots or an image are ahead of what is left of it. */
import { encodeRecord } from '../codec/stored/record-codec.ts';
import type { Fact } from '../core/fact/fact.ts';
import type { FactLog } from '../port/fact-log.ts';

/** The node that the fences in place of lost records name. */
const NOBODY = '--accept-loss';

/** Records of one shard that its log no longer has. */
export interface LostRecords {
  readonly shard: number;
  readonly from: number;
  readonly to: number;
  /** The archive has those up to here, 0: none. */
  readonly archived: number;
}

/** Whether a record stands in the place of one that was lost. */
export function isLostPlace(facts: readonly Fact[]): boolean {
  return facts.some((fact) => fact.kind === 'fence' && fact.node === NOBODY);
}

/**
 * Appends a fence in the place of each lost record: what is left is told apart from what follows, and no number of a record,
 * which names decisions and dispatches, is given twice. What the archive has is read there. `at` in ms. Throws PortError; done
 * again it goes on where it ended.
 */
export async function fillLost(
  log: FactLog,
  { shard, from, to, archived }: LostRecords,
  { generation, at }: { readonly generation: number; readonly at: number },
): Promise<void> {
  for (let sequence = from; sequence <= to; sequence++) {
    const header = { generation, epoch: sequence, batch: `lost ${shard}/${sequence}`, at };
    await log.append(shard, sequence - 1, encodeRecord(header, [{ kind: 'fence', node: NOBODY, at }]));
  }
  if (archived >= from) await log.trim(shard, archived);
}
