import { expect, test } from 'vitest';
import type { Erasure, ErasureList } from './erasures.ts';

const erasure: Erasure = {
  receipt: 'r-1',
  caseId: 'C 7/ä',
  at: 1_790_000_000_000,
  completeBy: 1_792_592_000_000,
  actors: [{ hash: 'aGFzaA', id: 'AAAAAAAAAAAAAAAAAAAAAA', shard: 3, generation: 1, seq: 0 }],
  untold: [{ channel: 'email', id: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  doneAt: 0,
};

/** What every list of erasures keeps. `open` opens the same one again. */
export function erasuresContract(open: () => Promise<ErasureList>): void {
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
}
