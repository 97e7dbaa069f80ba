/** That damage in the hot log holds up neither the records behind it nor other shards. */
import { expect, test } from 'vitest';
import { damageOfRecord } from '../../codec/stored/damaged-record.ts';
import { LIMITS } from '../../config/limits.ts';
import { PortError } from '../../port/port-error.ts';
import { emptyStores, event, type Node, startNode, TUESDAY } from '../engine.fixture.ts';
import { archiveShard } from './archiver.ts';
import type { Shard } from './shard.ts';

const RECORDS = 30;

/** A node of one shard with records that are old, of which those in `damaged` cannot be read. */
async function withDamage(damaged: readonly number[]): Promise<{ node: Node; shard: Shard; told: string[] }> {
  const node = await startNode(emptyStores(), { bounds: { shards: 1, hotMs: 60_000 } });
  const shard = node.engine.shards[0] as Shard;
  for (let n = 0; n < RECORDS; n++) await node.publish(event('Page Viewed', TUESDAY - RECORDS + n));
  await shard.writer.flush();
  const { log, observer } = node.engine.runtime;
  const [get, read] = [log.get.bind(log), log.read.bind(log)];
  const fail = (sequence: number): never => {
    throw new PortError('corrupt', `record ${sequence} does not match its checksum`);
  };
  log.get = async (id, sequence) => (damaged.includes(sequence) ? fail(sequence) : get(id, sequence));
  log.read = async (id, from, limit) => {
    const records = await read(id, from, limit);
    const first = records.find(({ sequence }) => damaged.includes(sequence));
    return first === undefined ? records : fail(first.sequence);
  };
  log.salvage = async (_, sequence) => Uint8Array.of(7, sequence);
  const told: string[] = [];
  observer.fault = (sentence) => void told.push(sentence);
  return { node, shard, told };
}

test('a damaged record is set aside in its place, told once, and those behind it are archived', async () => {
  const { node, shard, told } = await withDamage([1, 2, 9, RECORDS]);
  const { archive, log } = node.engine.runtime;
  const later = TUESDAY + 3_600_000;
  let moved = 0;
  for (let n = 1; n > 0; moved += n) n = await archiveShard(shard, later);
  const { last } = await log.bounds(0);
  expect(moved).toBe(last);
  expect(await log.bounds(0)).toEqual({ first: last + 1, last });
  const records = await archive.read(0, 1, 1_000);
  expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: last }, (_, n) => n + 1));
  for (const { sequence, bytes } of records) {
    const hasDamage = [1, 2, 9, RECORDS].includes(sequence);
    const sentence = hasDamage ? `record ${sequence} does not match its checksum` : undefined;
    expect(damageOfRecord(bytes)).toBe(sentence);
    if (hasDamage) expect([...bytes.slice(-2)]).toEqual([7, sequence]);
  }
  expect(told).toHaveLength(4);
  expect(node.counts.get('attune_records_set_aside_total')).toBe(4);
  expect(told[0]).toBe(
    'shard 0: a damaged record was set aside in the archive: record 1: record 1 does not match its checksum',
  );
  await node.engine.stop();
});

test('a damaged record waits until the whole one behind it is old', async () => {
  const { node, shard } = await withDamage([3]);
  expect(await archiveShard(shard, TUESDAY - RECORDS + 60_000 - 3_600_000)).toBe(0);
  await node.engine.stop();
});

test('more damaged records in a row than a place on a disk explains are left where they are, and that is told', async () => {
  const run = Array.from({ length: LIMITS.damagedInARowMax + 1 }, (_, n) => 4 + n);
  const { node, shard } = await withDamage(run);
  const later = TUESDAY + 3_600_000;
  expect(await archiveShard(shard, later)).toBe(3);
  await expect(archiveShard(shard, later)).rejects.toThrow(
    `record ${run.at(-1)} does not match its checksum`,
  );
  expect((await node.engine.runtime.log.bounds(0)).first).toBe(4);
  await node.engine.stop();
});

test('a shard that cannot be archived degrades health, is told once, and does not hold up the others', async () => {
  const node = await startNode(emptyStores(), { bounds: { shards: 2, hotMs: 60_000 } });
  const { archive, observer } = node.engine.runtime;
  const told: string[] = [];
  observer.fault = (sentence) => void told.push(sentence);
  const write = archive.write.bind(archive);
  archive.write = (shard, records, span) =>
    shard === 0 ? Promise.reject(new PortError('unavailable', 'no')) : write(shard, records, span);
  for (let n = 0; n < 20; n++)
    await node.publish(event('Page Viewed', TUESDAY, { identifiers: [{ kind: 'loyalty', value: `C${n}` }] }));
  for (const shard of node.engine.shards) await shard.writer.flush();
  for (let hour = 1; hour <= 3; hour++) await node.advanceTo(TUESDAY + hour * 3_600_000);
  expect([...node.engine.unarchived]).toEqual([0]);
  expect((await archive.segments(1)).length).toBeGreaterThan(0);
  expect(told).toEqual(['shard 0: its old records cannot be archived']);
  archive.write = write;
  for (let hour = 4; hour <= 6; hour++) await node.advanceTo(TUESDAY + hour * 3_600_000);
  expect(node.engine.unarchived.size).toBe(0);
  expect((await archive.segments(0)).length).toBeGreaterThan(0);
  await node.engine.stop();
});
