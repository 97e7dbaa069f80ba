/** Channels that fail, in an engine over the memory adapters: what waits for them, and what others notice. */
import { expect, test } from 'vitest';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { channelIndex } from '../../core/channel.ts';
import { CommitWatch } from '../commit-watch.ts';
import type { Node } from '../engine.fixture.ts';
import { HealthCheck } from '../health.ts';
import { type Desk, desk, EMAIL, mail } from './mail-desk.fixture.ts';

const { channelFailuresMax } = LIMITS;
const { channelProbeMs, channelProbeMsMax, channelSilentMs, dispatchRetryMs } = INTERVALS;

async function mailed(count: number, credits?: number): Promise<Desk> {
  const office = await desk(credits);
  for (let n = 0, from = 0; n < count; n++) from = (await mail(office, from)) + 1;
  return office;
}

async function pass(node: Node, ms: number): Promise<void> {
  await node.advanceTo(node.clock.now() + ms);
}

function isFailing({ engine, clock }: Node): boolean {
  const { reasons } = new HealthCheck(engine, new CommitWatch(engine.runtime.log, clock)).state();
  return reasons.some(({ code, message }) => code === 'channel_failing' && message.startsWith('email has'));
}

test('a channel that refuses everything for now uses up few attempts of all that wait, and is told', async () => {
  const office = await mailed(20);
  const { node, delivered, session } = office;
  const { breaker } = { breaker: node.engine.runtime.channels.breaker(EMAIL) };
  const refuseAll = async (from: number): Promise<void> => {
    for (const { dispatchId } of delivered.slice(from)) await session.rejected(dispatchId, true, 0, 'down');
  };
  await refuseAll(0);
  expect([breaker.isOpen, isFailing(node)]).toEqual([true, true]);
  expect(node.counts.get('attune_channel_failures_total')).toBe(1);
  const hour = 3_600_000;
  for (let end = node.clock.now() + hour; node.clock.now() < end; ) {
    const from = delivered.length;
    await pass(node, channelProbeMs);
    expect(delivered.length - from).toBeLessThanOrEqual(1);
    await refuseAll(from);
  }
  // A probe a wait, whatever waits: 4 while the waits double, then one in so long.
  expect(delivered.length - 20).toBeLessThanOrEqual(5 + hour / channelProbeMsMax);
  expect(node.engine.shards[0]?.outbox.size).toBe(20);
  // It works again: a probe is accepted, and the rest follows without waiting.
  const from = delivered.length;
  await pass(node, channelProbeMsMax);
  expect(delivered).toHaveLength(from + 1);
  await session.accepted(delivered[from]?.dispatchId ?? '');
  await pass(node, 2 * INTERVALS.outboxBeatMs);
  expect([breaker.isOpen, isFailing(node)]).toEqual([false, false]);
  expect(new Set(delivered.slice(from).map(({ dispatchId }) => dispatchId)).size).toBe(20);
  session.close();
  await node.engine.stop();
});

test('a channel that answers nothing is tried one by one, and without a credit it is told after a while', async () => {
  const silent = await mailed(channelFailuresMax + 5);
  await pass(silent.node, dispatchRetryMs + 3 * INTERVALS.outboxBeatMs);
  expect(silent.node.engine.runtime.channels.breaker(EMAIL).isOpen).toBe(true);
  expect(silent.delivered.length).toBeLessThan(2 * (channelFailuresMax + 5));
  silent.session.close();
  await silent.node.engine.stop();

  const full = await mailed(3, 2);
  await pass(full.node, channelSilentMs - INTERVALS.outboxBeatMs);
  expect(isFailing(full.node)).toBe(false);
  await pass(full.node, 3 * INTERVALS.outboxBeatMs);
  expect(isFailing(full.node)).toBe(true);
  await full.session.accepted(full.delivered[0]?.dispatchId ?? '');
  expect(isFailing(full.node)).toBe(false);
  full.session.close();
  await full.node.engine.stop();
});

test('answers that were lost with a connection are no failures, and a new connection is worth a probe', async () => {
  const { node, session, delivered } = await mailed(channelFailuresMax + 2);
  const count = delivered.length;
  session.close();
  await pass(node, dispatchRetryMs + 2 * INTERVALS.outboxBeatMs);
  const sink = {
    deliver: (each: (typeof delivered)[number]) => void delivered.push(each),
    withdraw: () => {},
  };
  const again = node.gateway.connect(EMAIL, 100, sink);
  if (again.kind === 'refused') throw new Error(again.message);
  await pass(node, 2 * INTERVALS.outboxBeatMs);
  expect([delivered.length, isFailing(node)]).toEqual([2 * count, false]);
  again.close();
  await node.engine.stop();
});

test('another channel does not notice', async () => {
  const { node, session } = await mailed(channelFailuresMax);
  const { channels } = node.engine.runtime;
  for (let n = 0; n < channelFailuresMax; n++) channels.answered(EMAIL, true, node.clock.now());
  const sms = channelIndex('sms');
  channels.connect(sms, 10, { deliver: () => {}, withdraw: () => {} }, node.clock.now());
  expect([EMAIL, sms].map((channel) => channels.canDeliver(channel, node.clock.now()))).toEqual([
    false,
    true,
  ]);
  session.close();
  await node.engine.stop();
});

test('what a channel system says of ids that nobody gave it, or twice, says nothing of whether it works', async () => {
  const { node, delivered, session } = await mailed(1);
  const { breaker } = { breaker: node.engine.runtime.channels.breaker(EMAIL) };
  const { dispatchId } = delivered[0] as (typeof delivered)[number];
  for (let n = 0; n < 2 * channelFailuresMax; n++) {
    expect(await session.rejected(`1-0-zz${n}-0-0`, true, 0, 'no')).toMatchObject({ kind: 'refused' });
    expect(await session.rejected(dispatchId, true, 0, 'not now')).toMatchObject({
      kind: n === 0 ? 'accepted' : 'duplicate',
    });
    await pass(node, 1_000);
  }
  expect(breaker.isOpen).toBe(false);
  // The repetitions have not put the next attempt off.
  await pass(node, dispatchRetryMs - 2 * channelFailuresMax * 1_000 + 2 * INTERVALS.outboxBeatMs);
  expect(delivered.map(({ attempt }) => attempt)).toEqual([1, 2]);
  session.close();
  await node.engine.stop();
});

test('a system of another channel answers nothing for this one', async () => {
  const { node, delivered, session } = await mailed(1);
  const { dispatchId } = delivered[0] as (typeof delivered)[number];
  const sms = node.gateway.connect(channelIndex('sms'), 10, { deliver: () => {}, withdraw: () => {} });
  if (sms.kind === 'refused') throw new Error(sms.message);
  const refused = { kind: 'refused', field: 'dispatch_id', rule: 'dispatch.other_channel' };
  const sayAll = async () => [
    await sms.accepted(dispatchId),
    await sms.rejected(dispatchId, false, 0, 'mine'),
    await sms.withdrawn(dispatchId, false),
  ];
  for (const outcome of await sayAll()) expect(outcome).toMatchObject(refused);
  expect(node.engine.shards[0]?.outbox.size).toBe(1);
  expect(await session.accepted(dispatchId)).toMatchObject({ kind: 'accepted' });
  expect(node.engine.shards[0]?.outbox.size).toBe(0);
  // Nor of one that is over.
  for (const outcome of await sayAll()) expect(outcome).toMatchObject(refused);
  session.close();
  sms.close();
  await node.engine.stop();
});
