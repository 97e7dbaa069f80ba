/** A decide that comes again is not decided twice, whichever of its keys leads where by then. */
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import type { IdentifierKey } from '../../base/brand.ts';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { DecideOutcome } from '../../port/customers.ts';
import type { RecallAnswer } from '../../port/peers.ts';
import { decideInput, emptyStores, event, type Node, startNode, TUESDAY } from '../engine.fixture.ts';
import type { Shard } from '../shard/shard.ts';
import type { DecideRequest, Request } from '../turn/request.ts';
import { Recalls } from './recalls.ts';

const ANNA = { kind: 'crm', value: 'anna' };
const SHARDS = 4;
const shardOf = ({ kind, value }: typeof ANNA): number => addresseeOf(kind, value).hash % SHARDS;
/** Of which the actors live elsewhere. */
const [PHONE, TABLET] = Array.from({ length: 20 }, (_, n) => ({ kind: 'anonymous', value: `d-${n}` })).filter(
  (one) => shardOf(one) !== shardOf(ANNA),
) as [typeof ANNA, typeof ANNA];

const seen = (node: Node, ...identifiers: (typeof ANNA)[]) =>
  node.publish(event('Product Viewed', TUESDAY, { identifiers }));
const asked = (...identifiers: (typeof ANNA)[]) => decideInput('r', { identifiers });

/** What the same request is answered with again. */
function repeatOf(first: DecideOutcome) {
  if (first.kind !== 'decided') throw new Error(first.kind);
  const { place, fact } = first;
  return {
    kind: 'decided',
    place,
    repeated: true,
    fact: { customer: fact.customer, requestId: fact.requestId },
  };
}

function decisions(node: Node): Promise<number> {
  const { log } = node.engine.runtime;
  const count = async (shard: number): Promise<number> => {
    const records = await log.read(shard, 1, 1_000);
    return records.flatMap(({ bytes }) => decodeRecord(bytes).facts).filter(({ kind }) => kind === 'decision')
      .length;
  };
  return Promise.all(node.engine.shards.map(({ id }) => count(id))).then((all) =>
    all.reduce((a, b) => a + b),
  );
}

describe('decided by a weaker key, and sent again when a stronger one is known', () => {
  test('a request has the answer that it had, in whatever shard', async () => {
    const node = await startNode(emptyStores());
    await seen(node, PHONE);
    const first = await node.decide(asked(ANNA, PHONE));
    await seen(node, ANNA);
    const again = await node.decide(asked(ANNA, PHONE));
    expect(first).toMatchObject({ kind: 'decided', repeated: false });
    expect(again).toMatchObject(repeatOf(first));
    expect(await decisions(node)).toBe(1);
    await node.engine.stop();
  });

  test('also when the stronger key was joined to somebody who has nothing to do with the weaker one', async () => {
    const node = await startNode(emptyStores());
    await seen(node, TABLET);
    const first = await node.decide(asked(PHONE, TABLET));
    await seen(node, ANNA, PHONE);
    expect(await node.decide(asked(PHONE, TABLET))).toMatchObject(repeatOf(first));
    expect(await decisions(node)).toBe(1);
    await node.engine.stop();
  });

  test('it is refused while the customer of the weaker key does not answer, and answered once they do', async () => {
    const node = await startNode(emptyStores());
    await seen(node, PHONE);
    const first = await node.decide(asked(ANNA, PHONE));
    await seen(node, ANNA);
    const theirs = node.engine.shards[shardOf(PHONE)];
    theirs?.lose('a test takes it away');
    expect(await node.decide(asked(ANNA, PHONE))).toMatchObject({ kind: 'refused', code: 'unavailable' });
    await theirs?.open();
    expect(await node.decide(asked(ANNA, PHONE))).toMatchObject(repeatOf(first));
    await node.engine.stop();
  });

  test('sent again while the first try still waits for keys of the weaker customer, it is decided once', async () => {
    const node = await startNode(emptyStores());
    await seen(node, PHONE);
    // Whom the phone is to be united with does not answer.
    for (const { peer } of node.engine.shards) peer.claim = (_key, _claim, done) => done(undefined);
    void seen(node, PHONE, TABLET);
    const first = node.decide(asked(ANNA, PHONE));
    await seen(node, ANNA);
    const again = node.decide(asked(ANNA, PHONE));
    await node.advanceTo(TUESDAY + LIMITS.heldMs * 2);
    expect(await again).toMatchObject(repeatOf(await first));
    expect(await decisions(node)).toBe(1);
    await node.engine.stop();
  });
});

test('while what a key stood for is on its way to the customer, nobody knows whether it was decided, and it is not', async () => {
  const node = await startNode(emptyStores());
  await seen(node, PHONE);
  const first = await node.decide(asked(ANNA, PHONE));
  await seen(node, ANNA);
  // The phone has let go of what it was, and Anna does not hear it.
  const { peer } = node.engine.shards[shardOf(ANNA)] as Shard;
  const claim = peer.claim.bind(peer);
  peer.claim = (key, claimed, done) => claim(key, claimed, () => done(undefined));
  void seen(node, ANNA, PHONE);
  await node.advanceTo(TUESDAY + LIMITS.heldMs);
  const again = node.decide(asked(ANNA, PHONE));
  await node.advanceTo(TUESDAY + 2 * LIMITS.linkWaitMs);
  expect(await again).toMatchObject({ kind: 'refused', code: 'unavailable' });
  peer.claim = claim;
  await node.advanceTo(TUESDAY + 60_000);
  expect(await node.decide(asked(ANNA, PHONE))).toMatchObject(repeatOf(first));
  expect(await decisions(node)).toBe(1);
  await node.engine.stop();
});

test('what the customer of another key was asked in other words is another request', async () => {
  const node = await startNode(emptyStores());
  await seen(node, PHONE);
  await node.decide({ ...asked(PHONE), bodyHash: 2 });
  await seen(node, ANNA);
  const own = await node.decide(asked(ANNA, PHONE));
  expect(own).toMatchObject({
    kind: 'decided',
    repeated: false,
    fact: { customer: addresseeOf('crm', 'anna').id },
  });
  await node.engine.stop();
});

test('nobody is asked about keys that lead to the customer, nor for a dry run', async () => {
  const node = await startNode(emptyStores());
  const questions: IdentifierKey[] = [];
  const shard = node.engine.shards[shardOf(ANNA)];
  if (shard === undefined) throw new Error('There is no such shard.');
  const recall = shard.peer.recall.bind(shard.peer);
  shard.peer.recall = (key, ...rest) => {
    questions.push(key);
    recall(key, ...rest);
  };
  await seen(node, ANNA, PHONE);
  await node.decide(asked(ANNA, PHONE));
  await node.decide({ ...asked(ANNA, TABLET), dryRun: true });
  expect(questions).toEqual([]);
  await node.decide({ ...asked(ANNA, PHONE, TABLET), requestId: 'r2' });
  expect(questions).toEqual([`anonymous:${TABLET.value}`]);
  await node.engine.stop();
});

/** Decides that wait, with nobody behind them. */
function desk() {
  const clock = new VirtualClock(TUESDAY);
  const answers: ((answer: RecallAnswer | undefined) => void)[] = [];
  const requeued: Request[] = [];
  const told: DecideOutcome[] = [];
  const peer = {
    recall: (_key: IdentifierKey, _asked: unknown, done: (typeof answers)[number]) => void answers.push(done),
  };
  const recalls = new Recalls(
    { peer: peer as never, requeue: (requests) => void requeued.push(...requests) },
    { clock },
  );
  const request = (): DecideRequest => ({
    ...{ kind: 'decide', to: addresseeOf('crm', 'anna'), priority: 'placement', bytes: 1 },
    ...{ deadlineAt: Number.POSITIVE_INFINITY, input: asked(ANNA, PHONE) },
    done: (outcome) => void told.push(outcome),
  });
  const ask = (count = 1): void =>
    recalls.ask(
      request(),
      Array.from({ length: count }, (_, n) => `anonymous:${n}` as IdentifierKey),
      { requestHash: 1, bodyHash: 1 },
    );
  return { recalls, clock, answers, requeued, told, ask };
}

test('so many decides of one shard wait, and one more is refused; all are when the shard is given up', () => {
  const { ask, told, answers, recalls, clock, requeued } = desk();
  for (let n = 0; n < LIMITS.recallsPerShardMax; n++) ask();
  expect([told.length, answers.length]).toEqual([0, LIMITS.recallsPerShardMax]);
  ask();
  expect(told).toMatchObject([{ kind: 'refused', code: 'exhausted' }]);
  recalls.clear({ kind: 'refused', code: 'unavailable' } as never);
  clock.advanceTo(TUESDAY + LIMITS.linkWaitMs);
  answers[0]?.({ kind: 'new' });
  expect([told.length, requeued.length]).toEqual([LIMITS.recallsPerShardMax + 1, 0]);
});

test('of several customers all must say that it is new; one who decided it, or is silent, is enough to end the wait', () => {
  const { ask, told, answers, requeued, clock } = desk();
  ask(2);
  answers[0]?.({ kind: 'new' });
  expect(requeued).toEqual([]);
  answers[1]?.({ kind: 'new' });
  expect(requeued).toMatchObject([{ recalled: { kind: 'new' } }]);
  ask(2);
  answers[3]?.({ kind: 'recalled', shard: 1, seq: 2, index: 3 });
  answers[2]?.({ kind: 'new' });
  expect(requeued.slice(1)).toMatchObject([{ recalled: { kind: 'recalled', seq: 2 } }]);
  ask(2);
  answers[4]?.({ kind: 'new' });
  clock.advanceTo(TUESDAY + LIMITS.linkWaitMs);
  expect(told).toMatchObject([{ kind: 'refused', code: 'unavailable' }]);
  answers[5]?.({ kind: 'new' });
  expect([requeued.length, told.length]).toEqual([2, 1]);
});
