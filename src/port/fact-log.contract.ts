import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FactLog, LogAppend } from './fact-log.ts';
import { PortError } from './port-error.ts';

/** One place where logs are kept; `open` may be called again after the last one was closed: a restart. */
export interface FactLogHome {
  open(): Promise<FactLog>;
  /** Removes what was kept. */
  destroy(): Promise<void>;
}

export interface FactLogContract {
  /** Runs of the property that appends, trims and restarts at random. */
  readonly runs: number;
}

/** The laws of a FactLog; every adapter's test calls this with a maker of empty homes. */
export function factLogContract(
  name: string,
  makeHome: () => Promise<FactLogHome>,
  { runs }: FactLogContract,
): void {
  const inHome = async (body: (home: FactLogHome) => Promise<void>): Promise<void> => {
    const home = await makeHome();
    try {
      await body(home);
    } finally {
      await home.destroy();
    }
  };

  describe(`${name} is a FactLog`, () => {
    test('an untouched shard is empty and its next sequence is 1', () =>
      inHome(async (home) => {
        const log = await home.open();
        expect(await log.bounds(3)).toEqual({ first: 1, last: 0 });
        expect(await log.read(3, 1, 10)).toEqual([]);
        expect(await log.get(3, 1)).toBeUndefined();
        await log.close();
      }));

    test('what was appended is read back in order, also after a restart', () =>
      inHome(async (home) => {
        const log = await home.open();
        for (let n = 0; n < 5; n++) await log.append(0, n, record(n + 1));
        expect(await log.bounds(0)).toEqual({ first: 1, last: 5 });
        await log.close();

        const again = await home.open();
        expect(await again.bounds(0)).toEqual({ first: 1, last: 5 });
        expect(plain(await again.read(0, 2, 3))).toEqual([2, 3, 4].map(plainRecord));
        expect(plain(await again.read(0, 4, 100))).toEqual([4, 5].map(plainRecord));
        expect([...((await again.get(0, 3)) ?? [])]).toEqual([...record(3)]);
        await again.append(0, 5, record(6));
        expect((await again.bounds(0)).last).toBe(6);
        await again.close();
      }));

    test('empty records and records longer than a page come back whole', () =>
      inHome(async (home) => {
        const log = await home.open();
        const long = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7);
        await log.append(1, 0, new Uint8Array(0));
        await log.append(1, 1, long);
        const records = await log.read(1, 1, 10);
        expect(records.map(({ bytes }) => bytes.length)).toEqual([0, 300_000]);
        expect(Buffer.compare((await log.get(1, 2)) as Uint8Array, long)).toBe(0);
        await log.close();
      }));

    test('an append that expects another last sequence is a conflict and writes nothing', () =>
      inHome(async (home) => {
        const log = await home.open();
        await log.append(0, 0, record(1));
        for (const wrong of [0, 2, 7]) {
          const fault = await log.append(0, wrong, record(9)).catch((cause: unknown) => cause);
          expect(fault).toBeInstanceOf(PortError);
          expect(fault).toMatchObject({ kind: 'conflict', outcome: 'nothing_written' });
        }
        expect(plain(await log.read(0, 1, 10))).toEqual([plainRecord(1)]);
        await log.close();
      }));

    test('of two appends behind the same record one wins', () =>
      inHome(async (home) => {
        const log = await home.open();
        const results = await Promise.allSettled([log.append(0, 0, record(1)), log.append(0, 0, record(2))]);
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
          reason: { kind: 'conflict' },
        });
        expect(await log.bounds(0)).toEqual({ first: 1, last: 1 });
        await log.close();
      }));

    test('many shards appending at once keep their own order', () =>
      inHome(async (home) => {
        const log = await home.open();
        const shards = Array.from({ length: 64 }, (_, shard) => shard);
        await Promise.all(
          shards.map(async (shard) => {
            for (let n = 0; n < 8; n++) await log.append(shard, n, Uint8Array.of(shard, n));
          }),
        );
        for (const shard of shards) {
          const records = await log.read(shard, 1, 100);
          expect(records.map(({ bytes }) => [...bytes])).toEqual(
            Array.from({ length: 8 }, (_, n) => [shard, n]),
          );
        }
        await log.close();
      }));

    test('a group is settled once for each of its appends, and not before the call has returned', () =>
      inHome(async (home) => {
        const log = await home.open();
        const group = [3, 1, 2].map((shard) => ({ shard, expectedLast: 0, bytes: record(1) }));
        const told: number[] = [];
        let returned = false;
        await new Promise<void>((resolve) => {
          log.appendAll(group, (at, fault) => {
            expect(returned).toBe(true);
            expect(fault).toBeUndefined();
            if (told.push(at) === group.length) resolve();
          });
          returned = true;
        });
        expect(told.toSorted()).toEqual([0, 1, 2]);
        for (const shard of [1, 2, 3]) expect(plain(await log.read(shard, 1, 9))).toEqual([plainRecord(1)]);
        await log.close();
      }));

    test('a conflict of one shard leaves the rest of its group alone', () =>
      inHome(async (home) => {
        const log = await home.open();
        await log.append(1, 0, record(1));
        const faults = await appendGroup(log, [
          { shard: 0, expectedLast: 0, bytes: record(1) },
          { shard: 1, expectedLast: 0, bytes: record(9) },
          { shard: 2, expectedLast: 4, bytes: record(9) },
          { shard: 3, expectedLast: 0, bytes: record(1) },
          { shard: 3, expectedLast: 0, bytes: record(9) },
        ]);
        const lost = { kind: 'conflict', outcome: 'nothing_written' };
        expect(faults).toMatchObject([undefined, lost, lost, undefined, lost]);
        for (const shard of [0, 1, 3]) expect(plain(await log.read(shard, 1, 9))).toEqual([plainRecord(1)]);
        expect(await log.bounds(2)).toEqual({ first: 1, last: 0 });
        expect(await appendGroup(log, [{ shard: 3, expectedLast: 1, bytes: record(2) }])).toEqual([
          undefined,
        ]);
        await log.close();
      }));

    test('groups that follow at once, of more bytes than a buffer is likely to have, come back whole', () =>
      inHome(async (home) => {
        const log = await home.open();
        const body = (shard: number, n: number): Uint8Array =>
          Uint8Array.from({ length: 60_000 + shard }, (_, i) => i * 3 + shard + n);
        const group = (shards: readonly number[], n: number) =>
          shards.map((shard) => ({ shard, expectedLast: n, bytes: body(shard, n) }));
        const low = Array.from({ length: 24 }, (_, shard) => shard);
        const high = low.map((shard) => shard + 24);
        const results: unknown[][] = [];
        for (let n = 0; n < 3; n++) {
          const under = appendGroup(log, group(low, n));
          await new Promise((resolve) => setImmediate(resolve));
          results.push(...(await Promise.all([under, appendGroup(log, group(high, n))])));
        }
        expect(results.flat().every((fault) => fault === undefined)).toBe(true);
        for (const shard of [...low, ...high]) {
          const records = await log.read(shard, 1, 9);
          expect(records.length).toBe(3);
          for (const [n, { bytes }] of records.entries())
            expect(Buffer.compare(bytes, body(shard, n))).toBe(0);
        }
        await log.close();
      }));

    test('the bytes given to append may be reused once it has settled', () =>
      inHome(async (home) => {
        const log = await home.open();
        const scratch = Buffer.from([1, 2, 3]);
        await log.append(0, 0, scratch);
        scratch.fill(0);
        expect([...((await log.get(0, 1)) ?? [])]).toEqual([1, 2, 3]);
        const [read] = await log.read(0, 1, 1);
        read?.bytes.fill(0);
        expect([...((await log.get(0, 1)) ?? [])]).toEqual([1, 2, 3]);
        await log.close();
      }));

    test('trimmed records are gone, the rest and the last sequence stay, also after a restart', () =>
      inHome(async (home) => {
        const log = await home.open();
        for (let n = 0; n < 6; n++) await log.append(2, n, record(n + 1));
        await log.append(3, 0, record(1));
        await log.trim(2, 4);
        expect(await log.bounds(2)).toEqual({ first: 5, last: 6 });
        expect(await log.get(2, 4)).toBeUndefined();
        expect(plain(await log.read(2, 1, 10))).toEqual([5, 6].map(plainRecord));
        await log.trim(2, 3);
        expect(await log.bounds(2)).toEqual({ first: 5, last: 6 });
        await log.trim(2, 100);
        expect(await log.bounds(2)).toEqual({ first: 7, last: 6 });
        await log.close();

        const again = await home.open();
        expect(await again.bounds(2)).toEqual({ first: 7, last: 6 });
        expect(await again.bounds(3)).toEqual({ first: 1, last: 1 });
        await again.append(2, 6, record(7));
        expect(plain(await again.read(2, 1, 10))).toEqual([plainRecord(7)]);
        await again.close();
      }));

    test('every shard equals a plain list after any appends, trims and restarts', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), (steps) =>
          inHome(async (home) => {
            let log = await home.open();
            const models = Array.from({ length: SHARDS }, () => ({ first: 1, last: 0 }));
            for (const { kind, shard, count } of steps) {
              const model = models[shard] as { first: number; last: number };
              if (kind === 'append') {
                for (let n = 0; n < count; n++)
                  await log.append(shard, model.last++, stamp(shard, model.last));
              } else if (kind === 'append everywhere') {
                await Promise.all(models.map((each, s) => log.append(s, each.last++, stamp(s, each.last))));
              } else if (kind === 'append as a group') {
                const group = models.map((each, s) => ({
                  shard: s,
                  expectedLast: each.last++,
                  bytes: stamp(s, each.last),
                }));
                expect(await appendGroup(log, group)).toEqual(models.map(() => undefined));
              } else if (kind === 'trim while appending') {
                await Promise.all(
                  models.map((each, s) =>
                    s === shard ? log.append(s, each.last, stamp(s, each.last + 1)) : log.trim(s, each.last),
                  ),
                );
                for (const each of models)
                  if (each === model) each.last++;
                  else each.first = each.last + 1;
              } else if (kind === 'trim') {
                const through = Math.min(model.last, model.first + count - 1);
                await log.trim(shard, through);
                model.first = Math.max(model.first, through + 1);
              } else if (kind === 'trim everywhere') {
                await Promise.all(models.map((each, s) => log.trim(s, each.last - count)));
                for (const each of models) each.first = Math.max(each.first, each.last - count + 1);
              } else {
                await log.close();
                log = await home.open();
              }
            }
            for (const [shard, { first, last }] of models.entries()) {
              expect(await log.bounds(shard)).toEqual({ first, last });
              const records = await log.read(shard, 1, 1_000);
              const wanted = Array.from({ length: last - first + 1 }, (_, i) => first + i);
              expect(records.map(({ sequence }) => sequence)).toEqual(wanted);
              for (const { sequence, bytes } of records) {
                expect([...bytes]).toEqual([...stamp(shard, sequence)]);
                expect([...((await log.get(shard, sequence)) ?? [])]).toEqual([...bytes]);
              }
            }
            await log.close();
          }),
        ),
        { numRuns: runs },
      );
    });
  });
}

const SHARDS = 3;

const step = fc.record({
  kind: fc.constantFrom(
    'append',
    'append',
    'append',
    'append everywhere',
    'append as a group',
    'trim',
    'trim while appending',
    'trim everywhere',
    'restart',
  ),
  shard: fc.nat(SHARDS - 1),
  count: fc.integer({ min: 1, max: 12 }),
});

function stamp(shard: number, sequence: number): Uint8Array {
  return Uint8Array.of(shard, sequence & 0xff, sequence >> 8);
}

function record(n: number): Uint8Array {
  return Uint8Array.of(n, n * 2, 255 - n);
}

interface Plain {
  readonly sequence: number;
  readonly bytes: readonly number[];
}

function plainRecord(sequence: number): Plain {
  return { sequence, bytes: [...record(sequence)] };
}

/** The fault of each append, undefined where there was none. */
export function appendGroup(log: FactLog, group: readonly LogAppend[]): Promise<unknown[]> {
  const faults: unknown[] = [];
  let left = group.length;
  return new Promise((resolve) => {
    log.appendAll(group, (at, fault) => {
      faults[at] = fault;
      if (--left === 0) resolve(faults);
    });
  });
}

function plain(records: readonly { readonly sequence: number; readonly bytes: Uint8Array }[]): Plain[] {
  return records.map(({ sequence, bytes }) => ({ sequence, bytes: [...bytes] }));
}
