/**
 * Erasures that a restored directory has still to carry out: of a list that is younger than the backup, and of its own where the copied log ends
 * before them. Only hashes are kept, so whom they mean is found among those who are stored.
 */
import type { ErasedActor, Erasure } from '../port/erasures.ts';
import type { Engine } from '../runtime/engine.ts';

const IDS_PAGE = 1_024;

/** The list of a restored directory. `own`: that of the backup; `later`: one that is younger; `lasts`: the last record of each shard. */
export function restoredErasures(
  own: readonly Erasure[],
  later: readonly Erasure[],
  lasts: readonly number[],
): readonly Erasure[] {
  const known = new Set(own.map(({ receipt }) => receipt));
  const isThere = ({ shard, seq }: ErasedActor): boolean =>
    seq > 0 && (shard < 0 || seq <= (lasts[shard] ?? 0));
  const others = later.filter(({ receipt }) => !known.has(receipt));
  return [
    ...own.map((one) => (one.actors.every(isThere) ? one : undone(one, isThere))),
    ...others.map((one) => undone(one, () => false)),
  ];
}

function undone(erasure: Erasure, isThere: (actor: ErasedActor) => boolean): Erasure {
  const actors = erasure.actors.map((one) =>
    isThere(one) ? one : { ...one, id: '', shard: -1, generation: 0, seq: 0 },
  );
  return { ...erasure, actors, doneAt: 0 };
}

/** Before anybody is served: carries out what is left to do, in a restored directory and after a crash. Throws PortError. */
export async function carryOutErasures({ runtime, shards, eraser }: Engine): Promise<void> {
  const { erasures } = runtime;
  const isLost = ({ id, seq }: ErasedActor): boolean => seq === 0 && id === '';
  const lost = erasures.pending.filter(({ actors }) => actors.some(isLost));
  if (lost.length > 0) {
    const ids = await idsByHash(
      runtime,
      shards,
      new Set(lost.flatMap(({ actors }) => actors.map((one) => one.hash))),
    );
    for (const erasure of lost) {
      const actors = erasure.actors.map((one) => {
        if (!isLost(one)) return one;
        const id = ids.get(one.hash);
        // Nobody here: what older records tell of them is hidden and rewritten all the same.
        return id === undefined ? { ...one, generation: runtime.generation, seq: 1 } : { ...one, id };
      });
      await erasures.change(erasure.receipt, (now) => ({ ...now, actors }));
    }
  }
  const restored = new Set(lost.map(({ receipt }) => receipt));
  for (const { receipt } of erasures.pending) await eraser.resume(receipt, [], restored.has(receipt));
}

/** Of everybody who is stored, or in memory after what the snapshots lack was folded. */
async function idsByHash(
  { snapshots, erasures }: Engine['runtime'],
  shards: Engine['shards'],
  hashes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const look = (id: string): void => {
    for (const hash of erasures.hashesOf(id)) if (hashes.has(hash)) found.set(hash, id);
  };
  for (const shard of shards) {
    for (const id of shard.actorsById.keys()) look(id);
    for (let after = ''; ; ) {
      const page = await snapshots.ids(shard.id, after, IDS_PAGE);
      for (const id of page) look(id);
      after = page.at(-1) ?? '';
      if (page.length < IDS_PAGE) break;
    }
  }
  return found;
}
