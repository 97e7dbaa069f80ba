import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { snapshotStoreContract } from '../../port/snapshot-store.contract.ts';
import type { SnapshotPut } from '../../port/snapshot-store.ts';
import type { StoreAccess } from '../../port/store-access.ts';
import { type Guard, makeGuard } from '../../proof/servers/guard.ts';
import {
  type RedisServer,
  type RedisServerOptions,
  startRedisServer,
  TESTS_USER,
} from '../../proof/servers/redis-server.ts';
import { isThere, redisServerProgram } from '../../proof/servers/server-programs.ts';
import { readRedisSettings } from './redis-settings.ts';
import { RedisSnapshotStore, type RedisStoreOptions } from './redis-snapshot-store.ts';

const USERS_FILE = fileURLToPath(new URL('../../../deploy/redis/users.acl', import.meta.url));

// Skipped because a machine without registries has no Redis; CI can fetch it, so there it fails.
describe.skipIf(!(await isThere(redisServerProgram)))('on a Redis', () => {
  let scratch: ScratchDirectory;
  let guard: Guard;
  let server: RedisServer;
  beforeAll(async () => {
    scratch = scratchDirectory();
    guard = await makeGuard(scratch.path);
    server = await start();
  });
  afterAll(async () => {
    await server?.stop();
    scratch?.remove();
  });

  /** With TLS before it, and the users of deploy/redis. */
  function start(change: Partial<RedisServerOptions> = {}): Promise<RedisServer> {
    return startRedisServer({ directory: scratch.path, guard, deployment: 't*', ...change });
  }

  let homes = 0;

  function options(change: Partial<RedisStoreOptions> = {}): RedisStoreOptions {
    const access = () => guard.accessOf('attune-node');
    return {
      host: server.host,
      port: server.port,
      access,
      prefix: `t${homes++}`,
      answerMs: 2_000,
      ...change,
    };
  }

  function direct({ host, plainPort }: RedisServer): Redis {
    const redis = new Redis({ host, port: plainPort, username: TESTS_USER, password: '-' });
    redis.on('error', () => {});
    return redis;
  }

  async function commands(...asked: readonly (readonly [string, ...string[]])[]): Promise<unknown> {
    const redis = direct(server);
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

  describe('the users of deploy/redis', () => {
    test('a node is refused nothing that it asks, and may ask nothing that it does not', async () => {
      await commands(['CONFIG', 'RESETSTAT'], ['ACL', 'LOG', 'RESET']);
      const asked = options();
      await readRedisSettings(asked);
      await useAll(asked);
      expect(await commands(['ACL', 'LOG'])).toEqual([]);
      const stats = String(await commands(['INFO', 'commandstats']));
      const used = [...stats.matchAll(/cmdstat_([^:]+):/g)].map(([, name]) => name);
      const [, rules = ''] = /^user attune-node .* -@all (.*)$/m.exec(readFileSync(USERS_FILE, 'utf8')) ?? [];
      const allowed = rules.split(' ').map((rule) => rule.slice(1));
      expect(allowed.length).toBeGreaterThan(10);
      expect(allowed.filter((name) => !used.includes(name))).toEqual([]);
    });

    test('a node touches no other deployment, and neither clears, lists nor sets anything', async () => {
      const { username, password } = credentialsOf('attune-node');
      const redis = new Redis({ port: server.plainPort, username, password });
      for (const [name, ...args] of [
        ['flushall'],
        ['keys', '*'],
        ['scan', '0'],
        ['config', 'set', 'appendonly', 'no'],
        ['acl', 'list'],
        ['shutdown'],
        ['hget', '{other:0}:meta', 'counter'],
        ['hset', '{other:0}:meta', 'counter', '9'],
        ['eval', "return redis.call('HGET', '{other:0}:meta', 'counter')", '0'],
        ['publish', 'anything', 'x'],
      ] as const)
        await expect(redis.call(name, ...args)).rejects.toThrow(
          /NOPERM|ACL failure|No permissions|can't access/i,
        );
      redis.disconnect();
    });

    test('the reader sees settings and no profile', async () => {
      const asked = options({ access: () => guard.accessOf('attune-reader') });
      expect((await readRedisSettings(asked)).appendFsync).toBe('everysec');
      const store = new RedisSnapshotStore(asked);
      await expect(store.get(0, ID)).rejects.toMatchObject({
        kind: 'unavailable',
        outcome: 'nothing_written',
      });
      await store.close();
    });

    test('a fault shows neither a password nor what was to be saved', async () => {
      const wrong = { kind: 'password', user: 'attune-node', password: 'hunter2hunter2' } as const;
      const access = () => ({ ...guard.accessOf('attune-node'), credentials: wrong });
      const unknown = await readRedisSettings(options({ access })).catch((fault: unknown) => fault);
      expect(unknown).toMatchObject({ message: expect.stringContaining('WRONGPASS') });
      const reader = new RedisSnapshotStore(options({ access: () => guard.accessOf('attune-reader') }));
      const bytes = Buffer.from('anna@example.com');
      const denied = await reader.write(0, [{ ...put(1), bytes }], 0).catch((fault: unknown) => fault);
      expect(denied).toMatchObject({ kind: 'unavailable', outcome: 'nothing_written' });
      for (const fault of [unknown, denied])
        expect(inspect(fault, { depth: 10, maxStringLength: null })).not.toMatch(/hunter2|anna@|61 6e 6e 61/);
      await reader.close();
    });

    test('credentials that changed are said at the next connection', async () => {
      const own = await start({ settings: { appenddirname: 'turned' } });
      let access: StoreAccess = guard.accessOf('attune-node');
      const store = new RedisSnapshotStore(options({ port: own.port, access: () => access }));
      await store.write(0, [put(1)], 0);
      const { credentials } = access;
      access = {
        ...access,
        credentials: { ...(credentials as { user: string }), kind: 'password', password: 'new' } as const,
      };
      const redis = direct(own);
      await redis.call('acl', 'setuser', 'attune-node', '>new');
      await redis.call('acl', 'setuser', 'attune-node', `<${guard.passwordOf('attune-node')}`);
      await redis.call('client', 'kill', 'type', 'normal', 'skipme', 'yes');
      redis.disconnect();
      expect(await untilAnswered(() => store.write(0, [put(2)], 1))).toBe(2);
      await store.close();
      await own.stop();
    });

    function credentialsOf(user: 'attune-node'): { username: string; password: string } {
      return { username: user, password: guard.passwordOf(user) };
    }

    /** Everything that a store asks at all. */
    async function useAll(asked: RedisStoreOptions): Promise<void> {
      const store = new RedisSnapshotStore(asked);
      await store.write(0, [{ ...put(1), audiences: ['coats'] }], 0);
      await store.write(0, [put(2), { ...put(2), id: 'BAAAAAAAAAAAAAAAAAAAAA', due: 0 }], 1);
      await store.write(0, [{ ...put(3), bytes: new Uint8Array() }], 2);
      await store.checkpoint(0, { sequence: 3, counter: 3, state: Uint8Array.of(9) });
      await store.load(0);
      await store.get(0, ID, 3);
      await store.due(0, 0, 9, 10, 3);
      await store.members(0, 'coats', '', 10, 3);
      await store.scan(0, '', 10);
      await store.count(0);
      await commands(['SCRIPT', 'FLUSH']);
      await store.load(0);
      await store.write(0, [put(4)], 3);
      await store.clear(0);
      await store.close();
    }
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
      const redis = direct(server);
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

    test('every byte of a row is under its checksum', async () => {
      const asked = options();
      const store = new RedisSnapshotStore(asked);
      await store.write(0, [{ ...put(1), audiences: ['coats'] }], 0);
      const redis = direct(server);
      const [rows, field] = [`{${asked.prefix}:0}:rows`, Buffer.from(ID, 'base64url')];
      const row = (await redis.hgetBuffer(rows, field)) as Buffer;
      for (let at = 0; at < row.length; at++) {
        const changed = Buffer.from(row);
        changed[at] = (changed[at] as number) ^ 1;
        await redis.hset(rows, field, changed);
        await expect(store.get(0, ID), `byte ${at}`).rejects.toMatchObject({ kind: 'corrupt' });
      }
      // What is damaged is in nobody's way.
      let counter = 1;
      for (const short of [Buffer.alloc(0), row.subarray(0, 7), row.subarray(0, 22)]) {
        await redis.hset(rows, field, short);
        await expect(store.get(0, ID)).rejects.toMatchObject({ kind: 'corrupt' });
        counter = await store.write(0, [put(2)], counter);
        expect(await store.get(0, ID, counter)).toMatchObject({ seq: 2 });
      }
      redis.disconnect();
      await store.close();
    });

    test.each([
      ['a counter that is no number', ['HSET', 'meta', 'counter', 'many']],
      ['a string in the place of the numbers', ['SET', 'meta', 'x']],
      ['a string in the place of the rows', ['SET', 'rows', 'x']],
      ['a list in the place of the ids', ['RPUSH', 'ids', 'x']],
      ['a set in the place of who is due', ['SADD', 'due', 'x']],
      ['a string in the place of the audiences', ['SET', 'audiences', 'x']],
    ] as const)('%s is told, and cleared away with the shard', async (_, [command, key, ...args]) => {
      const asked = options();
      const store = new RedisSnapshotStore(asked);
      await store.write(0, [{ ...put(1), audiences: ['coats'] }], 0);
      await store.checkpoint(0, { sequence: 1, counter: 1, state: Uint8Array.of(9) });
      const name = `{${asked.prefix}:0}:${key}`;
      await commands(...(command === 'HSET' ? [] : [['DEL', name] as const]), [command, name, ...args]);
      const faults: unknown[] = [];
      for (const ask of [
        () => store.load(0),
        () => store.get(0, ID, 1),
        () => store.due(0, 0, 9, 10, 1),
        () => store.scan(0, '', 10),
        () => store.write(0, [{ ...put(2), audiences: ['coats'] }], 1),
      ])
        await ask().catch((fault: unknown) => faults.push(fault));
      expect(faults).toContainEqual(expect.objectContaining({ kind: 'corrupt' }));
      await store.clear(0);
      const { checkpoint, counter } = await store.load(0);
      expect(checkpoint).toBeUndefined();
      await store.write(0, [{ ...put(3), audiences: ['coats'] }], counter);
      expect(await store.get(0, ID, counter + 1)).toMatchObject({ seq: 3 });
      expect(await store.members(0, 'coats', '', 10, counter + 1)).toEqual([ID]);
      await store.close();
    });

    test('scripts that Redis forgot, and a restart, are nothing to whoever asks next', async () => {
      const own = await start({ settings: { appenddirname: 'own' } });
      const asked = options({ port: own.port });
      const store = new RedisSnapshotStore(asked);
      await store.write(0, [put(1)], 0);
      const redis = direct(own);
      await redis.script('FLUSH');
      redis.disconnect();
      expect(await store.write(0, [put(2)], 1)).toBe(2);
      await own.stop();
      const fault = await store.write(0, [put(3)], 2).catch((cause: unknown) => cause);
      expect(fault).toMatchObject({ kind: 'unavailable' });
      const again = await start({
        ...{ port: own.port, settings: { appenddirname: 'own' } },
      });
      await untilAnswered(() => store.load(0));
      expect(await store.write(0, [put(3)], 2)).toBe(3);
      await store.close();
      await again.stop();
    });

    test('a Redis that stands still is given up in time, and what was asked is unknown', async () => {
      const own = await start({ settings: { appenddirname: 'still' } });
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

    test('a primary that became a replica refuses, with nothing written, and takes the next batch once it is one again', async () => {
      const own = await start({ settings: { appenddirname: 'demoted' } });
      const store = new RedisSnapshotStore(options({ port: own.port }));
      await store.write(0, [put(1)], 0);
      const redis = direct(own);
      // Of one that is not there: it keeps what it has.
      await redis.replicaof('127.0.0.1', 1);
      const fault = await store.write(0, [put(2)], 1).catch((cause: unknown) => cause);
      expect(fault).toMatchObject({
        ...{ kind: 'unavailable', outcome: 'nothing_written', message: expect.stringContaining('READONLY') },
      });
      const { doubts } = await readRedisSettings(options({ port: own.port }));
      expect(doubts.map(({ doubt }) => doubt)).toEqual(['replica']);
      await redis.replicaof('NO', 'ONE');
      redis.disconnect();
      expect(await untilAnswered(() => store.write(0, [put(2)], 1))).toBe(2);
      await store.close();
      await own.stop();
    });

    test('one that still reads its file refuses, and is asked again', async () => {
      const settings = { appenddirname: 'slow', 'key-load-delay': '0' };
      const own = await start({ settings });
      const asked = options({ port: own.port });
      const store = new RedisSnapshotStore(asked);
      for (let n = 0; n < 300; n++)
        await store.write(0, [{ ...put(1), id: Buffer.alloc(16, n).toString('base64url') }], n);
      await store.close();
      await own.stop();
      const again = await start({
        ...{
          port: own.port,
          ready: /Reading RDB|Server initialized/,
          settings: { ...settings, 'key-load-delay': '2000' },
        },
      });
      const early = new RedisSnapshotStore(asked);
      const fault = await early.load(0).catch((cause: unknown) => cause);
      expect(fault).toMatchObject({ kind: 'unavailable', outcome: 'nothing_written' });
      expect((await untilAnswered(() => early.load(0))).counter).toBe(300);
      await early.close();
      await again.stop();
    });

    test('a Redis Cluster is a doubt', async () => {
      const own = await start({ settings: { appenddirname: 'cluster', 'cluster-enabled': 'yes' } });
      const { doubts } = await readRedisSettings(options({ port: own.port }));
      expect(doubts.map(({ doubt }) => doubt)).toEqual(['redis-cluster']);
      await own.stop();
    });

    test('one that has no memory left, or may not be written, says so and keeps what it has', async () => {
      const own = await start({
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
