import { expect, test } from 'vitest';
import type { Erasure, ErasureList } from './erasures.ts';
import { wokenBy } from './follow.contract.ts';

const erasure: Erasure = {
  receipt: 'r-1',
  caseId: 'C 7/ä',
  at: 1_790_000_000_000,
  completeBy: 1_792_592_000_000,
  actors: [{ hash: 'aGFzaA', id: 'AAAAAAAAAAAAAAAAAAAAAA', shard: 3, generation: 1, seq: 0 }],
  untold: [{ channel: 'email', id: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  doneAt: 0,
};

/** What every list of erasures keeps. `open` opens the same one again. `isShared`: also while it is open. */
export function erasuresContract(
  open: () => Promise<ErasureList>,
  { isShared }: { readonly isShared: boolean },
): void {
  test('an erasure is there again after a restart, as it was saved last', async () => {
    const list = await open();
    await list.save(erasure);
    await list.save({ ...erasure, receipt: 'r-2' });
    await list.save({ ...erasure, doneAt: 5 });
    expect(list.all).toEqual([
      { ...erasure, doneAt: 5 },
      { ...erasure, receipt: 'r-2' },
    ]);
    await list.close();
    const again = await open();
    expect(again.all).toEqual([
      { ...erasure, doneAt: 5 },
      { ...erasure, receipt: 'r-2' },
    ]);
    await again.close();
  });

  test('saves that are made at once are all kept', async () => {
    const list = await open();
    await Promise.all(Array.from({ length: 20 }, (_, n) => list.save({ ...erasure, receipt: `r-${n}` })));
    await list.compact();
    await list.close();
    const again = await open();
    expect(again.all.map(({ receipt }) => receipt)).toEqual(Array.from({ length: 20 }, (_, n) => `r-${n}`));
    await again.close();
  });

  test('where several nodes share it, each takes in what the others saved, and saves nothing over it unseen', async () => {
    const list = await open();
    expect([list.takeIn !== undefined, list.follow !== undefined]).toEqual([isShared, isShared]);
    await list.save({ ...erasure, receipt: 'r-1' });
    if (!isShared) return list.close();
    const others = await open();
    await wokenBy(others, {
      read: async () => others.takeIn?.(),
      write: () => list.save({ ...erasure, receipt: 'r-2' }),
    });
    await list.save({ ...erasure, receipt: 'r-1', doneAt: 5 });
    await expect(others.save({ ...erasure, receipt: 'r-1', doneAt: 7 })).rejects.toMatchObject({
      kind: 'conflict',
    });
    await expect(others.save({ ...erasure, receipt: 'r-2', doneAt: 7 })).rejects.toMatchObject({
      kind: 'conflict',
    });
    const fresh = await others.takeIn?.();
    expect(fresh?.toSorted((a, b) => (a.receipt < b.receipt ? -1 : 1))).toEqual([
      { ...erasure, receipt: 'r-1', doneAt: 5 },
      { ...erasure, receipt: 'r-2' },
    ]);
    expect(others.all).toEqual(list.all);
    expect(await others.takeIn?.()).toEqual([]);
    await others.save({ ...erasure, receipt: 'r-1', doneAt: 7 });
    expect(await others.takeIn?.()).toEqual([]);
    expect(await list.takeIn?.()).toEqual([{ ...erasure, receipt: 'r-1', doneAt: 7 }]);
    await list.close();
    await others.close();
  });
}
