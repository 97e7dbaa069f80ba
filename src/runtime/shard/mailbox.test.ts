import { describe, expect, test } from 'vitest';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import { trackingToken } from '../../core/decide/decision-id.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type { DecideOutcome, PublishOutcome } from '../../port/customers.ts';
import { decideInput, emptyStores, event, order, product, startNode, TUESDAY } from '../engine.fixture.ts';
import { ADMIT_SHARE, type Priority, type Request } from '../turn/request.ts';
import { Mailbox } from './mailbox.ts';
import type { Shard } from './shard.ts';

/** Who is refused first comes first. */
const ORDER = [
  'consideration',
  'dryRun',
  'placement',
  'view',
  'feedback',
  'critical',
] as const satisfies readonly Priority[];

function request(priority: Priority, bytes = 0): Request {
  const to = { id: 'c', key: 'k', hash: 0 } as unknown as Request['to'];
  return {
    ...{ kind: 'read', to, priority, bytes, deadlineAt: Number.POSITIVE_INFINITY },
    ...{ view: () => {}, done: () => {} },
  };
}

describe('shedding', () => {
  test('each class has its place in the order, and the last one has all of the room', () => {
    expect(Object.keys(ADMIT_SHARE).toSorted()).toEqual([...ORDER].toSorted());
    const shares = ORDER.map((priority) => ADMIT_SHARE[priority]);
    expect(shares).toEqual([...new Set(shares)].toSorted((a, b) => a - b));
    expect(ADMIT_SHARE.critical).toBe(1);
  });

  test.each(ORDER.map((priority, at) => ({ priority, next: ORDER[at + 1] })))(
    'by count: at its share $priority is refused, and who is refused after it is admitted still',
    ({ priority, next }) => {
      const mailbox = new Mailbox(100, LIMITS.mailboxBytesMax);
      for (let n = 0; n < 100 * ADMIT_SHARE[priority]; n++)
        expect(mailbox.push(request(priority))).toBe(true);
      expect(mailbox.push(request(priority))).toBe(false);
      expect(mailbox.size).toBe(100 * ADMIT_SHARE[priority]);
      for (const earlier of ORDER.slice(0, ORDER.indexOf(priority)))
        expect(mailbox.push(request(earlier))).toBe(false);
      if (next !== undefined) expect(mailbox.push(request(next))).toBe(true);
    },
  );

  test.each(ORDER.map((priority, at) => ({ priority, next: ORDER[at + 1] })))(
    'by bytes: at its share $priority is refused, and who is refused after it is admitted still',
    ({ priority, next }) => {
      const mailbox = new Mailbox(LIMITS.mailboxPerShardMax, 1_000);
      expect(mailbox.push(request('critical', 1_000 * ADMIT_SHARE[priority] - 1))).toBe(true);
      expect(mailbox.push(request(priority, 1))).toBe(true);
      expect(mailbox.push(request(priority, 1))).toBe(false);
      expect(mailbox.bytes).toBe(1_000 * ADMIT_SHARE[priority]);
      for (const earlier of ORDER.slice(0, ORDER.indexOf(priority)))
        expect(mailbox.push(request(earlier, 1))).toBe(false);
      if (next !== undefined) expect(mailbox.push(request(next, 1))).toBe(true);
    },
  );

  test('a request of more bytes than there is room for is taken by an empty mailbox, and by no other', () => {
    const mailbox = new Mailbox(100, 1_000);
    expect(mailbox.push(request('dryRun', 2_000))).toBe(true);
    expect(mailbox.push(request('critical', 1))).toBe(false);
    mailbox.dequeue(1, 1);
    expect([mailbox.size, mailbox.bytes]).toEqual([0, 0]);
    expect(mailbox.push(request('critical', 1))).toBe(true);
  });

  test('what was in it already is put back, however full it is', () => {
    const mailbox = new Mailbox(2, 1_000);
    mailbox.push(request('critical'));
    const taken = mailbox.dequeue(1, 1_000);
    for (let n = 0; n < 2; n++) mailbox.push(request('critical'));
    mailbox.putBack(taken);
    expect([mailbox.size, mailbox.dequeue(1, 1)[0] === taken[0]]).toEqual([3, true]);
  });
});

/** A shard whose log is silent, so that what is sent to it stays in its mailbox. It cannot be stopped, and holds nothing. */
async function stuck(bounds: { mailboxPerShardMax?: number; mailboxBytesMax?: number }) {
  const node = await startNode(emptyStores(), { bounds: { ...bounds, shards: 1 } });
  const shard = node.engine.shards[0] as Shard;
  node.engine.runtime.log.appendAll = () => {};
  void node.publish(event('Page Viewed', TUESDAY));
  while (shard.phase !== 'appending') await new Promise<void>((resolve) => setImmediate(resolve));
  return { node, shard };
}

test('a full mailbox sheds what customers send in the documented order: purchases, unsubscribes and consent last', async () => {
  const { node, shard } = await stuck({ mailboxPerShardMax: 10 });
  const { gateway } = node;
  let refused: string[] = [];
  const told = (who: string) => (outcome: PublishOutcome | DecideOutcome) => {
    if (outcome.kind === 'refused') refused.push(`${who} ${outcome.code} ${outcome.retryAfterMs}`);
  };
  const publish = (name: string) => () =>
    gateway.publish(
      event(name, TUESDAY, { products: [product('p')], order: order('o', 10) }),
      ...([1, Number.POSITIVE_INFINITY, told(name)] as const),
    );
  const decide = (who: string, change: Partial<DecideInput>) => () =>
    gateway.decide(decideInput(who, change), 1, Number.POSITIVE_INFINITY, told(who));
  const tracking = trackingToken('A'.repeat(22), { generation: 1, shard: 0, seq: 1, index: 0 }, 0);
  const report = (kind: FeedbackInput['kind']) => () =>
    gateway.feedback(
      {
        ...{ channel: 'email', id: kind, dispatchId: '', tracking, kind, occurredAt: TUESDAY },
        ...{ machine: false, identifiers: [], link: '', value: 0, scope: '', bodyHash: 1 },
      },
      told(kind),
    );
  const sends = [
    decide('dry run', { dryRun: true }),
    decide('page', {}),
    publish('Product Viewed'),
    report('opened'),
    ...[publish('Order Completed'), publish('Order Refunded'), publish('Consent Updated')],
    ...[report('unsubscribed'), report('complained')],
    decide('page with a purchase', { events: [event('Order Completed', TUESDAY)] }),
  ];
  const refusedAt = (filled: number): string[] => {
    refused = [];
    while (shard.mailbox.size < filled) shard.submit(request('critical'));
    for (const send of sends) {
      send();
      // What was admitted makes room for the next one.
      shard.mailbox.putBack(shard.mailbox.dequeue(99, LIMITS.mailboxBytesMax).slice(0, filled));
    }
    return refused.map((each) => each.replace(` exhausted ${INTERVALS.retryDelayMs}`, ''));
  };
  const early = ['dry run', 'page', 'Product Viewed', 'opened'];
  expect(refusedAt(4)).toEqual([]);
  expect(refusedAt(5)).toEqual(early.slice(0, 1));
  expect(refusedAt(7)).toEqual(early.slice(0, 2));
  expect(refusedAt(8)).toEqual(early.slice(0, 3));
  expect(refusedAt(9)).toEqual(early);
  expect(refusedAt(10)).toEqual([
    ...early,
    ...['Order Completed', 'Order Refunded', 'Consent Updated', 'unsubscribed', 'complained'],
    'page with a purchase',
  ]);
});

async function refusedBeyond(shard: Shard, count: number, bytes: number): Promise<void> {
  for (let n = 0; n < count; n++) shard.submit(request('critical', bytes));
  expect(shard.mailbox.size).toBe(count);
  const outcome = await new Promise((done) => shard.submit({ ...request('critical', 1), done } as Request));
  expect(outcome).toMatchObject({
    ...{ kind: 'refused', code: 'exhausted', retryAfterMs: INTERVALS.retryDelayMs },
    message: expect.stringContaining('sheds critical requests'),
  });
}

test('of requests that wait for one shard there are so many, and the next is refused with a delay', async () => {
  const { shard } = await stuck({});
  await refusedBeyond(shard, LIMITS.mailboxPerShardMax, 0);
});

test('of bytes that wait for one shard there are so many, and the next are refused with a delay', async () => {
  const { shard } = await stuck({});
  await refusedBeyond(shard, 8, LIMITS.mailboxBytesMax / 8);
});
