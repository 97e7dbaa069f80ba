import { describe, expect, test } from 'vitest';
import { type ImageHead, type ImageRow, type ImageSource, type Images, SHARED_IMAGE } from './images.ts';

/** One place where images are kept; `open` may be called again after the last one was closed: a restart. */
export interface ImagesHome {
  open(): Promise<Images>;
  /** Makes an image unreadable. */
  damage(image: ImageHead): Promise<void>;
  destroy(): Promise<void>;
}

/** The laws of Images; every adapter's test calls this with a maker of empty homes. */
export function imagesContract(name: string, makeHome: () => Promise<ImagesHome>): void {
  const inHome = async (body: (home: ImagesHome) => Promise<void>): Promise<void> => {
    const home = await makeHome();
    try {
      await body(home);
    } finally {
      await home.destroy();
    }
  };

  describe(`${name} is Images`, () => {
    test('a shard without an image has none', () =>
      inHome(async (home) => {
        const images = await home.open();
        expect(await images.list(0)).toEqual([]);
        expect(await images.list(SHARED_IMAGE)).toEqual([]);
      }));

    test('an image gives back state and rows as they were, also after a restart', () =>
      inHome(async (home) => {
        const first = await home.open();
        const image = await first.write(source(7, 1_000));
        await first.write({ ...source(3, 10), shard: SHARED_IMAGE });
        await first.close();
        const images = await home.open();
        expect(await images.list(1)).toEqual([image]);
        const content = await images.open(image);
        expect(content).toMatchObject({ generation: 4, rows: 1_000 });
        expect([...content.state]).toEqual([1, 2, 3]);
        expect(content.through).toBe(7 + 999);
        const found: ImageRow[] = [];
        for await (const page of content.read()) found.push(...page);
        expect(found.map(plain)).toEqual(rows(7, 1_000).map(plain));
        await images.check(image);
      }));

    test('one row is found by its id, the first and the last too, and nobody else is', () =>
      inHome(async (home) => {
        const images = await home.open();
        const content = await images.open(await images.write(source(7, 1_000)));
        for (const row of [rows(7, 1_000)[0], rows(7, 1_000)[500], rows(7, 1_000)[999]] as ImageRow[])
          expect(plain((await content.get(row.id)) as ImageRow)).toEqual(plain(row));
        expect(await content.get(idOf(2_000))).toBeUndefined();
        const empty = await images.open(await images.write(source(9, 0)));
        expect(await empty.get(idOf(0))).toBeUndefined();
        expect(empty.through).toBe(9);
      }));

    test('two are kept of each shard, the newest first', () =>
      inHome(async (home) => {
        const images = await home.open();
        for (const sequence of [5, 9, 12]) await images.write(source(sequence, 3));
        await images.write({ ...source(2, 3), shard: 2 });
        expect((await images.list(1)).map(({ sequence }) => sequence)).toEqual([12, 9]);
        expect(await images.list(2)).toHaveLength(1);
        await images.remove((await images.list(1))[0] as ImageHead);
        expect((await images.list(1)).map(({ sequence }) => sequence)).toEqual([9]);
      }));

    test('of a shard in which nothing happens the older image goes too: the two may be at one record', () =>
      inHome(async (home) => {
        const images = await home.open();
        await images.write({ ...source(3, 2), at: 50 });
        for (const at of [100, 200]) await images.write({ ...source(5, at / 50), at });
        const all = await images.list(1);
        expect(all).toEqual([200, 100].map((at) => ({ shard: 1, sequence: 5, at })));
        expect((await images.open(all[0] as ImageHead)).rows).toBe(4);
        await images.remove(all[0] as ImageHead);
        expect((await images.open((await images.list(1))[0] as ImageHead)).rows).toBe(2);
      }));

    test('one whose rows end with a fault is not there, and the one before stays', () =>
      inHome(async (home) => {
        const images = await home.open();
        const kept = await images.write(source(5, 3));
        const broken = {
          ...source(8, 0),
          rows: (async function* () {
            yield rows(8, 2);
            throw new Error('the store is gone');
          })(),
        };
        await expect(images.write(broken)).rejects.toThrow('the store is gone');
        expect(await images.list(1)).toEqual([kept]);
      }));

    test('a damaged one is found by a check', () =>
      inHome(async (home) => {
        const images = await home.open();
        const image = await images.write(source(5, 3));
        await home.damage(image);
        await expect(images.check(image)).rejects.toMatchObject({ kind: 'corrupt' });
      }));
  });
}

export function source(sequence: number, count: number): ImageSource {
  return {
    shard: 1,
    generation: 4,
    sequence,
    at: 1_000 + sequence,
    state: Uint8Array.of(1, 2, 3),
    rows: (async function* () {
      const all = rows(sequence, count);
      for (let at = 0; at < all.length; at += 100) yield all.slice(at, at + 100);
    })(),
  };
}

/** In order of the bytes that the ids stand for. */
function rows(sequence: number, count: number): ImageRow[] {
  return Array.from({ length: count }, (_, n) => ({
    id: idOf(n),
    seq: sequence + n,
    revision: n % 3,
    due: n % 2 === 0 ? 0 : 1_700_000_000_000 + n,
    // Noise, so that compression leaves several blocks.
    bytes: Uint8Array.from({ length: n % 900 }, (__, i) => (Math.imul(n + 1, i + 7) >>> 3) & 0xff),
  }));
}

function idOf(n: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(n, 4);
  return bytes.toString('base64url');
}

function plain({ bytes, ...row }: ImageRow): unknown {
  return { ...row, bytes: Buffer.from(bytes).toString('hex') };
}
