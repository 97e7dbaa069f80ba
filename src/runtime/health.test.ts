/** What a node says of itself, by an engine over the memory adapters and a clock that the test turns. */
import { expect, test } from 'vitest';
import { INTERVALS, LIMITS } from '../config/limits.ts';
import { CHANNELS, channelIndex } from '../core/channel.ts';
import type { NodeHealth } from '../port/node-health.ts';
import { PortError } from '../port/port-error.ts';
import { CommitWatch } from './commit-watch.ts';
import { decideInput, emptyStores, event, startNode, TUESDAY } from './engine.fixture.ts';
import type { Engine } from './engine.ts';
import { HealthCheck } from './health.ts';

const SHARDS = 4;

async function healthyNode(options: Parameters<typeof startNode>[1] = {}) {
  const node = await startNode(emptyStores(), options);
  const { engine, clock } = node;
  const health = new HealthCheck(engine, new CommitWatch(engine.runtime.log, clock));
  return { ...node, health, systems: serveAll(engine) };
}

/** Connects a channel system for every channel. */
function serveAll({ runtime }: Engine) {
  const sink = { deliver: () => {}, withdraw: () => {} };
  return CHANNELS.map((_, channel) => runtime.channels.connect(channel, 1, sink, runtime.clock.now()));
}

function seen(health: NodeHealth): string {
  const { status, reasons } = health.state();
  return [status, ...reasons.map(({ code }) => code)].join(' ');
}

test('a node at work serves, one that drains or has no policy does not', async () => {
  const { engine, health } = await healthyNode();
  expect(health.state()).toEqual({ status: 'serving', reasons: [] });
  const { policy } = engine.runtime;
  engine.runtime.policy = undefined;
  expect(seen(health)).toBe('not_serving no_policy');
  engine.runtime.policy = policy;
  expect(seen(health)).toBe('serving');
  health.drain();
  expect(seen(health)).toBe('not_serving draining');
  expect(health.stalled()).toBeUndefined();
  await engine.stop();
});

test('shards that are not served degrade it, and more than half of them for 5 s end its service', async () => {
  const { engine, clock, health } = await healthyNode({ bounds: { shards: SHARDS } });
  const half = SHARDS / 2;
  for (const shard of engine.shards.slice(0, half)) shard.lose('of a test');
  clock.advanceTo(TUESDAY + 60_000);
  expect(health.state()).toEqual({
    status: 'degraded',
    reasons: [{ code: 'shards_recovering', message: '2 of 4 shards are not served' }],
  });
  engine.shards[half]?.lose('of a test');
  clock.advanceTo(TUESDAY + 64_999);
  expect(seen(health)).toBe('degraded shards_recovering');
  clock.advanceTo(TUESDAY + 65_000);
  expect(health.state()).toEqual({
    status: 'not_serving',
    reasons: [{ code: 'shards_down', message: '3 of 4 shards are not served, more than half for 5 s' }],
  });
  await engine.shards[half]?.open();
  expect(seen(health)).toBe('degraded shards_recovering');
  await engine.stop();
});

test('a log without room ends its service until there is some', async () => {
  const { engine, clock, health, decide, advanceTo } = await healthyNode({ bounds: { shards: 1 } });
  const { log } = engine.runtime;
  const append = log.append.bind(log);
  log.append = () => Promise.reject(new PortError('full', 'the disk is full'));
  expect((await decide(decideInput('r1'))).kind).toBe('refused');
  for (let turns = 0; turns < 20; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(seen(health)).toBe('not_serving disk_full shards_recovering');
  log.append = append;
  clock.advanceTo(clock.now() + 10_000);
  await advanceTo(clock.now());
  expect(seen(health)).toBe('serving');
  await engine.stop();
});

test('customers set aside, profiles that are not saved and a scorer that is late degrade it', async () => {
  const { engine, health, publish, advanceTo, clock } = await healthyNode({ bounds: { shards: 1 } });
  const [shard] = engine.shards;
  if (shard === undefined) throw new Error('there is a shard');
  for (let n = 0; n < LIMITS.quarantinedMax; n++) shard.actors.quarantine(`c${n}`);
  expect(seen(health)).toBe('degraded quarantined');
  shard.actors.quarantine('one more');
  expect(seen(health)).toBe('not_serving quarantined');
  shard.actors.quarantined.clear();

  const { snapshots } = engine.runtime;
  const write = snapshots.write.bind(snapshots);
  snapshots.write = () => Promise.reject(new PortError('full', 'the disk is full'));
  await publish(event('Page Viewed', TUESDAY));
  await shard.writer.flush();
  expect(seen(health)).toBe('degraded snapshots_failing');
  snapshots.write = write;
  await shard.writer.flush();
  expect(seen(health)).toBe('serving');

  const { scorer } = engine.runtime;
  engine.runtime.scorer = { ...scorer, info: { ...scorer.info, isStandIn: true } };
  expect(seen(health)).toBe('degraded scorer_refused');
  engine.runtime.scorer = { info: scorer.info, run: () => new Promise(() => {}), close: async () => {} };
  for (let n = 0; n < LIMITS.scorerLateRunsMax; n++) {
    const decided = engine.scoring.score(
      { features: new Float32Array(1), channels: Uint8Array.of(0), width: 1, max: 1, count: 1 },
      Number.POSITIVE_INFINITY,
    );
    clock.advanceTo(clock.now() + LIMITS.scorerWaitMsMax);
    await decided;
  }
  expect(seen(health)).toBe('degraded scorer_late');
  await advanceTo(clock.now());
  await engine.stop();
});

test('a log that answers no append for 30 s means that only a new process helps', async () => {
  const node = await startNode(emptyStores());
  const { clock, engine } = node;
  serveAll(engine);
  const inner = engine.runtime.log;
  const append = inner.append.bind(inner);
  const commits = new CommitWatch(inner, clock);
  const health = new HealthCheck(engine, commits);
  const { last } = await inner.bounds(0);
  const bytes = new Uint8Array(1);
  const after = (ms: number): string => {
    clock.advanceTo(clock.now() + ms);
    return health.stalled()?.message ?? 'it lives';
  };
  expect(after(60_000)).toBe('it lives');

  let fails = (_: unknown): void => {};
  inner.append = () =>
    new Promise((_, reject) => {
      fails = reject;
    });
  const hangs = commits.log.append(0, last, bytes);
  expect([after(29_999), after(1)]).toEqual(['it lives', 'the log has answered no append for 30 s']);
  expect(seen(health)).toBe('not_serving commits_stalled');
  // A log that has given up is no better.
  fails(new PortError('unavailable', 'a write did not come back'));
  await expect(hangs).rejects.toThrow('did not come back');
  expect(after(10_000)).toBe('the log has answered no append for 40 s');
  // A full one is, in this respect: a new process would find it as full.
  inner.append = () => Promise.reject(new PortError('full', 'no room'));
  await expect(commits.log.append(0, last, bytes)).rejects.toThrow('no room');
  expect(after(60_000)).toBe('it lives');
  inner.append = append;
  await commits.log.append(0, last, bytes);
  expect(after(60_000)).toBe('it lives');

  // While one is answered the others may wait: they count from then on.
  let settle: (at: number, fault: unknown) => void = () => {};
  inner.appendAll = (_, settled) => {
    settle = settled;
  };
  const group = [0, 1].map((shard) => ({ shard, expectedLast: 0, bytes }));
  const told: unknown[] = [];
  commits.log.appendAll(group, (at, fault) => void told.push([at, fault]));
  expect(after(20_000)).toBe('it lives');
  settle(0, undefined);
  expect([after(29_999), after(1)]).toEqual(['it lives', 'the log has answered no append for 30 s']);
  settle(1, undefined);
  expect([after(60_000), told]).toEqual([
    'it lives',
    [
      [0, undefined],
      [1, undefined],
    ],
  ]);
});

test('a push channel that lost its channel system is told after a minute, and one that never had any without alarm', async () => {
  const { engine, clock, health, systems } = await healthyNode();
  const { channels } = engine.runtime;
  const email = channelIndex('email');
  const sink = { deliver: () => {}, withdraw: () => {} };
  for (const system of systems) channels.disconnect(system, clock.now());
  clock.advanceTo(TUESDAY + INTERVALS.channelUnservedMs - 1);
  expect(seen(health)).toBe('serving');
  clock.advanceTo(TUESDAY + INTERVALS.channelUnservedMs);
  expect(health.state()).toEqual({
    status: 'degraded',
    reasons: [
      {
        code: 'channel_unserved',
        message:
          'no channel system has served onsite, email, sms, push, whatsapp, web_push for 60 s or more: 0 dispatches wait for one',
      },
    ],
  });
  const back = channels.connect(email, 1, sink, clock.now());
  expect(health.state().reasons[0]?.message).toContain('served onsite, sms, push, whatsapp, web_push for');
  channels.disconnect(back, clock.now());
  expect(health.state().reasons[0]?.message).toContain('served onsite, sms, push, whatsapp, web_push for');
  await engine.stop();

  const fresh = await startNode(emptyStores(), {});
  const ofFresh = new HealthCheck(fresh.engine, new CommitWatch(fresh.engine.runtime.log, fresh.clock));
  fresh.clock.advanceTo(TUESDAY + INTERVALS.channelUnservedMs);
  expect(seen(ofFresh)).toBe('serving channel_unserved');
  await fresh.engine.stop();
});
