/** That `attune doctor` says of real servers what is to be done. */
import { jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { natsAccess } from '../adapter/nats/nats-access.ts';
import { NatsDoor } from '../adapter/nats/nats-door.ts';
import { DAY_MS } from '../base/clock.ts';
import { runCommand } from '../cli/scratch-command.fixture.ts';
import { INTERVALS } from '../config/limits.ts';
import { readOptions } from '../config/option.ts';
import { SERVE_OPTIONS } from '../config/options.ts';
import { watchLossWindows } from '../node/loss-windows.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import { onCluster } from '../node/scratch-cluster.fixture.ts';
import type { GuardedUser } from '../proof/servers/guard.ts';
import { adviceLine } from './advice.ts';
import { adviseCluster } from './doctor-cluster.ts';

onCluster((cluster) => {
  function flagsOf(deployment: string, user: GuardedUser = 'attune-reader'): Record<string, string> {
    const { nats, redis, guard } = cluster;
    return {
      ...{ store: 'cluster', nats: nats.address, redis: `${redis.host}:${redis.port}`, deployment },
      ...{ natsCreds: guard.fileOf(user), natsCa: guard.ca },
      ...{ redisCredentials: guard.fileOf(user), redisCa: guard.ca },
    };
  }

  async function linesOf(flags: Record<string, string>, now = Date.now): Promise<string[]> {
    const read = readOptions(SERVE_OPTIONS, { flags, env: {} });
    if (!read.ok) throw new Error(read.error.join(' '));
    return (await adviseCluster({ ...read.value, shards: 0 }, quietObserver, now)).map(adviceLine);
  }

  const badOf = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('bad'));

  async function changed(stream: string, change: Partial<StreamConfig>): Promise<void> {
    const connection = await connect({
      ...natsAccess(cluster.guard.accessOf('attune-operator'), '127.0.0.1'),
      ...{ servers: [cluster.nats.address], inboxPrefix: '_INBOX_operator' },
    });
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info(stream);
    await manager.streams.update(stream, { ...config, ...change });
    await connection.close();
  }

  test.each(['attune-reader', 'attune-node'] as const)(
    '%s sees what a sound deployment may lose',
    async (user) => {
      const name = cluster.deployment();
      await cluster.serve(name);
      const lines = await linesOf(flagsOf(name, user));
      expect(badOf(lines)).toEqual([]);
      for (const line of [
        /^ok {4}NATS at .* is 2\.\d+\.\d+, and answers in \d+ ms$/,
        /^ok {4}the clock of NATS is \d+ ms (behind|ahead of)/,
        /^look {2}may be lost of facts in NATS: a crash of its machine takes the last 120 s .*: see docs/,
        /^ok {4}4 logs of d\d+, one copy each, the fullest at \d+ %$/,
        /^ok {4}the clock of Redis is \d+ ms/,
        /^ok {4}may be lost of profiles in Redis: a crash takes those of the last second/,
      ])
        expect(lines).toContainEqual(expect.stringMatching(line));
    },
  );

  test('health tells the same of what may be lost', async () => {
    const { node } = await cluster.serve(cluster.deployment());
    expect(node.stores.lossWindows?.()).toEqual([
      expect.stringMatching(/^facts in NATS: .* 120 s/),
      expect.stringMatching(/^profiles in Redis: .* last second/),
    ]);
  });

  test('health looks again once that is a minute old, and keeps what it knows of a server that is away', async () => {
    const own = await cluster.startRedis();
    const { guard, nats } = cluster;
    const access = () => guard.accessOf('attune-node');
    const door = new NatsDoor({
      ...{ servers: [nats.address], name: 'test', dialMs: 2_000, redialMs: 0, answerMs: 2_000 },
      ...{ access, steadyMs: () => performance.now() },
    });
    let now = 0;
    const redis = { host: own.host, port: own.port, access, answerMs: 2_000 };
    const told = await watchLossWindows(door, redis, 1, () => now);
    const direct = cluster.direct(own);
    await direct.config('SET', 'appendfsync', 'always');
    expect(told()[1]).toContain('last second');
    now = INTERVALS.lossWindowsMs;
    await expect.poll(() => told()[1]).toBe('profiles in Redis: nothing (appendfsync always)');
    direct.disconnect();
    await own.standStill();
    now *= 2;
    expect(told()[1]).toContain('always');
    own.signal('SIGCONT');
    await door.close();
  });

  test('a log that drops records, one that is nearly full and one that is gone are bad', async () => {
    const name = cluster.deployment();
    await cluster.serve(name);
    await changed(`${name}-log-1`, { max_age: 3_600_000_000_000 });
    await changed(`${name}-log-2`, { max_bytes: 200 });
    const lines = badOf(await linesOf(flagsOf(name)));
    expect(lines).toEqual([
      expect.stringMatching(/log-1: max_age is 3600000000000, and a log needs 0: set it right/),
      expect.stringMatching(/log-2 is at \d+ % of its bytes: a full one refuses facts/),
    ]);
    const { code, stdout } = await runCommand([
      'doctor',
      ...Object.entries(flagsOf(name)).flatMap(([flag, value]) => [
        `--${flag.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`,
        value,
      ]),
    ]);
    expect([code, stdout]).toEqual([1, expect.stringContaining(lines[0] as string)]);
    expect(stdout).not.toContain(cluster.guard.passwordOf('attune-reader'));
  });

  test('a Redis that would lose profiles, servers that nobody reaches, clocks that differ and certificates that end are told', async () => {
    const doubtful = await cluster.startRedis({
      settings: { appendonly: 'no', maxmemory: '50mb', 'maxmemory-policy': 'allkeys-lru' },
    });
    const name = cluster.deployment();
    const lines = await linesOf({ ...flagsOf(name), redis: `127.0.0.1:${doubtful.port}` });
    expect(badOf(lines)).toEqual([
      expect.stringMatching(/\(evicts\)$/),
      expect.stringMatching(/\(no-aof\)$/),
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^look {2}there is no deployment d\d+ on it/));
    const away = await linesOf({ ...flagsOf(name), nats: '127.0.0.1:1', redis: '127.0.0.1:1' });
    expect(badOf(away)).toEqual([
      expect.stringMatching(/^bad {3}NATS at 127\.0\.0\.1:1: .*refused/),
      expect.stringMatching(/^bad {3}Redis at 127\.0\.0\.1:1: .*ECONNREFUSED/),
    ]);
    const ahead = await linesOf(flagsOf(name), () => Date.now() + 3 * DAY_MS);
    expect(badOf(ahead)).toEqual([
      expect.stringMatching(/^bad {3}the clock of NATS is \d+ ms behind this machine's: set both by NTP/),
      expect.stringMatching(/^bad {3}the clock of Redis is \d+ ms behind/),
      expect.stringMatching(/^bad {3}the certificate in .*ca\.crt ended at/),
    ]);
  });

  test('servers without TLS and users are looked at', async () => {
    const plain = await cluster.startRedis({ guard: undefined });
    const lines = await linesOf({
      ...flagsOf(cluster.deployment()),
      ...{ redis: `127.0.0.1:${plain.port}`, redisCredentials: '', redisCa: '' },
    });
    expect(lines).toContainEqual(
      expect.stringMatching(/^look {2}Redis at .* is spoken to in plain text: give --redis-ca/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^look {2}Redis at .* lets in whoever reaches it: /));
  });
});
