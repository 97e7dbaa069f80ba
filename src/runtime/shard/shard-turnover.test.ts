/** A shard that changes hands or ends while something of it is under way. */
import { expect, test } from 'vitest';
import { decodeRecord } from '../../codec/stored/record-codec.ts';
import { PortError } from '../../port/port-error.ts';
import { decideInput, emptyStores, event, startNode, TUESDAY } from '../engine.fixture.ts';
import type { Shard } from './shard.ts';

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
}

test('lost and opened again while an append’s outcome is looked up, a shard begins with a clean turn', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds: { shards: 1 } });
  const shard = node.engine.shards[0] as Shard;
  const { log } = node.engine.runtime;
  const appendAll = log.appendAll.bind(log);
  const append = log.append.bind(log);
  let lookUp = (): void => {};
  log.appendAll = (_, settled) => {
    log.appendAll = appendAll;
    setImmediate(() => settled(0, new PortError('unavailable', 'nobody knows', { outcome: 'unknown' })));
  };
  log.append = (...args) => {
    log.append = append;
    return new Promise((resolve, reject) => {
      lookUp = () => void append(...args).then(resolve, reject);
    });
  };
  const first = node.decide(decideInput('d1'));
  await until(() => shard.phase === 'suspended');
  shard.lose('of a test');
  await shard.open();
  const second = node.decide(decideInput('d2'));
  expect(await second).toMatchObject({ kind: 'decided' });
  lookUp();
  expect(await first).toMatchObject({ kind: 'refused', code: 'unavailable' });
  const decided = (stores.log.get(0)?.records ?? [])
    .flatMap((bytes) => decodeRecord(bytes).facts)
    .flatMap((fact) => (fact.kind === 'decision' ? [fact.requestId] : []));
  expect(decided).toEqual(['d2']);
  await node.engine.stop();
});

test('a turn that begins while a closing shard saves is finished first', async () => {
  const node = await startNode(emptyStores(), { bounds: { shards: 1 } });
  const shard = node.engine.shards[0] as Shard;
  const { log, snapshots } = node.engine.runtime;
  const view = () => node.publish(event('Page Viewed', TUESDAY - 1_000));
  await view();
  const checkpoint = snapshots.checkpoint.bind(snapshots);
  let save: (() => void) | undefined;
  snapshots.checkpoint = (...args) =>
    new Promise((resolve, reject) => {
      save = () => void checkpoint(...args).then(resolve, reject);
    });
  const stopped = node.engine.stop();
  await until(() => save !== undefined);
  const appendAll = log.appendAll.bind(log);
  let land: (() => void) | undefined;
  log.appendAll = (group, settled) => {
    land = () => appendAll(group, settled);
  };
  const second = view();
  await until(() => land !== undefined);
  save?.();
  for (let n = 0; n < 10; n++) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(shard.phase).toBe('appending');
  land?.();
  await stopped;
  expect([await second, shard.phase]).toEqual([{ kind: 'accepted' }, 'closed']);
});

test('a shard that was fenced by us and then failed to open recovers in spite of older fences', async () => {
  const stores = emptyStores();
  const other = await startNode(stores, { bounds: { shards: 1 }, node: 'b' });
  await other.publish(event('Page Viewed', TUESDAY - 1_000));
  await other.engine.stop();
  const node = await startNode(stores, { bounds: { shards: 1 }, now: TUESDAY + 1_000 });
  const shard = node.engine.shards[0] as Shard;
  shard.lose('of a test');
  const late = await startNode(stores, { bounds: { shards: 1 }, now: TUESDAY + 2_000, node: 'b' });
  late.engine.shards[0]?.lose('of a test');
  const { snapshots } = node.engine.runtime;
  const due = snapshots.due.bind(snapshots);
  snapshots.due = () => {
    snapshots.due = due;
    return Promise.reject(new PortError('unavailable', 'of a test'));
  };
  await expect(shard.open()).rejects.toMatchObject({ kind: 'unavailable' });
  await shard.recover();
  expect(shard.phase).toBe('idle');
  await node.engine.stop();
});
