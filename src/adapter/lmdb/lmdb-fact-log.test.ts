import { afterEach, describe, expect, test } from 'vitest';
import { factLogContract } from '../../port/fact-log.contract.ts';
import { scratchDirectory } from '../../port/scratch-directory.ts';
import { openLmdb } from './environment.ts';
import { factKey } from './fact-key.ts';
import { LmdbFactLog } from './lmdb-fact-log.ts';

factLogContract('LmdbFactLog', async () => {
  const directory = scratchDirectory();
  return {
    open: async () => new LmdbFactLog(openLmdb(directory.path)),
    destroy: async () => directory.remove(),
  };
});

describe('the embedded log', () => {
  const directory = scratchDirectory();
  afterEach(() => directory.remove());

  test('appends of one tick share one commit, those that gather meanwhile share the next', async () => {
    const env = openLmdb(directory.path);
    const log = new LmdbFactLog(env);
    const before = lastTransaction(env.facts);
    const first = Array.from({ length: 32 }, (_, shard) => log.append(shard, 0, Uint8Array.of(shard)));
    await new Promise((resolve) => setImmediate(resolve));
    const second = Array.from({ length: 32 }, (_, shard) => log.append(32 + shard, 0, Uint8Array.of(shard)));
    await Promise.all([...first, ...second]);
    expect(lastTransaction(env.facts) - before).toBe(2);
    expect(env.commits.commits).toBe(2);
    await env.close();
  });

  test('a flipped bit is noticed when the record is read, and names shard and sequence', async () => {
    const env = openLmdb(directory.path);
    const log = new LmdbFactLog(env);
    await log.append(7, 0, Uint8Array.of(1, 2, 3));
    await log.append(7, 1, Uint8Array.of(4, 5, 6));
    const value = Buffer.from(env.facts.getBinary(factKey(7, 2)) ?? []);
    value.writeUInt8((value.at(-1) ?? 0) ^ 1, value.length - 1);
    await env.facts.put(factKey(7, 2), value);
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
    await env.facts.put(factKey(0, 2), Buffer.from(env.facts.getBinary(factKey(0, 1)) ?? []));
    await expect(log.get(0, 2)).rejects.toMatchObject({ kind: 'corrupt' });
    await env.facts.remove(factKey(0, 2));
    await expect(log.get(0, 2)).rejects.toMatchObject({ kind: 'corrupt' });
    await expect(log.read(0, 1, 3)).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('record 2 of shard 0 is missing'),
    });
    await env.close();
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
