/** When a tick waits for more: DESIGN's group commit, reached in an engine over the memory adapters. */
import { expect, test } from 'vitest';
import type { AppendSettled, LogAppend } from '../port/fact-log.ts';
import { emptyStores, event, type Node, startNode, TUESDAY } from './engine.fixture.ts';

const LINGER_MS = 5;

interface Held {
  readonly node: Node;
  /** Sizes of the groups that were appended. */
  readonly groups: number[];
  /** Lets the append under way come back, and what follows at once. */
  release(): Promise<void>;
  /** Sends an event of customer `n`; who has an answer is in `answered`. */
  send(n: number): void;
  readonly answered: number[];
}

async function heldNode(lingerMs: number): Promise<Held> {
  const node = await startNode(emptyStores(), { bounds: { shards: 64, lingerMs } });
  const { log } = node.engine.runtime;
  const appendAll = log.appendAll.bind(log);
  const groups: number[] = [];
  const answered: number[] = [];
  let held: (() => void)[] = [];
  log.appendAll = (group: readonly LogAppend[], settled: AppendSettled) => {
    groups.push(group.length);
    held.push(() => appendAll(group, settled));
  };
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 12; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return {
    node,
    groups,
    answered,
    send: (n) => {
      const who = { identifiers: [{ kind: 'loyalty', value: `P${n}` }] };
      void node.publish(event('Page Viewed', TUESDAY - 1, who)).then(() => answered.push(n));
    },
    release: async () => {
      await turns();
      const waiting = held;
      held = [];
      for (const go of waiting) go();
      await turns();
    },
  };
}

test('with nothing waiting a request goes at once, and a single one that came meanwhile as well', async () => {
  const { send, release, answered, groups, node } = await heldNode(LINGER_MS);
  send(0);
  await release();
  expect(answered).toEqual([0]);
  send(1);
  await release().then(() => send(2));
  await release();
  expect(answered).toEqual([0, 1, 2]);
  expect(groups).toEqual([1, 1, 1]);
  await node.engine.stop();
});

test('where several came while a commit was under way the next one waits for more, and no longer than it may linger', async () => {
  const { send, release, answered, groups, node } = await heldNode(LINGER_MS);
  send(0);
  await new Promise<void>((resolve) => setImmediate(resolve));
  for (let n = 1; n <= 6; n++) send(n);
  await release();
  expect(answered).toEqual([0]);
  send(7);
  send(8);
  await release();
  expect(answered).toEqual([0]);
  node.clock.advanceTo(TUESDAY + LINGER_MS);
  await release();
  expect(answered.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(groups).toHaveLength(2);
  await node.engine.stop();
});

test('a tick that lingers goes as soon as enough shards wait', async () => {
  const { send, release, answered, node } = await heldNode(LINGER_MS);
  send(0);
  await new Promise<void>((resolve) => setImmediate(resolve));
  for (let n = 1; n <= 6; n++) send(n);
  await release();
  expect(answered).toEqual([0]);
  for (let n = 7; n < 90; n++) send(n);
  for (let i = 0; i < 4; i++) await release();
  expect(answered.length).toBeGreaterThan(60);
  node.clock.advanceTo(TUESDAY + LINGER_MS);
  for (let i = 0; i < 4; i++) await release();
  expect(answered).toHaveLength(90);
  await node.engine.stop();
});

test('where ticks do not linger nobody waits', async () => {
  const { send, release, answered, node } = await heldNode(0);
  send(0);
  await new Promise<void>((resolve) => setImmediate(resolve));
  for (let n = 1; n <= 6; n++) send(n);
  await release();
  await release();
  expect(answered).toHaveLength(7);
  await node.engine.stop();
});
