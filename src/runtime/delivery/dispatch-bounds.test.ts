/** Bounds of what leaves: pushes, attempts and credits, reached in an engine over the memory adapters. */
import { expect, test } from 'vitest';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { desk, EMAIL, mail } from './mail-desk.fixture.ts';

test.for([
  { late: 0, pushed: 1 },
  { late: 1, pushed: 0 },
])(
  'a push $late ms later than its bound: $pushed are handed over without asking again',
  async ({ late, pushed }) => {
    const office = await desk();
    const { node, delivered } = office;
    const { log } = node.engine.runtime;
    const append = log.append.bind(log);
    let before = 0;
    // The append of each decision takes as long as a push may.
    log.append = async (...args) => {
      await append(...args);
      before = delivered.length;
      node.clock.advanceTo(node.clock.now() + LIMITS.pushDelayMsMax + late);
    };
    await mail(office);
    expect(delivered.length - before).toBe(pushed);
    log.append = append;
    await node.advanceTo(node.clock.now() + 2 * INTERVALS.outboxBeatMs);
    expect([delivered.length, node.faults]).toEqual([1, []]);
    await node.engine.stop();
  },
);

test('a dispatch that is rejected again and again is given up after so many attempts', async () => {
  const office = await desk();
  const { node, delivered, session } = office;
  await mail(office);
  for (let attempt = 1; attempt <= LIMITS.dispatchAttemptsMax; attempt++) {
    expect(delivered.map((each) => each.attempt)).toEqual(Array.from({ length: attempt }, (_, n) => n + 1));
    expect(node.engine.shards[0]?.outbox.size).toBe(1);
    await session.rejected(delivered[0]?.dispatchId ?? '', true, 0, '');
    await node.advanceTo(
      node.clock.now() + INTERVALS.dispatchRetryMs * 2 ** (attempt - 1) + 2 * INTERVALS.outboxBeatMs,
    );
  }
  expect(node.engine.shards[0]?.outbox.size).toBe(0);
  await node.advanceTo(node.clock.now() + 2 * INTERVALS.dispatchRetryMsMax);
  expect(delivered).toHaveLength(LIMITS.dispatchAttemptsMax);
  await node.engine.stop();
});

test('a channel system has so many deliveries unanswered, whatever it asks for', async () => {
  const { node, session } = await desk(LIMITS.creditsMax + 500);
  const { channels } = node.engine.runtime;
  const open = (): number => {
    let reserved = 0;
    while (reserved < 2 * LIMITS.creditsMax && channels.reserve(EMAIL, node.clock.now())) reserved++;
    for (let n = 0; n < reserved; n++) channels.release(EMAIL);
    return reserved;
  };
  expect(open()).toBe(LIMITS.creditsMax);
  session.credit(LIMITS.creditsMax);
  expect(open()).toBe(LIMITS.creditsMax);
  session.close();
  await node.engine.stop();
});
