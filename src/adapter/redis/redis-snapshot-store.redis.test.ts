import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { snapshotStoreContract } from '../../port/snapshot-store.contract.ts';
import type { SnapshotPut } from '../../port/snapshot-store.ts';
import { type RedisServer, startRedisServer } from '../../proof/servers/redis-server.fixture.ts';
import { isThere, redisServerProgram } from '../../proof/servers/server-programs.fixture.ts';
import { RedisSnapshotStore, type RedisStoreOptions } from './redis-snapshot-store.ts';

// Skipped because a machine without registries has no Redis; CI can fetch it, so there it fails.
describe.skipIf(!(await isThere(redisServerProgram)))('on a Redis', () => {
  let scratch: ScratchDirectory;
  let server: RedisServer;
  beforeAll(async () => {
    scratch = scratchDirectory();
    server = await startRedisServer({ directory: scratch.path });
  });
  afterAll(async () => {
    await server?.stop();
    scratch?.remove();
  });

  let homes = 0;

  function options(change: Partial<RedisStoreOptions> = {}): RedisStoreOptions {
    return { host: server.host, port: server.port, prefix: `t${homes++}`, answerMs: 2_000, ...change };
  }

  async function commands(...asked: readonly (readonly [string, ...string[]])[]): Promise<unknown> {
    const redis = new Redis({ host: server.host, port: server.port });
    let answer: unknown;
    for (const [name, ...args] of asked) answer = await redis.call(name, ...args);
    redis.disconnect();
    return answer;
  }

  snapshotStoreContract(
    'RedisSnapshotStore',
    async () => {
      const asked = options();
      return {
        open: async () => new RedisSnapshotStore(asked),
        destroy: async () => {
          await commands(['FLUSHALL']);
        },
      };
    },
    { runs: 20 },
  );

  const ID = 'AAAAAAAAAAAAAAAAAAAAAA';
  const put = (seq: number): SnapshotPut => ({
    id: ID,
    seq,
    revision: 1,
    due: 7,
    bytes: Uint8Array.of(1, seq),
  });

  describe('RedisSnapshotStore', () => {
    test('a Redis that lost everything is noticed by whoever knows a batch, and by the checkpoint', async () => {
      const store = new RedisSnapshotStore(options());
      await store.write(0, [put(1)], 0);
      await store.checkpoint(0, { sequence: 1, counter: 1, state: Uint8Array.of(9) });
      await commands(['FLUSHALL']);
      await expect(store.get(0, ID, 1)).rejects.toMatchObject({ kind: 'conflict' });
      await expect(store.write(0, [put(2)], 1)).rejects.toMatchObject({ kind: 'conflict' });
      expect(await store.load(0)).toEqual({ checkpoint: undefined, counter: 0 });
      await store.close();
    });

    test('an older state that came back is noticed by its counter', async () => {
      const asked = options();
      const store = new RedisSnapshotStore(asked);
      await store.write(0, [put(1)], 0);
      await store.write(0, [put(2)], 1);
      await store.checkpoint(0, { sequence: 2, counter: 2, state: Uint8Array.of(9) });
      await commands(['HSET', `{${asked.prefix}:0}:meta`, 'counter', '1']);
      await expect(store.load(0)).rejects.toMatchObject({ kind: 'corrupt' });
      await expect(store.get(0, ID, 2)).rejects.toMatchObject({ kind: 'conflict' });
      await store.close();
    });

    test('a damaged row is told with its customer, and the others are read', async () => {
      const asked = options();
      const store = new RedisSnapshotStore(asked);
      await store.write(0, [put(1), { ...put(2), id: 'BAAAAAAAAAAAAAAAAAAAAA' }], 0);
      const redis = new Redis({ host: server.host, port: server.port });
      const rows = `{${asked.prefix}:0}:rows`;
      const field = Buffer.from(ID, 'base64url');
      const row = (await redis.hgetBuffer(rows, field)) as Buffer;
      row.writeUInt8(0xff, row.length - 1);
      await redis.hset(rows, field, row);
      redis.disconnect();
      await expect(store.get(0, ID)).rejects.toMatchObject({
        kind: 'corrupt',
        message: expect.stringContaining(ID),
      });
      expect(await store.get(0, 'BAAAAAAAAAAAAAAAAAAAAA')).toMatchObject({ seq: 2 });
      await store.close();
    });

    test('scripts that Redis forgot, and a restart, are nothing to whoever asks next', async () => {
      const own = await startRedisServer({ directory: scratch.path, settings: { appenddirname: 'own' } });
      const asked = options({ port: own.port });
      const store = new RedisSnapshotStore(asked);
      await store.write(0, [put(1)], 0);
      const redis = new Redis({ port: own.port, host: own.host });
      await redis.script('FLUSH');
      redis.disconnect();
      expect(await store.write(0, [put(2)], 1)).toBe(2);
      await own.stop();
      const fault = await store.write(0, [put(3)], 2).catch((cause: unknown) => cause);
      expect(fault).toMatchObject({ kind: 'unavailable' });
      const again = await startRedisServer({
        ...{ directory: scratch.path, port: own.port, settings: { appenddirname: 'own' } },
      });
      await untilAnswered(() => store.load(0));
      expect(await store.write(0, [put(3)], 2)).toBe(3);
      await store.close();
      await again.stop();
    });

    test('a Redis that stands still is given up in time, and what was asked is unknown', async () => {
      const own = await startRedisServer({ directory: scratch.path, settings: { appenddirname: 'still' } });
      const store = new RedisSnapshotStore(options({ port: own.port, answerMs: 300 }));
      await store.write(0, [put(1)], 0);
      await own.standStill();
      const fault = await store.write(0, [put(2)], 1).catch((cause: unknown) => cause);
      expect(fault).toMatchObject({ kind: 'unavailable', outcome: 'unknown' });
      own.signal('SIGCONT');
      const { counter } = await untilAnswered(() => store.load(0));
      expect([1, 2]).toContain(counter);
      await store.close();
      await own.stop();
    });

    test('one that has no memory left, or may not be written, says so and keeps what it has', async () => {
      const own = await startRedisServer({
        directory: scratch.path,
        settings: { appenddirname: 'small', maxmemory: '3mb', 'maxmemory-policy': 'noeviction' },
      });
      const store = new RedisSnapshotStore(options({ port: own.port }));
      let counter = 0;
      let fault: unknown;
      for (let n = 0; n < 100 && fault === undefined; n++) {
        const bytes = new Uint8Array(200_000);
        const id = Buffer.alloc(16, n + 1).toString('base64url');
        const written = await store
          .write(0, [{ ...put(1), id, bytes }], counter)
          .catch((cause: unknown) => cause as Error);
        if (typeof written === 'number') counter = written;
        else fault = written;
      }
      expect(fault).toMatchObject({ kind: 'full', outcome: 'nothing_written' });
      expect(await store.count(0)).toBe(counter);
      await store.close();
      await own.stop();
    });
  });

  async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await ask();
      } catch (fault) {
        if (tries === 100) throw fault;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
});
