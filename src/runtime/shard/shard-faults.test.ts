import { expect, test } from 'vitest';
import type { CustomerId } from '../../base/brand.ts';
import { INTERVALS } from '../../config/limits.ts';
import { PortError } from '../../port/port-error.ts';
import type { Scorer } from '../../port/scorer.ts';
import type { Snapshot } from '../../port/snapshot-store.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  product,
  type Stores,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';
import { writeImage } from './write-image.ts';

const anna = (value: string) => ({ identifiers: [{ kind: 'loyalty', value }] });

const PEOPLE = ['L1', 'L2', 'L3'];

/** Three customers who are saved, one of them in bytes that cannot be read. */
async function damaged(stores: Stores, options: { readonly trimmed?: boolean } = {}): Promise<string> {
  const first = await startNode(stores);
  for (const who of PEOPLE)
    await first.publish(event('Product Viewed', TUESDAY - 1000, { ...anna(who), products: [product('p1')] }));
  await first.engine.stop();
  if (options.trimmed === true)
    for (const shard of first.engine.shards) await first.engine.runtime.log.trim(shard.id, shard.sequence);
  for (const { rows } of stores.snapshots.values()) {
    const [id, row] = rows.entries().next().value ?? [];
    if (id === undefined || row === undefined) continue;
    rows.set(id, { ...row, bytes: row.bytes.slice(0, 20) });
    return id;
  }
  throw new Error('Nobody is saved.');
}

const decided = (node: Node) =>
  Promise.all(PEOPLE.map((who) => node.decide(decideInput(`r-${who}`, anna(who)))));

test('a customer whose snapshot is damaged is rebuilt from the log, told, served, and saved anew', async () => {
  const stores = emptyStores();
  const id = await damaged(stores);
  const node = await startNode(stores, { now: TUESDAY + 1000 });
  expect((await decided(node)).map(({ kind }) => kind)).toEqual(['decided', 'decided', 'decided']);
  expect(node.faults).toEqual([
    expect.stringMatching(
      /^shard \d: a snapshot is damaged; its customer is rebuilt from image, archive and log: /,
    ),
  ]);
  expect(node.counts.get('attune_snapshots_rebuilt_total')).toBe(1);
  expect(await node.read({ customerId: id as CustomerId }, ({ viewed }) => viewed.length)).toBe(1);
  await node.engine.stop();
  const again = await startNode(stores, { now: TUESDAY + 2000 });
  await decided(again);
  expect(again.faults).toEqual([]);
  await again.engine.stop();
});

test('one whose records are gone is rebuilt from an image, which is told when it is damaged too', async () => {
  const stores = emptyStores();
  const first = await startNode(stores);
  for (const who of PEOPLE)
    await first.publish(event('Product Viewed', TUESDAY - 1000, { ...anna(who), products: [product('p1')] }));
  for (const shard of first.engine.shards) {
    await shard.writer.flush();
    await writeImage(shard, TUESDAY);
    await first.engine.runtime.log.trim(shard.id, shard.sequence);
  }
  await first.engine.stop();
  const [shard, found] = [...stores.snapshots].find(([, { rows }]) => rows.size > 0) ?? [];
  const rows = found?.rows;
  const [id, row] = rows?.entries().next().value ?? [];
  if (id === undefined || row === undefined || shard === undefined) throw new Error('Nobody is saved.');
  rows?.set(id, { ...row, bytes: row.bytes.slice(0, 20) });
  const node = await startNode(stores, { now: TUESDAY + 1000 });
  expect((await decided(node)).map(({ kind }) => kind)).toEqual(['decided', 'decided', 'decided']);
  await node.engine.stop();
  const held = stores.snapshots.get(shard)?.rows.get(id);
  if (held !== undefined)
    stores.snapshots.get(shard)?.rows.set(id, { ...held, bytes: held.bytes.slice(0, 20) });
  for (const image of stores.images.get(shard) ?? []) image.hasDamage = true;
  const again = await startNode(stores, { now: TUESDAY + 2000 });
  expect((await decided(again)).filter(({ kind }) => kind === 'refused')).toHaveLength(1);
  expect([...(again.engine.shards[shard]?.actors.quarantined ?? [])]).toEqual([id]);
  expect(again.counts.get('attune_images_damaged_total')).toBe(1);
  await again.engine.stop();
});

test('a damaged snapshot that nothing can replace costs one customer, who is quarantined: everybody else is served', async () => {
  const stores = emptyStores();
  const id = await damaged(stores, { trimmed: true });
  const node = await startNode(stores, { now: TUESDAY + 1000 });
  const refused = (await decided(node)).filter((outcome) => outcome.kind === 'refused');
  expect(refused.map((outcome) => outcome.code)).toEqual(['internal']);
  expect(node.faults.some((fault) => fault.includes(`customer ${id} is quarantined`))).toBe(true);
  await node.engine.stop();
});

test('an image finds the damage of those who are not asked for, has them rebuilt, and is whole the next time', async () => {
  const stores = emptyStores();
  await damaged(stores);
  const node = await startNode(stores, { now: TUESDAY + 1000 });
  const { images, snapshots } = node.engine.runtime;
  // As a store that seals its rows.
  const { scan, get } = snapshots;
  const sealed = (bytes: Uint8Array | undefined): void => {
    if (bytes?.length === 20) throw new PortError('corrupt', 'a row is damaged');
  };
  snapshots.scan = async (...args) => {
    const rows = await scan.apply(snapshots, args);
    for (const { bytes } of rows) sealed(bytes);
    return rows;
  };
  snapshots.get = (...args) => {
    const row = get.apply(snapshots, args) as Snapshot | undefined;
    sealed(row?.bytes);
    return row;
  };
  snapshots.ids = async (...args) => (await scan.apply(snapshots, args)).map(({ id }) => id);
  const written = await Promise.allSettled(
    node.engine.shards.map((shard) => writeImage(shard, TUESDAY + 1000)),
  );
  expect(written.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  await node.advanceTo(TUESDAY + 2000);
  for (const shard of node.engine.shards) {
    await shard.writer.flush();
    await writeImage(shard, TUESDAY + 2000);
    const [image] = await images.list(shard.id);
    if (image !== undefined) await images.check(image);
  }
  expect([...stores.images.values()].flatMap(([image]) => image?.rows ?? [])).toHaveLength(3);
  await node.engine.stop();
});

test('a log that lacks what the checkpoint has is not served, and nothing is written to it', async () => {
  const stores = emptyStores();
  const first = await startNode(stores, { bounds: { shards: 1 } });
  await first.publish(event('Product Viewed', TUESDAY - 1000, { products: [product('p1')] }));
  await first.engine.stop();
  const { checkpoint } = await first.engine.runtime.snapshots.load(0);
  const lost = { ...emptyStores(), snapshots: stores.snapshots };
  await expect(startNode(lost, { bounds: { shards: 1 }, now: TUESDAY + 1000 })).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining(
      `shard 0: its log ends at record 0, and its checkpoint is of record ${checkpoint?.sequence}`,
    ),
  });
  expect([...lost.log.values()].every(({ records }) => records.length === 0)).toBe(true);
});

test('a turn that breaks off as a whole refuses its requests, and the shard goes on with what the log holds', async () => {
  const node = await startNode(emptyStores());
  await node.publish(event('Product Viewed', TUESDAY - 1000, { products: [product('p1')] }));
  const { runtime } = node.engine;
  const sound = runtime.scorer;
  let reads = 0;
  const info: Scorer['info'] = {
    ...sound.info,
    // Read by the tick first, then by the shard's turn: no request of the turn explains this fault.
    get version(): string {
      if (++reads === 2) throw new Error('the card is gone');
      return sound.info.version;
    },
  };
  runtime.scorer = { info, run: (rows, count) => sound.run(rows, count), close: () => sound.close() };
  const first = await node.decide(decideInput('r1'));
  expect(first).toMatchObject({ kind: 'refused', code: 'internal' });
  const again = await node.decide(decideInput('r1'));
  expect(again.kind).toBe('decided');
  const profile = await node.read(
    { identifiers: [{ kind: 'loyalty', value: 'L1' }] },
    (seen) => seen.viewed.length,
  );
  expect(profile).toBe(1);
  expect(node.faults.some((fault) => fault.includes('a turn broke off'))).toBe(true);
  await node.engine.stop();
});

test('an append that fails refuses its own shard’s requests, and the rest of its tick is served', async () => {
  const node = await startNode(emptyStores());
  const { log } = node.engine.runtime;
  const appendAll = log.appendAll.bind(log);
  let failing = 1;
  log.appendAll = (group, settled) => {
    const lost = group.length > 1 ? failing-- : 0;
    appendAll(group, (at, fault) =>
      settled(at, at === 0 && lost > 0 ? new PortError('full', 'full') : fault),
    );
  };
  const outcomes = await Promise.all(
    ['L1', 'L2', 'L3', 'L4', 'L5', 'L6'].map((who) => node.decide(decideInput(`r-${who}`, anna(who)))),
  );
  expect(failing).toBeLessThan(1);
  const refused = outcomes.filter((outcome) => outcome.kind === 'refused');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(outcomes.length);
  expect(refused.every((outcome) => outcome.code === 'exhausted')).toBe(true);
  await node.engine.stop();
});

test('a log that throws at once has failed like one that rejects', async () => {
  const node = await startNode(emptyStores());
  const { log } = node.engine.runtime;
  const appendAll = log.appendAll.bind(log);
  log.appendAll = () => {
    log.appendAll = appendAll;
    throw new Error('the log is gone');
  };
  expect(await node.decide(decideInput('r1'))).toMatchObject({ kind: 'refused', code: 'unavailable' });
  expect((await node.decide(decideInput('r1'))).kind).toBe('decided');
  await node.engine.stop();
});

test('a turn whose telling breaks off has given its answers, once, and its shard goes on', async () => {
  const node = await startNode(emptyStores());
  const { watchers } = node.engine.runtime;
  const changed = watchers.changed.bind(watchers);
  watchers.changed = () => {
    watchers.changed = changed;
    throw new Error('a watcher is broken');
  };
  expect((await node.decide(decideInput('r1'))).kind).toBe('decided');
  expect(await node.decide(decideInput('r1'))).toMatchObject({ kind: 'decided', repeated: true });
  expect(node.faults.some((fault) => fault.includes('a turn broke off'))).toBe(true);
  await node.engine.stop();
});

test('what a beat throws for one shard is told, and the others have theirs', async () => {
  const node = await startNode(emptyStores(), { bounds: { beatMs: 1_000 } });
  const beats: number[] = [];
  for (const { id, writer } of node.engine.shards)
    writer.beat = () => {
      beats.push(id);
      if (id === 0) throw new Error('a bug');
    };
  node.clock.advanceTo(node.clock.now() + 1_000);
  node.clock.advanceTo(node.clock.now() + 1_000);
  expect(beats).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  expect(node.faults).toEqual(Array(2).fill('shard 0: what time brings could not be done: Error: a bug'));
  await node.engine.stop();
});

test('a full log refuses at once with a delay, loses nothing, and goes on when there is room', async () => {
  const stores = emptyStores();
  const node = await startNode(stores, { bounds: { shards: 1 } });
  const view = (n: number) => event('Product Viewed', TUESDAY - 10 + n, { products: [product(`p${n}`)] });
  const viewed = (at: typeof node) =>
    at.read(anna('L1'), (profile) => profile.viewed.toArray().map(({ productId }) => productId));
  await node.publish(view(0));
  const { log } = node.engine.runtime;
  const append = log.append.bind(log);
  const full = new PortError('full', 'the disk is full');
  const taken = new Promise<() => void>((resolve) => {
    log.append = () => new Promise((_, reject) => resolve(() => reject(full)));
  });
  const refused = {
    ...{ kind: 'refused', code: 'exhausted', retryAfterMs: INTERVALS.fullRetryDelayMs },
    message: expect.stringContaining('the log is full'),
  };
  const events = [view(1), view(2)] as const;
  const first = node.publish(events[0]);
  const fails = await taken;
  // It waits behind the append, and then for a recovery that finds no room for its fence.
  const second = node.publish(events[1]);
  log.append = () => Promise.reject(full);
  fails();
  expect(await Promise.all([first, second])).toMatchObject([refused, refused]);
  expect(await node.publish(event('Order Completed', TUESDAY))).toMatchObject(refused);
  expect(await node.decide(decideInput('r1'))).toMatchObject(refused);
  expect(await viewed(node)).toMatchObject(refused);
  // The fence is tried again and again, and finds no room.
  const recoveries = () => node.faults.filter((fault) => fault.includes('recovery failed')).length;
  for (let tried = recoveries(); tried < 4; tried++) {
    node.clock.advanceTo(node.clock.now() + 10_000);
    while (recoveries() === tried) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(await node.publish(events[0])).toMatchObject(refused);
  log.append = append;
  node.clock.advanceTo(node.clock.now() + 10_000);
  await node.advanceTo(node.clock.now());
  expect(await viewed(node)).toEqual(['p0']);
  for (const again of events) expect(await node.publish(again)).toEqual({ kind: 'accepted' });
  expect((await node.decide(decideInput('r1'))).kind).toBe('decided');
  await node.engine.stop();
  const restarted = await startNode(stores, { bounds: { shards: 1 } });
  expect(await viewed(restarted)).toEqual(['p0', 'p1', 'p2']);
  await restarted.engine.stop();
});
