/** Bounds of what is saved, recovered, archived and read back, reached in an engine over the memory adapters. */
import { expect, test } from 'vitest';
import { RecordCursor } from '../../codec/stored/record-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { emptyStores, event, type Node, startNode, TUESDAY } from '../engine.fixture.ts';
import { archiveShard } from './archiver.ts';
import { readHistory } from './history.ts';
import type { Shard } from './shard.ts';

const anna = addresseeOf('loyalty', 'L1');
const who = (n: number) => ({ identifiers: [{ kind: 'loyalty', value: `C${n}` }] });
const accepted = { kind: 'accepted' };

async function oneShard(hotMs = 86_400_000): Promise<{ node: Node; shard: Shard }> {
  const node = await startNode(emptyStores(), { bounds: { shards: 1, hotMs } });
  return { node, shard: node.engine.shards[0] as Shard };
}

/** One after the other, so that each has a record of its own. */
async function views(node: Node, count: number): Promise<void> {
  for (let n = 0; n < count; n++)
    expect(await node.publish(event('Page Viewed', TUESDAY - count + n))).toEqual(accepted);
}

test('a store transaction saves so many customers, and the run goes on with the next', async () => {
  const { node, shard } = await oneShard();
  const { snapshots } = node.engine.runtime;
  const write = snapshots.write.bind(snapshots);
  const batches: number[] = [];
  snapshots.write = (id, puts, counter) => {
    batches.push(puts.length);
    return write(id, puts, counter);
  };
  const count = 2 * LIMITS.snapshotBatchMax + 9;
  await Promise.all(
    Array.from({ length: count }, (_, n) => node.publish(event('Page Viewed', TUESDAY, who(n)))),
  );
  await shard.writer.flush();
  expect(batches).toEqual([LIMITS.snapshotBatchMax, LIMITS.snapshotBatchMax, 9]);
  expect(shard.writer.checkpointed).toBe(shard.sequence);
  await node.engine.stop();
});

test('a recovery folds so many records between two looks at the event loop, and none is left out', async () => {
  const { node, shard } = await oneShard();
  const count = LIMITS.recoveryBatchMax + 50;
  await views(node, count);
  const { log } = node.engine.runtime;
  const read = log.read.bind(log);
  const batches: number[] = [];
  log.read = async (id, from, limit) => {
    const records = await read(id, from, limit);
    batches.push(records.length);
    return records;
  };
  await shard.startOver();
  // The look behind what it knew, then the fold: the fences of both openings are records too.
  expect(batches).toEqual([0, 16, LIMITS.recoveryBatchMax, 52]);
  expect(await node.read({ customerId: anna.id }, (profile) => profile.version)).toBe(count);
  await node.engine.stop();
});

test('a customer whose facts cannot be folded is rebuilt once, and quarantined the second time', async () => {
  const { node, shard } = await oneShard();
  await views(node, 1);
  const poison = (): Promise<unknown> =>
    node.read({ customerId: anna.id }, (profile) => {
      const { seq } = profile;
      const set = (): void => {
        throw new Error('a bug of the fold');
      };
      Object.defineProperty(profile, 'seq', { get: () => seq, set });
    });
  const broken = { kind: 'refused', code: 'internal', message: 'the request could not be processed' };
  for (let failures = 1; failures <= LIMITS.foldFailuresMax; failures++) {
    expect(shard.actors.quarantined.size).toBe(0);
    expect(await node.publish(event('Page Viewed', TUESDAY))).toEqual(accepted);
    await poison();
    expect(await node.publish(event('Page Viewed', TUESDAY))).toMatchObject(broken);
    await node.advanceTo(TUESDAY);
  }
  expect([...shard.actors.quarantined]).toEqual([anna.id]);
  expect(await node.publish(event('Page Viewed', TUESDAY))).toMatchObject({
    ...{ kind: 'refused', code: 'internal' },
    message: expect.stringContaining('quarantined'),
  });
  expect(await node.publish(event('Page Viewed', TUESDAY, who(2)))).toEqual(accepted);
  await node.engine.stop();
});

test('one question reads so many records of a history, the newest, and says from when on it looked', async () => {
  const { node, shard } = await oneShard();
  for (let n = 1; n <= 10; n++) {
    await views(node, 1);
    await node.advanceTo(TUESDAY + n * 10);
  }
  const END = Number.MAX_SAFE_INTEGER;
  const at = async (sequence: number): Promise<number> => {
    const bytes = (await node.engine.runtime.log.get(0, sequence)) as Uint8Array;
    return new RecordCursor(bytes).header.at;
  };
  const read = async (from: number, to: number, limit = 100, recordsMax?: number) => {
    const { committed, lookedFrom } = await readHistory(shard, anna.id, from, to, limit, recordsMax);
    return { sequences: committed.map(({ place }) => place.seq), lookedFrom };
  };
  // Record 1 is the fence.
  expect(await read(0, END)).toEqual({ sequences: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], lookedFrom: 0 });
  expect(await read(0, END, 100, 4)).toEqual({ sequences: [8, 9, 10, 11], lookedFrom: await at(8) });
  expect(await read(await at(4), await at(6), 100, 3)).toEqual({
    sequences: [4, 5, 6],
    lookedFrom: await at(4),
  });
  const newest = await read(0, END, 2);
  expect(newest.sequences).toEqual([10, 11]);
  expect(newest.lookedFrom).toBeGreaterThanOrEqual(await at(9));
  // A time of which nothing is known.
  expect(await read(0, 5)).toEqual({ sequences: [], lookedFrom: 0 });
  expect((await read(END - 1, END)).sequences).toEqual([]);
});

test('by default a question about a long history reads as many records as the bound, and about a moment what it needs', async () => {
  const { node, shard } = await oneShard();
  await views(node, 2);
  const { log } = node.engine.runtime;
  const record = (await log.get(0, 2)) as Uint8Array;
  const { at } = new RecordCursor(record).header;
  let asked = 0;
  log.read = async (_, from, limit) => {
    asked += limit;
    return Array.from({ length: limit }, (__, n) => ({ sequence: from + n, bytes: record }));
  };
  const source = {
    id: 0,
    runtime: node.engine.runtime,
    sequence: LIMITS.historyRecordsMax + 50_000,
    decisionRef: (seq: number, index: number) => shard.decisionRef(seq, index),
  };
  const { lookedFrom } = await readHistory(source, anna.id, at - 1, at, 100);
  expect(lookedFrom).toBe(at);
  expect(asked).toBeGreaterThanOrEqual(LIMITS.historyRecordsMax);
  expect(asked).toBeLessThan(LIMITS.historyRecordsMax + 200);
  asked = 0;
  expect(await readHistory(source, anna.id, at + 1, at + 2, 100)).toEqual({
    kind: 'history',
    committed: [],
    lookedFrom: at + 1,
  });
  expect(asked).toBeLessThan(200);
});

test('a segment of the archive takes records up to so many bytes, and the next one goes on behind it', async () => {
  const { node, shard } = await oneShard(1);
  await views(node, 10);
  await shard.writer.flush();
  const { log, archive } = node.engine.runtime;
  const sizes = (await log.read(0, 1, 100)).map(({ bytes }) => bytes.length);
  const four = sizes.slice(0, 4).reduce((sum, size) => sum + size, 0);
  const now = TUESDAY + 60_000;
  expect(await archiveShard(shard, now, four)).toBe(4);
  expect(await archiveShard(shard, now, four - 1)).toBeLessThan(5);
  expect(await archiveShard(shard, now)).toBeGreaterThan(2);
  const segments = await archive.segments(0);
  expect(segments.map(({ first }) => first)).toEqual([
    1,
    ...segments.slice(0, -1).map(({ last }) => last + 1),
  ]);
  expect(segments.at(-1)?.last).toBe(11);
  await node.engine.stop();
});

test('by default a segment holds what a download and an Explain can bear', async () => {
  const { node, shard } = await oneShard(1);
  await views(node, 1);
  const { log } = node.engine.runtime;
  const bytes = new Uint8Array(LIMITS.segmentBytesMax / 4);
  bytes.set((await log.get(0, 2)) as Uint8Array);
  log.read = async () => Array.from({ length: 9 }, (_, n) => ({ sequence: n + 1, bytes }));
  const stored = { counter: 0, checkpoint: { sequence: 9, epoch: 1 } };
  const source = { id: 0, runtime: node.engine.runtime, outbox: shard.outbox, stored };
  expect(await archiveShard(source, TUESDAY + 60_000)).toBe(4);
});
