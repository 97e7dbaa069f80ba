import { describe, expect, test } from 'vitest';
import type { CatalogLog } from './catalog-log.ts';
import { wokenBy } from './follow.contract.ts';

/** One place where a catalogue's log is kept; `open` may be called again after the last one was closed: a restart. */
export interface CatalogLogHome {
  open(): Promise<CatalogLog>;
  destroy(): Promise<void>;
}

/** The laws of a CatalogLog; every adapter's test calls this with a maker of empty homes. `isShared`: one that is open may be opened by others. */
export function catalogLogContract(
  name: string,
  makeHome: () => Promise<CatalogLogHome>,
  { isShared }: { readonly isShared: boolean },
): void {
  const inHome = async (body: (home: CatalogLogHome) => Promise<void>): Promise<void> => {
    const home = await makeHome();
    try {
      await body(home);
    } finally {
      await home.destroy();
    }
  };

  describe(`${name} is a CatalogLog`, () => {
    test('an empty log ends at 0 and has nothing to read', () =>
      inHome(async (home) => {
        const log = await home.open();
        expect(await log.last()).toBe(0);
        expect(await log.read(1, 10)).toEqual([]);
        expect(await log.append([])).toBe(0);
        await log.close();
      }));

    test('batches follow one another, also after a restart, and are read from anywhere', () =>
      inHome(async (home) => {
        const log = await home.open();
        expect(await log.append([Uint8Array.of(1), Uint8Array.of(2)])).toBe(2);
        expect(await log.append([Uint8Array.of(3)])).toBe(3);
        await log.close();
        const again = await home.open();
        expect(await again.last()).toBe(3);
        expect(await again.append([Uint8Array.of(4)])).toBe(4);
        const records = await again.read(2, 2);
        expect(records.map(({ sequence, bytes }) => [sequence, ...bytes])).toEqual([
          [2, 2],
          [3, 3],
        ]);
        expect((await again.read(1, 100)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
        expect(await again.read(5, 10)).toEqual([]);
        await again.close();
      }));

    test('where several nodes share it, what one appends wakes the others and is read by them', () =>
      inHome(async (home) => {
        const log = await home.open();
        expect(log.follow !== undefined).toBe(isShared);
        if (!isShared) return log.close();
        const others = await home.open();
        await wokenBy(others, { read: () => others.last(), write: () => log.append([Uint8Array.of(1)]) });
        expect((await others.read(1, 10)).map(({ sequence }) => sequence)).toEqual([1]);
        expect(await others.append([Uint8Array.of(2)])).toBe(2);
        await others.close();
        await log.close();
      }));

    test('batches appended at once are each whole and in one order', () =>
      inHome(async (home) => {
        const log = await home.open();
        const lasts = await Promise.all(
          Array.from({ length: 10 }, (_, n) => log.append([Uint8Array.of(n, 0), Uint8Array.of(n, 1)])),
        );
        expect([...lasts].sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, n) => n * 2 + 2));
        const records = await log.read(1, 100);
        for (const [n, last] of lasts.entries()) {
          expect(records.slice(last - 2, last).map(({ bytes }) => [...bytes])).toEqual([
            [n, 0],
            [n, 1],
          ]);
        }
        await log.close();
      }));
  });
}
