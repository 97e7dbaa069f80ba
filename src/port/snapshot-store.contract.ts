import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counterAfterClear } from './snapshot-counter.ts';
import type { Snapshot, SnapshotPut, SnapshotStore } from './snapshot-store.ts';

/** One place where snapshots are kept; `open` may be called again after the last one was closed: a restart. */
export interface SnapshotStoreHome {
  open(): Promise<SnapshotStore>;
  destroy(): Promise<void>;
}

export interface SnapshotStoreContract {
  /** Runs of the property that restarts and compares with a plain model. */
  readonly runs: number;
}

/** The laws of a SnapshotStore; every adapter's test calls this with a maker of empty homes. */
export function snapshotStoreContract(
  name: string,
  makeHome: () => Promise<SnapshotStoreHome>,
  { runs }: SnapshotStoreContract,
): void {
  const inHome = async (body: (home: SnapshotStoreHome) => Promise<void>): Promise<void> => {
    const home = await makeHome();
    try {
      await body(home);
    } finally {
      await home.destroy();
    }
  };

  describe(`${name} is a SnapshotStore`, () => {
    test('ids are those of the snapshots, in pages like a scan', () =>
      inHome(async (home) => {
        const store = await home.open();
        await store.write(0, [put(3, 1, 0), put(1, 2, 9), put(2, 3, 0)], 0);
        await store.write(1, [put(4, 1, 0)], 0);
        const all = (await store.scan(0, '', 10)).map(({ id }) => id);
        expect(await store.ids(0, '', 10)).toEqual(all);
        expect(await store.ids(0, all[0] as string, 1)).toEqual(all.slice(1, 2));
        expect(await store.ids(0, all[2] as string, 10)).toEqual([]);
        await store.close();
      }));

    test('an untouched shard has no customers, no checkpoint and the counter 0', () =>
      inHome(async (home) => {
        const store = await home.open();
        expect(await store.get(0, idOf(1))).toBeUndefined();
        expect(await store.load(0)).toEqual({ checkpoint: undefined, counter: 0 });
        expect(await store.due(0, 0, Number.POSITIVE_INFINITY, 10)).toEqual([]);
        expect(await store.scan(0, '', 10)).toEqual([]);
        expect(await store.count(0)).toBe(0);
        await store.close();
      }));

    test('a batch is there after a restart, and the same customer id in another shard is another customer', () =>
      inHome(async (home) => {
        const store = await home.open();
        expect(await store.write(0, [put(1, 10, 0), put(2, 11, 500)], 0)).toBe(1);
        expect(await store.write(1, [put(1, 99, 700)], 0)).toBe(1);
        await store.close();

        const again = await home.open();
        expect(plain(await again.get(0, idOf(1)))).toEqual(plain(put(1, 10, 0)));
        expect(plain(await again.get(0, idOf(2)))).toEqual(plain(put(2, 11, 500)));
        expect(plain(await again.get(1, idOf(1)))).toEqual(plain(put(1, 99, 700)));
        expect(await again.get(1, idOf(2))).toBeUndefined();
        expect((await again.load(0)).counter).toBe(1);
        await again.close();
      }));

    test('a snapshot longer than a page comes back whole', () =>
      inHome(async (home) => {
        const store = await home.open();
        const bytes = Uint8Array.from({ length: 120_000 }, (_, i) => i * 13);
        await store.write(0, [{ ...put(1, 1, 0), bytes }], 0);
        await store.write(0, [put(2, 2, 0)], 1);
        const long = await store.get(0, idOf(1));
        const short = await store.get(0, idOf(2));
        expect(Buffer.compare(long?.bytes as Uint8Array, bytes)).toBe(0);
        expect(plain(short)).toEqual(plain(put(2, 2, 0)));
        await store.close();
      }));

    test('a put with a lower sequence than stored is ignored, and so is its due time', () =>
      inHome(async (home) => {
        const store = await home.open();
        await store.write(0, [put(1, 10, 500)], 0);
        await store.write(0, [put(1, 9, 100)], 1);
        expect(plain(await store.get(0, idOf(1)))).toEqual(plain(put(1, 10, 500)));
        expect(await store.due(0, 0, 1_000, 10)).toEqual([{ due: 500, id: idOf(1) }]);
        expect((await store.load(0)).counter).toBe(2);
        await store.close();
      }));

    test('an audience has whom the last put names, in order and in pages, after a restart and not after a clear', () =>
      inHome(async (home) => {
        const store = await home.open();
        const inside = (n: number, seq: number, ...audiences: string[]) => ({ ...put(n, seq, 7), audiences });
        await store.write(0, [inside(1, 1, 'near', 'far'), inside(2, 2, 'near'), put(3, 3, 0)], 0);
        await store.write(1, [inside(4, 1, 'near')], 0);
        await store.write(0, [inside(3, 4, 'near', 'né'), inside(2, 5, 'far')], 1);
        // Older than what is there.
        await store.write(0, [inside(3, 2, 'far')], 2);
        await store.close();
        const again = await home.open();
        const numbers = new Map([1, 2, 3, 4].map((n) => [idOf(n), n]));
        const of = async (name: string, after = '', limit = 10) =>
          (await again.members(0, name, after, limit)).map((id) => numbers.get(id));
        expect((await of('near')).toSorted()).toEqual([1, 3]);
        expect((await of('far')).toSorted()).toEqual([1, 2]);
        expect(await of('né')).toEqual([3]);
        expect(await of('ne')).toEqual([]);
        expect(plain(await again.get(0, idOf(1)))).toEqual(plain(put(1, 1, 7)));
        const all = await again.members(0, 'near', '', 10);
        expect(all).toEqual((await again.ids(0, '', 10)).filter((id) => all.includes(id)));
        expect(await again.members(0, 'near', all[0] as string, 10)).toEqual(all.slice(1));
        expect(await again.members(0, 'near', '', 1)).toEqual(all.slice(0, 1));
        await expect(again.members(0, 'near', '', 1, 4)).rejects.toMatchObject({ kind: 'conflict' });
        await again.clear(0);
        expect(await of('near')).toEqual([]);
        expect(await again.members(1, 'near', '', 10)).toEqual([idOf(4)]);
        await again.close();
      }));

    test('a batch that expects another counter is a conflict and writes nothing', () =>
      inHome(async (home) => {
        const store = await home.open();
        await store.write(0, [put(1, 10, 0)], 0);
        for (const wrong of [0, 2]) {
          await expect(store.write(0, [put(2, 20, 5)], wrong)).rejects.toMatchObject({ kind: 'conflict' });
        }
        expect(await store.get(0, idOf(2))).toBeUndefined();
        expect(await store.due(0, 0, 10, 10)).toEqual([]);
        expect((await store.load(0)).counter).toBe(1);
        await store.close();
      }));

    test('of two batches with the same expected counter one wins', () =>
      inHome(async (home) => {
        const store = await home.open();
        const results = await Promise.allSettled([
          store.write(0, [put(1, 1, 0)], 0),
          store.write(0, [put(2, 1, 0)], 0),
        ]);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        expect((await store.load(0)).counter).toBe(1);
        expect(await store.count(0)).toBe(1);
        await store.close();
      }));

    test('a checkpoint is kept with its state, also after a restart, and only under the present counter', () =>
      inHome(async (home) => {
        const store = await home.open();
        await store.write(5, [put(1, 10, 0)], 0);
        await store.checkpoint(5, { sequence: 10, counter: 1, state: Uint8Array.of(1, 2, 3) });
        await store.write(5, [put(1, 12, 0)], 1);
        const late = store.checkpoint(5, { sequence: 12, counter: 1, state: Uint8Array.of(9) });
        await expect(late).rejects.toMatchObject({ kind: 'conflict' });
        await store.close();

        const again = await home.open();
        const { checkpoint, counter } = await again.load(5);
        expect(counter).toBe(2);
        expect({ ...checkpoint, state: [...(checkpoint?.state ?? [])] }).toEqual({
          sequence: 10,
          counter: 1,
          state: [1, 2, 3],
        });
        await again.close();
      }));

    test('due customers come in order of their time, within the bounds, and leave when their time changes', () =>
      inHome(async (home) => {
        const store = await home.open();
        await store.write(0, [put(1, 1, 300), put(2, 1, 100), put(3, 1, 200), put(4, 1, 0)], 0);
        await store.write(1, [put(5, 1, 150)], 0);
        expect(await dueIds(store, 0, 0, 1_000)).toEqual([2, 3, 1]);
        expect(await dueIds(store, 0, 100, 300)).toEqual([2, 3]);
        expect((await store.due(0, 0, 1_000, 2)).map(({ due }) => due)).toEqual([100, 200]);
        await store.write(0, [put(2, 2, 400), put(3, 2, 0)], 1);
        expect(await dueIds(store, 0, 0, 1_000)).toEqual([1, 2]);
        await store.close();
      }));

    test('scanning page by page meets every customer of the shard once', () =>
      inHome(async (home) => {
        const store = await home.open();
        const puts = Array.from({ length: 25 }, (_, n) => put(n, n + 1, n % 3));
        await store.write(0, puts, 0);
        await store.write(1, [put(40, 1, 0)], 0);
        const met: (Snapshot & { readonly id: string })[] = [];
        for (let after = ''; ; after = met.at(-1)?.id ?? '') {
          const page = await store.scan(0, after, 4);
          if (page.length === 0) break;
          expect(page.length).toBeLessThanOrEqual(4);
          met.push(...page);
        }
        expect(met.map(({ id }) => id).sort()).toEqual(puts.map(({ id }) => id).sort());
        for (const row of met) expect(plain(row)).toEqual(plain(puts.find(({ id }) => id === row.id)));
        expect(await store.count(0)).toBe(25);
        await store.close();
      }));

    test('a cleared shard holds nothing, its counter leaps, and others keep theirs', () =>
      inHome(async (home) => {
        const store = await home.open();
        await store.write(0, [put(1, 1, 50), put(2, 1, 60)], 0);
        await store.checkpoint(0, { sequence: 1, counter: 1, state: Uint8Array.of(1) });
        await store.write(1, [put(3, 1, 70)], 0);
        await store.clear(0);
        const cleared = counterAfterClear(1, 0);
        expect(await store.load(0)).toEqual({ checkpoint: undefined, counter: cleared });
        expect(await store.count(0)).toBe(0);
        expect(await store.due(0, 0, 1_000, 10)).toEqual([]);
        expect(await dueIds(store, 1, 0, 1_000)).toEqual([3]);
        expect(await store.write(0, [put(1, 1, 0)], cleared)).toBe(cleared + 1);
        await store.clear(0, cleared + 100);
        expect((await store.load(0)).counter).toBe(counterAfterClear(0, cleared + 100));
        await store.close();
      }));

    test('a reader finds every batch that they know of and those written since, or a conflict, also after a restart', () =>
      inHome(async (home) => {
        let store = await home.open();
        const read = async (known: number) => plain(await store.get(0, idOf(1), known));
        await store.write(0, [put(1, 10, 0)], 0);
        await store.write(0, [put(1, 11, 0)], 1);
        for (let lives = 0; lives < 2; lives++) {
          for (const known of [1, 2]) expect(await read(known)).toEqual(plain(put(1, 11, 0)));
          await expect(read(3)).rejects.toMatchObject({ kind: 'conflict' });
          await expect(store.due(0, 0, 10, 10, 3)).rejects.toMatchObject({ kind: 'conflict' });
          await store.close();
          store = await home.open();
        }
        await store.close();
      }));

    test('a clear that lands late loses nobody: who knows a batch from before it reads no row and writes none', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(5), fc.nat(40), fc.nat(5), (before, above, since) =>
          inHome(async (home) => {
            const store = await home.open();
            let known = 0;
            for (let n = 0; n < before; n++) known = await store.write(0, [put(1, n + 1, 0)], known);
            // The first try is on its way for so long that another one, and batches behind it, come first.
            await store.clear(0, above);
            ({ counter: known } = await store.load(0));
            for (let n = 0; n < since; n++) known = await store.write(0, [put(1, n + 1, 0)], known);
            await store.clear(0, above);
            const read = async () => store.get(0, idOf(1), known);
            const conflict = { kind: 'conflict' };
            await expect(read()).rejects.toMatchObject(conflict);
            await expect(store.due(0, 0, 10, 10, known)).rejects.toMatchObject(conflict);
            await expect(store.write(0, [put(2, 99, 0)], known)).rejects.toMatchObject(conflict);
            const checkpoint = { sequence: 99, counter: known, state: new Uint8Array(0) };
            await expect(store.checkpoint(0, checkpoint)).rejects.toMatchObject(conflict);
            await store.close();
          }),
        ),
        { numRuns: Math.min(runs, 10) },
      );
    });

    test('who reads while a shard is cleared finds a row or a conflict, never nobody', () =>
      inHome(async (home) => {
        const store = await home.open();
        await store.write(0, [put(1, 1, 0)], 0);
        let isCleared = false;
        const clearing = store.clear(0).then(() => {
          isCleared = true;
        });
        for (let turns = 0; !isCleared && turns < 10_000; turns++) {
          const { counter } = await store.load(0);
          const found = await Promise.resolve()
            .then(() => store.get(0, idOf(1), 1))
            .catch((fault: unknown) => fault);
          expect(found).toBeDefined();
          expect(counter === 1 || counter === counterAfterClear(1, 0)).toBe(true);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await clearing;
        await store.close();
      }));

    test('the bytes of a put may be reused once it has settled, and those of a snapshot are the caller’s', () =>
      inHome(async (home) => {
        const store = await home.open();
        const bytes = Buffer.from([1, 2, 3]);
        await store.write(0, [{ ...put(1, 1, 0), bytes }], 0);
        bytes.fill(0);
        const first = await store.get(0, idOf(1));
        await store.get(0, idOf(2));
        expect([...(first?.bytes ?? [])]).toEqual([1, 2, 3]);
        first?.bytes.fill(9);
        expect([...((await store.get(0, idOf(1)))?.bytes ?? [])]).toEqual([1, 2, 3]);
        await store.close();
      }));

    test('rows and due index equal a plain map after any batches, restarts and clears', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), (steps) =>
          inHome(async (home) => {
            let store = await home.open();
            const model = new Map<string, SnapshotPut>();
            let counter = 0;
            for (const { kind, puts } of steps) {
              if (kind === 'restart') {
                await store.close();
                store = await home.open();
              } else if (kind === 'clear') {
                await store.clear(0);
                model.clear();
                counter = counterAfterClear(counter, 0);
              } else {
                counter = await store.write(0, puts, counter);
                for (const each of puts) {
                  if ((model.get(each.id)?.seq ?? 0) <= each.seq) model.set(each.id, each);
                }
              }
              const rows = await store.scan(0, '', 1_000);
              expect(Object.fromEntries(rows.map((row) => [row.id, plain(row)]))).toEqual(
                Object.fromEntries([...model].map(([id, row]) => [id, plain(row)])),
              );
              const wanted = [...model.values()]
                .filter(({ due }) => due !== 0)
                .map(({ id, due }) => `${due} ${id}`);
              const found = await store.due(0, 0, Number.MAX_SAFE_INTEGER, 1_000);
              expect(found.map(({ id, due }) => `${due} ${id}`).sort()).toEqual(wanted.sort());
              expect(found.map(({ due }) => due)).toEqual(found.map(({ due }) => due).sort((a, b) => a - b));
              for (const name of AUDIENCES) {
                const inside = [...model.values()].filter(({ audiences = [] }) => audiences.includes(name));
                expect((await store.members(0, name, '', 1_000)).toSorted()).toEqual(
                  inside.map(({ id }) => id).toSorted(),
                );
              }
              expect((await store.load(0)).counter).toBe(counter);
            }
            await store.close();
          }),
        ),
        { numRuns: runs },
      );
    });
  });
}

const AUDIENCES = ['a', 'aa'];
const anyPut = fc
  .record({
    n: fc.nat(5),
    seq: fc.integer({ min: 1, max: 20 }),
    due: fc.constantFrom(0, 1, 5, 2 ** 41),
    revision: fc.constantFrom(1, 255, 32_767),
    audiences: fc.subarray(AUDIENCES),
    byte: fc.nat(255),
  })
  .map(({ n, byte, ...rest }) => ({ ...rest, id: idOf(n), bytes: Uint8Array.of(byte, n) }));

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(anyPut, { minLength: 1, maxLength: 6 })
      .map((puts) => ({ kind: 'write' as const, puts })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const, puts: [] }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const, puts: [] }) },
);

/** A customer id: 16 bytes that depend on `n` in no order of `n`, as 22 characters of base64url. */
function idOf(n: number): string {
  return Buffer.from(Uint8Array.from({ length: 16 }, (_, i) => (n * 151 + i * 29 + 7) & 0xff)).toString(
    'base64url',
  );
}

function put(n: number, seq: number, due: number): SnapshotPut {
  return { id: idOf(n), seq, revision: 300 + n, due, bytes: Uint8Array.of(n, seq, 77) };
}

function plain(row: Snapshot | undefined): unknown {
  if (row === undefined) return undefined;
  return { seq: row.seq, revision: row.revision, due: row.due, bytes: [...row.bytes] };
}

async function dueIds(
  store: SnapshotStore,
  shard: number,
  from: number,
  to: number,
): Promise<(number | undefined)[]> {
  const numbers = new Map(Array.from({ length: 50 }, (_, n) => [idOf(n), n]));
  return (await store.due(shard, from, to, 100)).map(({ id }) => numbers.get(id));
}
