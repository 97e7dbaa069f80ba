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

test('a dispatch whose attempts are used up and that nobody answered takes no more turns, and counts as sent in the end', async () => {
  const office = await desk();
  const { node, delivered, session } = office;
  await mail(office);
  const [shard] = node.engine.shards;
  const entry = [...(shard?.outbox.entries.values() ?? [])][0];
  // Another message is accepted now and then, so that the channel does not seem to fail.
  const beat = async (ms: number): Promise<void> => {
    await node.advanceTo(node.clock.now() + ms);
    node.engine.runtime.channels.answered(EMAIL, false, node.clock.now());
  };
  while (delivered.length < LIMITS.dispatchAttemptsMax) await beat(INTERVALS.dispatchRetryMs);
  await beat(2 * INTERVALS.dispatchRetryMsMax);
  expect(delivered).toHaveLength(LIMITS.dispatchAttemptsMax);
  let asked = 0;
  const submit = shard?.submit.bind(shard);
  if (shard !== undefined && submit !== undefined)
    shard.submit = (request) => {
      if (request.kind === 'attempt') asked++;
      submit(request);
    };
  await beat(100 * INTERVALS.outboxBeatMs);
  expect([asked, shard?.outbox.size]).toEqual([0, 1]);
  await node.advanceTo((entry?.choice.notAfter ?? 0) + 2 * INTERVALS.outboxBeatMs);
  expect([asked, shard?.outbox.size]).toEqual([1, 0]);
  session.close();
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
