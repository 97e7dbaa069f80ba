/** What a pause does to decisions and to what waits for its channel system, in an engine over the memory adapters. */
import { expect, test } from 'vitest';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { INTERVALS } from '../../config/limits.ts';
import { channelIndex } from '../../core/channel.ts';
import { ANY_CHANNEL, NOTHING } from '../../core/decide/candidate-columns.ts';
import type { Fact } from '../../core/fact/fact.ts';
import { NO_PAUSES, type Pause, type Pauses } from '../../core/pause/pause.ts';
import { REASONS } from '../../core/reason.ts';
import { emptyStores, type Node, type Stores, TUESDAY } from '../engine.fixture.ts';
import { decideFor, desk, EMAIL, mail } from './mail-desk.fixture.ts';

const email: Pause = {
  ...{ scope: 'channel', name: 'email', by: 'anna', why: 'broken template', since: TUESDAY },
  pending: 'wait',
};
const outbound: Pause = { ...email, scope: 'outbound', name: '' };
const NOTE = 'channel, anna: broken template';

/** As a call does it. */
function pause(node: Node, version: string, ...list: readonly Pause[]): void {
  const pauses: Pauses = { version, sha256: 'abc', list };
  node.engine.runtime.pauses = pauses;
}

function factsOf(stores: Stores): Fact[] {
  const facts: Fact[] = [];
  for (const { records } of stores.log.values())
    for (const bytes of records) facts.push(...decodeRecord(bytes).facts);
  return facts;
}

function adoptionsOf(stores: Stores): string[] {
  return factsOf(stores).flatMap((fact) =>
    fact.kind === 'adopted' && fact.edition === 'pauses' ? [fact.version] : [],
  );
}

async function beats(node: Node, count = 3): Promise<void> {
  await node.advanceTo(node.clock.now() + count * INTERVALS.outboxBeatMs);
}

test('from the next turn on nothing of a paused channel is chosen, and the record says who paused it, when and why', async () => {
  const stores = emptyStores();
  const { node, session } = await desk(10, stores);
  const n = await mail({ node });
  pause(node, '1@abc', email);
  for (let at = n + 1; at < n + 20; at++) {
    const outcome = await decideFor(node, at);
    if (outcome.kind !== 'decided') throw new Error(outcome.message);
    expect(outcome.fact.choices[0]?.channel).not.toBe(EMAIL);
    const { columns } = outcome.fact.record;
    const paused: string[] = [];
    for (let row = 0; row < columns.count; row++) {
      if (columns.action[row] === NOTHING || columns.channel[row] !== EMAIL) continue;
      if (REASONS[columns.reason[row] as number] !== 'PAUSED') continue;
      expect(columns.value[row]).toBe(TUESDAY);
      paused.push(columns.ref[row] as string);
    }
    expect(new Set(paused)).toEqual(new Set([NOTE]));
  }
  pause(node, '2@abc');
  await mail({ node }, n + 20);
  expect(adoptionsOf(stores)).toEqual(['1@abc', '2@abc']);
  session.close();
  await node.engine.stop();
});

test('a paused action is out before any channel is looked at, and a paused web changes no message', async () => {
  const { node, session } = await desk(10);
  const n = await mail({ node });
  const first = await decideFor(node, n);
  if (first.kind !== 'decided') throw new Error(first.message);
  const action = first.fact.choices[0]?.action ?? '';
  pause(node, '1@abc', { ...email, scope: 'action', name: action }, { ...email, name: 'web' });
  const again = await decideFor(node, n + 100);
  if (again.kind !== 'decided') throw new Error(again.message);
  const { columns } = again.fact.record;
  const { actions } = node.engine.runtime.policy ?? { actions: [] };
  for (let row = 0; row < columns.count; row++) {
    const isIt = actions[columns.action[row] as number]?.id === action;
    if (isIt)
      expect([columns.channel[row], REASONS[columns.reason[row] as number]]).toEqual([ANY_CHANNEL, 'PAUSED']);
    else
      expect(
        columns.channel[row] === channelIndex('web') || columns.reason[row] !== REASONS.indexOf('PAUSED'),
      ).toBe(true);
  }
  session.close();
  await node.engine.stop();
});

test('what is pending waits as long as it is paused, uses up no attempt, and goes once it is resumed', async () => {
  const { node, session, delivered } = await desk(0);
  await mail({ node });
  pause(node, '1@abc', outbound);
  session.credit(10);
  await beats(node);
  expect([delivered.length, node.engine.shards[0]?.outbox.size]).toEqual([0, 1]);
  pause(node, '2@abc');
  await beats(node);
  expect(delivered.map(({ attempt }) => attempt)).toEqual([1]);
  session.close();
  await node.engine.stop();
});

test('what is pending is withdrawn when told so, and what a channel system holds is asked back', async () => {
  const stores = emptyStores();
  const { node, session, delivered, withdrawn } = await desk(1, stores);
  const n = await mail({ node });
  await mail({ node }, n + 1);
  expect([delivered.length, node.engine.shards[0]?.outbox.size]).toEqual([1, 2]);
  pause(node, '1@abc', { ...email, pending: 'withdraw' });
  await beats(node);
  expect(withdrawn).toEqual([delivered[0]?.dispatchId]);
  expect(node.engine.shards[0]?.outbox.size).toBe(0);
  const facts = factsOf(stores);
  const withdrawals = facts.filter(({ kind }) => kind === 'withdraw');
  expect(withdrawals).toHaveLength(2);
  for (const fact of withdrawals)
    expect(fact).toMatchObject({ reason: REASONS.indexOf('PAUSED'), note: NOTE });
  // Nobody has seen the other one: it counts for no cap.
  expect(facts.filter((fact) => fact.kind === 'delivery' && fact.state === 'withdrawn')).toHaveLength(1);
  session.close();
  await node.engine.stop();
});

test('a push that was decided just before a pause does not go out after it', async () => {
  const { node, session, delivered } = await desk(10);
  const { log } = node.engine.runtime;
  const append = log.append.bind(log);
  const n = await mail({ node });
  const before = delivered.length;
  log.append = async (...args) => {
    await append(...args);
    if (decodeRecord(args[2]).facts.some(({ kind }) => kind === 'decision')) pause(node, '1@abc', email);
  };
  // Every decision's append is overtaken by the pause; the pause ends before the next one.
  for (let at = n + 1; at < n + 50 && (node.engine.shards[0]?.outbox.size ?? 0) < 2; at++) {
    pause(node, '2@abc');
    await decideFor(node, at);
  }
  expect([node.engine.shards[0]?.outbox.size, delivered.length]).toEqual([2, before]);
  log.append = append;
  session.close();
  await node.engine.stop();
});

test('after a restart a shard does not adopt again what it knows, and adopts what was paused meanwhile', async () => {
  const stores = emptyStores();
  const first = await desk(10, stores);
  pause(first.node, '1@abc', email);
  await decideFor(first.node, 1);
  first.session.close();
  await first.node.engine.stop();
  const second = await desk(10, stores);
  pause(second.node, '1@abc', email);
  await decideFor(second.node, 2);
  expect(adoptionsOf(stores)).toEqual(['1@abc']);
  pause(second.node, '2@abc');
  await decideFor(second.node, 3);
  expect(adoptionsOf(stores)).toEqual(['1@abc', '2@abc']);
  second.session.close();
  await second.node.engine.stop();
  expect(NO_PAUSES.version).toBe('');
});
