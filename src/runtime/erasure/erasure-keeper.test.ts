/** When an erasure is over: what it waits for, what it does not, and what is said where it is late. */
import { afterEach, expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { INTERVALS } from '../../config/limits.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { decideFor, desk } from '../delivery/mail-desk.fixture.ts';
import { emptyStores, event, type Node, product, startNode, TUESDAY } from '../engine.fixture.ts';
import { archiveShard } from '../shard/archiver.ts';
import { writeImage } from '../shard/write-image.ts';

const ANNA = { kind: 'crm', value: 'anna' };
const BERTA = { kind: 'crm', value: 'berta' };
const BOUNDS = { beatMs: 60_000 };

let node: Node;
afterEach(() => node.engine.stop());

const viewed = (...identifiers: (typeof ANNA)[]) =>
  event('Product Viewed', node.clock.now() - 5, { identifiers, products: [product('coat')] });

async function erase(key: typeof ANNA): Promise<void> {
  const asked = node.gateway.erase({ identifiers: [key] }, '');
  let isOver = false;
  void asked.finally(() => {
    isOver = true;
  });
  for (let ms = 0; !isOver && ms < 60_000; ms += 250) await node.advanceTo(node.clock.now() + 250);
  expect(await asked).toMatchObject({ kind: 'erased' });
}

async function days(count: number): Promise<void> {
  for (let day = 0; day < count; day++) {
    await node.advanceTo(node.clock.now() + DAY_MS);
    await node.publish(viewed(BERTA));
  }
  await node.advanceTo(node.clock.now() + 180_000);
}

const pending = () => node.engine.runtime.erasures.pending.length;

test('it is over once no file of the log has their records, later ones go elsewhere, and the profiles are stored anew', async () => {
  node = await startNode(emptyStores(), { bounds: BOUNDS });
  const { log, snapshots } = node.engine.runtime;
  const done: string[] = [];
  let isHeld = true;
  log.holds = async () => isHeld;
  log.seal = async () => void done.push('seal');
  snapshots.rewrite = async () => void done.push('rewrite');
  await node.publish(viewed(ANNA));
  await erase(ANNA);
  await node.advanceTo(node.clock.now() + 120_000);
  expect(done).toEqual(['seal']);
  await days(3);
  expect([pending(), done]).toEqual([1, ['seal', 'rewrite']]);
  isHeld = false;
  await node.advanceTo(node.clock.now() + 120_000);
  expect(pending()).toBe(0);
  // Somebody else the next day: a log file a day, the profiles once a week.
  await erase(BERTA);
  await days(3);
  expect([pending(), done]).toEqual([1, ['seal', 'rewrite', 'seal']]);
  await days(INTERVALS.stateRewriteEveryMs / DAY_MS);
  expect([pending(), done]).toEqual([0, ['seal', 'rewrite', 'seal', 'rewrite']]);
  expect(node.counts.get('attune_state_rewrites_total')).toBe(2);
  expect(node.faults).toEqual([]);
});

test('where a store keeps nothing of what was dropped, one erasure waits for no other', async () => {
  node = await startNode(emptyStores(), { bounds: BOUNDS });
  await node.publish(viewed(ANNA));
  await erase(ANNA);
  await days(3);
  expect(pending()).toBe(0);
  await erase(BERTA);
  await days(3);
  expect([pending(), node.counts.get('attune_state_rewrites_total')]).toEqual([0, undefined]);
});

test('profiles that cannot be stored anew are told once and tried again; it is not over before', async () => {
  node = await startNode(emptyStores(), { bounds: BOUNDS });
  let tries = 0;
  node.engine.runtime.snapshots.rewrite = async () => {
    if (++tries < 4) throw new Error('the disk is full');
  };
  await node.publish(viewed(ANNA));
  await erase(ANNA);
  await days(2);
  await node.advanceTo(node.clock.now() + 600_000);
  expect([tries, pending()]).toEqual([4, 0]);
  expect(node.faults).toEqual([expect.stringContaining('the disk is full')]);
});

test('a shard in which nothing happens lets go of the image from before', async () => {
  const stores = emptyStores();
  node = await startNode(stores, { bounds: BOUNDS });
  await node.publish(viewed(ANNA));
  const { hash } = addresseeOf(ANNA.kind, ANNA.value);
  const shard = node.engine.shardOf(hash);
  const images = async (): Promise<string> => {
    await shard.writer.flush();
    await writeImage(shard, node.clock.now());
    return JSON.stringify(
      [...(stores.images.get(shard.id) ?? [])].map(({ rows }) => rows.map(({ id }) => id)),
    );
  };
  const { id } = addresseeOf(ANNA.kind, ANNA.value);
  expect(await images()).toContain(id);
  await erase(ANNA);
  await images();
  await days(3);
  expect(pending()).toBe(1);
  await node.advanceTo(node.clock.now() + 1_000);
  expect(await images()).not.toContain(id);
  await node.advanceTo(node.clock.now() + 180_000);
  expect(pending()).toBe(0);
});

test('of several nodes only the one that serves shard 0 does what is left', async () => {
  node = await startNode(emptyStores(), { bounds: BOUNDS });
  const { log } = node.engine.runtime;
  let sealed = 0;
  log.seal = async () => void sealed++;
  await node.publish(viewed(ANNA));
  await erase(ANNA);
  const [first] = node.engine.shards;
  const { hash } = addresseeOf(ANNA.kind, ANNA.value);
  expect(node.engine.shardOf(hash)).not.toBe(first);
  first?.lose('another node serves it');
  await days(3);
  expect([sealed, pending(), node.gauges.get('attune_erasures_pending')]).toEqual([0, 1, 1]);
  await first?.open();
  await days(1);
  expect([sealed, pending()]).toEqual([1, 0]);
});

test('one that is late is told once, with what it waits for', async () => {
  node = await startNode(emptyStores(), { bounds: BOUNDS });
  node.engine.runtime.log.holds = async () => true;
  await node.publish(viewed(ANNA));
  await erase(ANNA);
  await days(29);
  expect(node.faults).toEqual([]);
  await days(3);
  expect(node.faults).toEqual([
    expect.stringMatching(/^erasure \S+ was to be complete by \S+, and is not: a log file/),
  ]);
});

test('a channel system that is away for a month is asked no more, and the erasure is over without its answer', async () => {
  const open = await desk(1_000);
  ({ node } = open);
  await decideFor(node, 1);
  open.session.close();
  await erase({ kind: 'loyalty', value: 'C1' });
  await days(29);
  expect(pending()).toBe(1);
  const ids = () => node.engine.runtime.erasures.pending.flatMap(({ actors }) => actors.map(({ id }) => id));
  expect(ids().some((id) => id !== '')).toBe(true);
  await days(2);
  expect(pending()).toBe(0);
});

test('an open dispatch of somebody else does not hold the log back then, and is handed over all the same', async () => {
  const stores = emptyStores();
  const first = await desk(1_000, stores);
  first.session.close();
  await decideFor(first.node, 1);
  const shard = first.node.engine.shards[0] as (typeof first.node.engine.shards)[number];
  const seq = shard.outbox.oldest;
  expect([seq > 0, shard.outbox.size]).toEqual([true, 1]);
  await shard.writer.flush();
  const { log } = first.node.engine.runtime;
  const later = TUESDAY + 3_600_000;
  await archiveShard(shard, later, undefined, 60_000);
  expect((await log.bounds(0)).first).toBeLessThanOrEqual(seq);
  await archiveShard(shard, later, undefined, 60_000, true);
  expect((await log.bounds(0)).first).toBeGreaterThan(seq);
  await first.node.engine.stop();
  const again = await desk(1_000, stores);
  ({ node } = again);
  await node.advanceTo(node.clock.now() + 180_000);
  expect(new Set(again.delivered.map(({ dispatchId }) => dispatchId)).size).toBe(1);
  expect(node.faults).toEqual([]);
});

test('while somebody is to be forgotten the engine presses', async () => {
  const stores = emptyStores();
  const open = await desk(1_000, stores);
  ({ node } = open);
  open.session.close();
  await decideFor(node, 1);
  const [shard] = node.engine.shards;
  const seq = shard?.outbox.oldest ?? 0;
  // For as long as its log is looked at nothing takes it, withdraws it or lets it end.
  Object.defineProperty(shard?.outbox, 'oldest', { value: seq });
  await days(2);
  const { log } = node.engine.runtime;
  expect((await log.bounds(0)).first).toBeLessThanOrEqual(seq);
  await erase(ANNA);
  await days(1);
  expect((await log.bounds(0)).first).toBeGreaterThan(seq);
});

test('records that stand in two segments, since a crash came between archive and trim, are blanked in both', async () => {
  const stores = emptyStores();
  node = await startNode(stores, { bounds: { ...BOUNDS, shards: 1 } });
  await node.publish(viewed(ANNA));
  const shard = node.engine.shards[0] as (typeof node.engine.shards)[number];
  await shard.writer.flush();
  const { archive, log } = node.engine.runtime;
  const [first, later] = [(await log.bounds(0)).last, 3];
  for (let n = 0; n < later; n++) await node.publish(viewed(BERTA));
  const { last } = await log.bounds(0);
  const span = { from: TUESDAY, to: TUESDAY + 1 };
  await archive.write(0, await log.read(0, 1, first), span);
  await archive.write(0, await log.read(0, 1, last), span);
  await shard.writer.flush();
  await log.trim(0, last);
  const written: string[] = [];
  const write = archive.write.bind(archive);
  archive.write = (id, records, of) => {
    written.push(records.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join());
    return write(id, records, of);
  };
  await erase(ANNA);
  await days(3);
  expect(pending()).toBe(0);
  expect((await archive.segments(0)).slice(0, 2).map((one) => [one.first, one.last])).toEqual([
    [1, first],
    [1, last],
  ]);
  // Each of them was written again, without a word of theirs.
  expect(written.slice(0, 2).map((text) => text.includes('anna'))).toEqual([false, false]);
  const all = [...stores.archive.values()].flat();
  expect(
    JSON.stringify(all, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    ),
  ).not.toContain('anna');
});
