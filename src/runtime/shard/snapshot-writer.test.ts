import { beforeEach, expect, test } from 'vitest';
import { addresseeOf } from '../../core/identity/customer.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { PortError } from '../../port/port-error.ts';
import type { Checkpoint, SnapshotPut, SnapshotStore } from '../../port/snapshot-store.ts';
import { Actor } from './actor.ts';
import { type SnapshotHost, SnapshotWriter } from './snapshot-writer.ts';

/** A store that answers when it is told to. */
class HeldStore {
  readonly writes: (readonly SnapshotPut[])[] = [];
  readonly checkpoints: Checkpoint[] = [];
  #waiting: { resolve: (counter: number) => void; reject: (fault: unknown) => void }[] = [];
  #counter = 0;

  write(_: number, puts: readonly SnapshotPut[]): Promise<number> {
    this.writes.push(puts);
    return this.#wait();
  }

  checkpoint(_: number, checkpoint: Checkpoint): Promise<number> {
    this.checkpoints.push(checkpoint);
    return this.#wait();
  }

  async answer(fault?: unknown): Promise<void> {
    const waiting = this.#waiting.shift();
    if (fault === undefined) waiting?.resolve(++this.#counter);
    else waiting?.reject(fault);
    for (let n = 0; n < 3; n++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #wait(): Promise<number> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

let store: HeldStore;
let host: { -readonly [K in keyof SnapshotHost]: SnapshotHost[K] };
let writer: SnapshotWriter;
let startedOver: number;

beforeEach(() => {
  store = new HeldStore();
  startedOver = 0;
  host = {
    ...{ id: 0, sequence: 7, epoch: 1, isIdle: true, isRebuilding: false, hasQuarantined: false },
    revisionAt: () => 1,
    encodeState: () => new Uint8Array(0),
    startOver: () => void startedOver++,
  };
  writer = new SnapshotWriter(host, {
    snapshots: store as unknown as SnapshotStore,
    clock: { now: () => 1_000, after: () => () => {}, soon: setImmediate },
    observer: { count() {}, gauge() {}, time() {}, info() {}, fault() {} },
    bounds: { snapshotEveryMs: 100, shards: 1 } as never,
  });
});

function changed(n: number, seq = 7): Actor {
  const { id, key } = addresseeOf('loyalty', `L${n}`);
  const actor = new Actor(emptyProfile(id, key), 0);
  actor.profile.seq = seq;
  writer.dirty(actor);
  return actor;
}

test('a run saves who was dirty when it began, and its checkpoint names the sequence of that moment', async () => {
  const actors = [changed(1), changed(2)];
  writer.begin(1_000);
  const [first] = store.writes;
  expect(first?.map(({ id }) => id)).toEqual(actors.map(({ profile }) => profile.id));
  host.sequence = 9;
  const late = changed(3, 9);
  await store.answer();
  await store.answer();
  expect(store.checkpoints).toMatchObject([{ sequence: 7, counter: 1 }]);
  expect([writer.checkpointed, writer.busy, late.dirty, actors[0]?.dirty]).toEqual([7, false, true, false]);
});

test('a customer who changes while the batch is on its way is saved again by the next run', async () => {
  const actor = changed(1);
  writer.begin(1_000);
  actor.profile.seq = 8;
  writer.dirty(actor);
  host.sequence = 8;
  await store.answer();
  await store.answer();
  expect(actor.dirty).toBe(true);
  writer.begin(2_000);
  expect(store.writes.at(-1)).toMatchObject([{ id: actor.profile.id, seq: 8 }]);
});

test('nothing is encoded within a turn; the run that was due begins when the turn is over', () => {
  changed(1);
  host.isIdle = false;
  writer.begin(1_000);
  expect(store.writes).toEqual([]);
  host.isIdle = true;
  writer.afterTurn();
  expect(store.writes).toHaveLength(1);
});

test.each([
  ['isRebuilding', { isRebuilding: true }],
  ['hasQuarantined', { hasQuarantined: true }],
] as const)(
  'no checkpoint passes facts that are in nobody’s hands (%s), and nobody is lost from the list',
  async (_, why) => {
    const actor = changed(1);
    writer.begin(1_000);
    Object.assign(host, why);
    await store.answer();
    expect([store.checkpoints.length, writer.checkpointed, writer.busy]).toEqual([0, 0, false]);
    expect(actor.dirty).toBe(false);
  },
);

test('a store that fails is told once it writes again, and a conflict makes the shard start over', async () => {
  const actor = changed(1);
  writer.begin(1_000);
  await store.answer(new PortError('unavailable', 'away'));
  expect([writer.isFailing, actor.dirty, startedOver]).toEqual([true, true, 0]);
  writer.begin(2_000);
  await store.answer();
  expect([writer.isFailing, actor.dirty]).toEqual([false, false]);
  await store.answer(new PortError('conflict', 'another counter'));
  expect([startedOver, writer.busy]).toEqual([1, false]);
});

test('what was on its way when the shard forgot everything changes nothing any more', async () => {
  changed(1);
  writer.begin(1_000);
  writer.reset();
  await store.answer();
  expect([writer.busy, writer.stored.counter, store.checkpoints.length]).toEqual([false, 0, 0]);
});
