import { expect, test } from 'vitest';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { FEATURES } from '../../core/feature/feature-spec.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { decideInput, emptyStores, event, product, startNode, TUESDAY } from '../engine.fixture.ts';
import type { Shard } from '../shard/shard.ts';
import { type Request, type RequestOutcome, refusal } from './request.ts';
import { TickEnvironment } from './tick-environment.ts';
import { Turn } from './turn.ts';

const NEVER = Number.POSITIVE_INFINITY;
const anna = addresseeOf('loyalty', 'L1');
const common = { to: anna, bytes: 1, deadlineAt: NEVER, priority: 'view' } as const;

/** A turn of its own on a shard that rests, and what its requests heard. */
async function restingTurn() {
  const node = await startNode(emptyStores(), { bounds: { shards: 1 } });
  const { engine } = node;
  const shard = engine.shards[0] as Shard;
  const environment = new TickEnvironment(engine.runtime, engine.shards);
  const turn = new Turn(shard);
  const heard: string[] = [];
  const done =
    (name: string) =>
    (outcome: RequestOutcome): void =>
      void heard.push(outcome.kind === 'refused' ? `${name} ${outcome.code}` : `${name} ${outcome.kind}`);
  const rows = () => ({
    features: new Float32Array(4_096 * FEATURES.length),
    channels: new Uint8Array(4_096),
    ...{ width: FEATURES.length, max: 2_048, count: 0 },
  });
  const begin = (requests: Request[]): void =>
    turn.begin(requests, TUESDAY, environment.decide(TUESDAY), environment.event(TUESDAY), rows());
  const finish = () => turn.finish(new Float32Array(4_096 * 3), true);
  const view = (n: number): Request => ({
    ...common,
    kind: 'event',
    input: event('Product Viewed', TUESDAY - 1_000, { products: [product(`p${n}`)] }),
    done: done(`view${n}`),
  });
  const decide = (name: string, deadlineAt = NEVER): Request => ({
    ...{ ...common, deadlineAt, kind: 'decide', input: decideInput(name), done: done(name) },
  });
  const read = (see: (profile: Profile | undefined) => void): Request => ({
    ...{ ...common, kind: 'read', view: see, done: done('read') },
  });
  return { node, shard, turn, heard, begin, finish, view, decide, read };
}

function factsOf(bytes: Uint8Array | undefined): string[] {
  return bytes === undefined ? [] : decodeRecord(bytes.slice()).facts.map(({ kind }) => kind);
}

test('nobody hears of a fact before it is durable, then everybody in order', async () => {
  const { turn, heard, begin, finish, view, decide } = await restingTurn();
  begin([view(1), decide('d1')]);
  const facts = factsOf(finish());
  expect(facts.filter((kind) => kind === 'event' || kind === 'decision')).toEqual(['event', 'decision']);
  expect(heard).toEqual([]);
  turn.commit();
  expect(heard).toEqual(['view1 accepted', 'd1 decided']);
});

test('a record that is not in the log refuses everybody, once', async () => {
  const { turn, heard, begin, finish, view, decide } = await restingTurn();
  begin([view(1), decide('d1')]);
  finish();
  turn.abandon(refusal('unavailable', 'the log'));
  turn.commit();
  expect(heard).toEqual(['view1 unavailable', 'd1 unavailable']);
});

test('a turn that breaks off while it decides refuses those whose decision was not made yet', async () => {
  const { turn, heard, begin, view, decide } = await restingTurn();
  begin([view(1), decide('d1')]);
  turn.abandon(refusal('internal', 'broken'));
  expect(heard).toEqual(['view1 internal', 'd1 internal']);
});

test('behind a decision in the making everything of that customer waits for the next turn, in order', async () => {
  const { shard, turn, heard, begin, finish, view, decide } = await restingTurn();
  begin([decide('d1'), view(1), decide('d2')]);
  expect(shard.mailbox.size).toBe(2);
  expect(shard.mailbox.dequeue(9, 9_999).map(({ kind }) => kind)).toEqual(['event', 'decide']);
  finish();
  turn.commit();
  expect(heard).toEqual(['d1 decided']);
});

test('a read sees what is committed: of a customer who changed in this turn in the next one', async () => {
  const { shard, turn, heard, begin, finish, view, read } = await restingTurn();
  const seen: (number | undefined)[] = [];
  begin([view(1), read((profile) => seen.push(profile?.viewed.length))]);
  expect([seen, shard.mailbox.size]).toEqual([[], 1]);
  finish();
  turn.commit();
  begin(shard.mailbox.dequeue(9, 9_999));
  expect(factsOf(finish()).filter((kind) => kind !== 'adopted')).toEqual([]);
  turn.commit();
  expect([seen, heard]).toEqual([[1], ['view1 accepted', 'read accepted']]);
});

test('what a fold cannot take is not in the record: its request fails, and the others stand', async () => {
  const { node, shard, turn, heard, begin, finish, view } = await restingTurn();
  begin([view(1)]);
  const actor = shard.actors.get(anna.id);
  if (actor === undefined) throw new Error('The customer is not in memory.');
  finish();
  turn.commit();
  const { viewed } = actor.profile;
  viewed.add = () => {
    throw new Error('no room');
  };
  const bob = addresseeOf('loyalty', 'L2');
  begin([view(2), { ...view(3), to: bob } as Request]);
  const facts = finish();
  turn.commit();
  expect(factsOf(facts).filter((kind) => kind === 'event')).toHaveLength(1);
  expect(heard).toEqual(['view1 accepted', 'view2 internal', 'view3 accepted']);
  expect(node.faults.some((fault) => fault.includes('no room'))).toBe(true);
});

test('a request whose deadline has passed costs nothing more', async () => {
  const { turn, heard, begin, finish, decide } = await restingTurn();
  begin([decide('d1', TUESDAY)]);
  expect(factsOf(finish()).includes('decision')).toBe(false);
  turn.commit();
  expect(heard).toEqual(['d1 deadline']);
});
