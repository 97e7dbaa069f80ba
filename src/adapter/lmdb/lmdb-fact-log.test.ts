import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendGroup, factLogContract } from '../../port/fact-log.contract.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.ts';
import { openLmdb } from './environment.ts';
import { LmdbFactLog } from './lmdb-fact-log.ts';
import { recordKey } from './record-key.ts';

factLogContract(
  'LmdbFactLog',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async () => new LmdbFactLog(openLmdb(directory.path)),
      destroy: async () => directory.remove(),
    };
  },
  { runs: 3 },
);

// Small sizes, so that few records fill chunks and sweep those of quiet shards; unsynced, so that many runs are quick.
factLogContract(
  'LmdbFactLog with small index rows',
  async () => {
    const directory = scratchDirectory();
    const sizes = { chunkRecords: 4, sweepRecords: 5, openRecordsMax: 7 };
    return {
      open: async () => new LmdbFactLog(openLmdb(directory.path, { lmdb: { noSync: true } }), sizes),
      destroy: async () => directory.remove(),
    };
  },
  { runs: 60 },
);

describe('the embedded log', () => {
  let directory: ScratchDirectory;
  beforeEach(() => {
    directory = scratchDirectory();
  });
  afterEach(() => directory.remove());

  test('appends of one tick share one commit, those that gather meanwhile share the next', async () => {
    const env = openLmdb(directory.path);
    const log = new LmdbFactLog(env);
    const before = lastTransaction(env.records);
    const first = Array.from({ length: 32 }, (_, shard) => log.append(shard, 0, Uint8Array.of(shard)));
    await new Promise((resolve) => setImmediate(resolve));
    const second = Array.from({ length: 32 }, (_, shard) => log.append(32 + shard, 0, Uint8Array.of(shard)));
    await Promise.all([...first, ...second]);
    expect(lastTransaction(env.records) - before).toBe(2);
    expect(env.commits.commits).toBe(2);
    await env.close();
  });

  test('a flipped bit is noticed when the record is read, and names shard and sequence', async () => {
    const env = openLmdb(directory.path);
    const log = new LmdbFactLog(env);
    await log.append(7, 0, Uint8Array.of(1, 2, 3));
    await log.append(7, 1, Uint8Array.of(4, 5, 6));
    const value = Buffer.from(env.records.getBinary(recordKey(2, 7, 2)) ?? []);
    value.writeUInt8((value.at(-1) ?? 0) ^ 1, value.length - 1);
    await env.records.put(recordKey(2, 7, 2), value, { append: false });
    const damaged = { kind: 'corrupt', message: expect.stringContaining('record 2 of shard 7') };
    await expect(log.get(7, 2)).rejects.toMatchObject(damaged);
    await expect(log.read(7, 1, 10)).rejects.toMatchObject(damaged);
    expect(await log.get(7, 1)).toEqual(Buffer.of(1, 2, 3));
    await env.close();
  });

  test('a record that stands under another’s key and a record that is missing are noticed', async () => {
    const env = openLmdb(directory.path);
    const log = new LmdbFactLog(env);
    for (let n = 0; n < 3; n++) await log.append(0, n, Uint8Array.of(n));
    await env.records.put(recordKey(2, 0, 2), Buffer.from(env.records.getBinary(recordKey(1, 0, 1)) ?? []), {
      append: false,
    });
    await expect(log.get(0, 2)).rejects.toMatchObject({ kind: 'corrupt' });
    await env.records.remove(recordKey(2, 0, 2));
    await expect(log.get(0, 2)).rejects.toMatchObject({ kind: 'corrupt' });
    await expect(log.read(0, 1, 3)).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('record 2 of shard 0 is missing'),
    });
    await env.close();
  });

  test('the room of trimmed records is used again, once every shard has trimmed them', async () => {
    const env = openLmdb(directory.path, { lmdb: { noSync: true } });
    const log = new LmdbFactLog(env);
    const write = async (from: number): Promise<void> => {
      for (let n = from; n < from + 200; n++) {
        await Promise.all([0, 1, 2].map((shard) => log.append(shard, n, Buffer.alloc(3_000, shard))));
      }
    };
    await write(0);
    const full = statSync(env.file).size;
    for (let round = 1; round <= 5; round++) {
      for (const shard of [0, 1, 2]) await log.trim(shard, round * 200);
      expect(Array.from(env.records.getKeys()).length).toBe(0);
      await write(round * 200);
    }
    expect(statSync(env.file).size).toBeLessThan(full * 2);
    expect(Array.from(env.index.getKeys()).length).toBeLessThan(20);
    await env.close();
  });

  test('a record that does not fit behind the last one fails alone in its group', async () => {
    const env = openLmdb(directory.path);
    const log = new LmdbFactLog(env);
    await log.append(0, 0, Uint8Array.of(1));
    // From nowhere, and at the place of the group's second record.
    await env.records.put(recordKey(3, 0, 9), Buffer.of(0), { append: false });
    const group = [1, 2].map((shard) => ({ shard, expectedLast: 0, bytes: Uint8Array.of(shard) }));
    expect(await appendGroup(log, group)).toMatchObject([{ kind: 'corrupt' }, undefined]);
    expect(await log.bounds(1)).toEqual({ first: 1, last: 0 });
    expect(await log.read(2, 1, 9)).toEqual([{ sequence: 1, bytes: Buffer.of(2) }]);
    expect(await appendGroup(log, group)).toMatchObject([undefined, { kind: 'conflict' }]);
    await env.close();
  });

  test('a disk with less than the reserve left takes no appends, but can be read and trimmed', async () => {
    const roomy = new LmdbFactLog(openLmdb(directory.path));
    await roomy.append(0, 0, Uint8Array.of(1));
    await roomy.append(0, 1, Uint8Array.of(2));
    await roomy.close();
    const log = new LmdbFactLog(openLmdb(directory.path, { reserveBytes: Number.MAX_SAFE_INTEGER }));
    await expect(log.append(0, 2, Uint8Array.of(3))).rejects.toMatchObject({
      kind: 'full',
      outcome: 'nothing_written',
      message: expect.stringContaining(directory.path),
    });
    const group = [0, 1].map((shard) => ({ shard, expectedLast: 2 - 2 * shard, bytes: Uint8Array.of(3) }));
    expect(await appendGroup(log, group)).toMatchObject([{ kind: 'full' }, { kind: 'full' }]);
    expect(await log.bounds(0)).toEqual({ first: 1, last: 2 });
    await log.trim(0, 1);
    expect(await log.read(0, 1, 10)).toHaveLength(1);
    await log.close();
  });

  test('a write behind the close is refused', async () => {
    const env = openLmdb(directory.path);
    const log = new LmdbFactLog(env);
    const under = log.append(0, 0, Uint8Array.of(1));
    const closing = log.close();
    await under;
    await closing;
    await expect(log.append(0, 1, Uint8Array.of(1))).rejects.toMatchObject({
      kind: 'unavailable',
      outcome: 'nothing_written',
    });
  });
});

/** LMDB's own count of committed transactions. */
function lastTransaction(table: { getStats(): object }): number {
  return (table.getStats() as { lastTxnId: number }).lastTxnId;
}
