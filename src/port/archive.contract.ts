import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Archive } from './archive.ts';
import type { LogRecord } from './fact-log.ts';

/** One place where segments are kept; `open` may be called again after the last one was closed: a restart. */
export interface ArchiveHome {
  open(): Promise<Archive>;
  destroy(): Promise<void>;
}

/** The laws of an Archive; every adapter's test calls this with a maker of empty homes. */
export function archiveContract(
  name: string,
  makeHome: () => Promise<ArchiveHome>,
  { runs }: { readonly runs: number },
): void {
  const inHome = async (body: (home: ArchiveHome) => Promise<void>): Promise<void> => {
    const home = await makeHome();
    try {
      await body(home);
    } finally {
      await home.destroy();
    }
  };

  describe(`${name} is an Archive`, () => {
    test('an untouched shard has no segments and no records', () =>
      inHome(async (home) => {
        const archive = await home.open();
        expect(await archive.segments(0)).toEqual([]);
        expect(await archive.read(0, 1, 10)).toEqual([]);
        expect(await archive.get(0, 1)).toBeUndefined();
        expect(await archive.expire(0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(0);
        await archive.close();
      }));

    test('segments are listed in order with their times, and read across, also after a restart', () =>
      inHome(async (home) => {
        const archive = await home.open();
        const later = await archive.write(0, records(11, 15), { from: 2_000, to: 2_900 });
        const earlier = await archive.write(0, records(1, 10), { from: 1_000, to: 1_900 });
        await archive.write(1, records(1, 3), { from: 1_500, to: 1_600 });
        expect(earlier).toMatchObject({ shard: 0, first: 1, last: 10, from: 1_000, to: 1_900 });
        expect(await archive.segments(0)).toEqual([earlier, later]);
        await archive.close();

        const again = await home.open();
        expect(await again.segments(0)).toEqual([earlier, later]);
        expect(plain(await again.read(0, 8, 5))).toEqual(plain(records(8, 12)));
        expect(plain(await again.read(0, 1, 1_000))).toEqual(plain(records(1, 15)));
        expect(await again.get(0, 11)).toEqual(records(11, 11)[0]?.bytes);
        expect(await again.get(0, 16)).toBeUndefined();
        expect(plain(await again.read(1, 1, 1_000))).toEqual(plain(records(1, 3)));
        await again.close();
      }));

    test('records of any size come back, one by one and together', () =>
      inHome(async (home) => {
        const archive = await home.open();
        const sizes = [0, 1, 700_000, 3, 300_000, 262_144, 10];
        const all = sizes.map((size, i) => ({
          sequence: i + 1,
          bytes: Uint8Array.from({ length: size }, (_, n) => (n * n * 31 + i) & 0xff),
        }));
        await archive.write(0, all, { from: 1, to: 2 });
        for (const record of all)
          expect(same(await archive.get(0, record.sequence), record.bytes)).toBe(true);
        const back = await archive.read(0, 1, 100);
        expect(back.map(({ bytes }) => bytes.length)).toEqual(sizes);
        await archive.close();
      }));

    test('the same range again replaces the segment', () =>
      inHome(async (home) => {
        const archive = await home.open();
        await archive.write(0, records(1, 5), { from: 1_000, to: 2_000 });
        const replaced = records(1, 5).map(({ sequence }) => ({
          sequence,
          bytes: Uint8Array.of(9, sequence),
        }));
        expect(await archive.get(0, 2)).toEqual(records(2, 2)[0]?.bytes);
        await archive.write(0, replaced, { from: 1_000, to: 2_001 });
        expect(await archive.segments(0)).toHaveLength(1);
        expect(plain(await archive.read(0, 1, 10))).toEqual(plain(replaced));
        expect(await archive.get(0, 2)).toEqual(Uint8Array.of(9, 2));
        await archive.close();
      }));

    test('segments that overlap give each record once', () =>
      inHome(async (home) => {
        const archive = await home.open();
        await archive.write(0, records(1, 6), { from: 1_000, to: 2_000 });
        await archive.write(0, records(4, 9), { from: 1_500, to: 3_000 });
        expect(plain(await archive.read(0, 1, 100))).toEqual(plain(records(1, 9)));
        expect(plain(await archive.read(0, 5, 2))).toEqual(plain(records(5, 6)));
        await archive.close();
      }));

    test('expiry deletes nothing behind the record that it is told, however old', () =>
      inHome(async (home) => {
        const archive = await home.open();
        for (let n = 0; n < 3; n++)
          await archive.write(0, records(n * 5 + 1, n * 5 + 5), { from: n * 100, to: n * 100 + 99 });
        expect(await archive.expire(0, 1_000, 0)).toBe(0);
        expect(await archive.expire(0, 1_000, 9)).toBe(1);
        expect(await archive.expire(0, 1_000, 10)).toBe(1);
        expect((await archive.segments(0)).map(({ first }) => first)).toEqual([11]);
        await archive.close();
      }));

    test('expiry deletes the segments that end before, and counts them', () =>
      inHome(async (home) => {
        const archive = await home.open();
        for (let n = 0; n < 4; n++) {
          await archive.write(0, records(n * 5 + 1, n * 5 + 5), { from: n * 100, to: n * 100 + 99 });
        }
        expect(await archive.expire(0, 199, 20)).toBe(1);
        expect(await archive.expire(0, 200, 20)).toBe(1);
        expect(await archive.expire(0, 200, 20)).toBe(0);
        expect((await archive.segments(0)).map(({ first }) => first)).toEqual([11, 16]);
        expect(await archive.get(0, 3)).toBeUndefined();
        expect(plain(await archive.read(0, 1, 100))).toEqual(plain(records(11, 20)));
        await archive.close();
      }));

    test('reading any part of any segmentation gives that part', async () => {
      const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(
          cuts,
          fc.integer({ min: 1, max: 200 }),
          fc.integer({ min: 1, max: 200 }),
          (lengths, from, limit) =>
            inHome(async (home) => {
              const archive = await home.open();
              let next = 1;
              for (const length of lengths) {
                await archive.write(0, records(next, next + length - 1), {
                  from: next,
                  to: next + length - 1,
                });
                next += length;
              }
              const wanted = records(from, Math.min(next - 1, from + limit - 1));
              expect(plain(await archive.read(0, from, limit))).toEqual(plain(wanted));
              for (const { sequence, bytes } of wanted.slice(0, 5))
                expect(await archive.get(0, sequence)).toEqual(bytes);
              await archive.close();
            }),
        ),
        { numRuns: runs },
      );
    });
  });
}

function records(first: number, last: number): LogRecord[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const sequence = first + i;
    return { sequence, bytes: Uint8Array.from({ length: sequence % 50 }, (__, n) => (n + sequence) & 0xff) };
  });
}

function plain(all: readonly LogRecord[]): unknown {
  return all.map(({ sequence, bytes }) => [sequence, ...bytes]);
}

function same(found: Uint8Array | undefined, wanted: Uint8Array): boolean {
  return found !== undefined && Buffer.compare(found, wanted) === 0;
}
