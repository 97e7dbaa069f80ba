import { expect, test } from 'vitest';
import { MemoryArchive } from '../adapter/memory/memory-archive.ts';
import { MemoryFactLog } from '../adapter/memory/memory-fact-log.ts';
import { type ImageStorage, MemoryImages } from '../adapter/memory/memory-images.ts';
import { encodeDamagedRecord } from '../codec/stored/damaged-record.ts';
import { encodeRecord } from '../codec/stored/record-codec.ts';
import { source } from '../port/images.contract.ts';
import { PortError } from '../port/port-error.ts';
import { type ScrubPace, scrub } from './scrub.ts';

const SHARDS = 2;
/** Of each shard; the archive has the first ones. */
const RECORDS = 600;
const ARCHIVED = 280;

const record = (shard: number, sequence: number): Uint8Array =>
  encodeRecord({ generation: 1, epoch: 1, batch: `${shard}/${sequence}`, at: sequence }, [
    { kind: 'fence', node: 'a', at: sequence },
  ]);

/** Stores with records of two shards; `bytesOf` says what is stored in place of a record. */
async function filled(bytesOf: (shard: number, sequence: number) => Uint8Array = record) {
  const storage: ImageStorage = new Map();
  const images = new MemoryImages({ storage });
  const [log, archive] = [new MemoryFactLog(), new MemoryArchive()];
  for (let shard = 0; shard < SHARDS; shard++) {
    await images.write({ ...source(RECORDS, 3), shard });
    for (let last = 0; last < RECORDS; last++) await log.append(shard, last, bytesOf(shard, last + 1));
    for (const [first, last] of [
      [1, 100],
      [101, ARCHIVED],
    ] as const)
      await archive.write(shard, await log.read(shard, first, last - first + 1), { from: first, to: last });
    await log.trim(shard, ARCHIVED);
  }
  return { storage, images, log, archive };
}

async function told(stores: Parameters<typeof scrub>[0], pace?: ScrubPace): Promise<string[]> {
  const sentences: string[] = [];
  await scrub(stores, SHARDS, (sentence) => void sentences.push(sentence), pace);
  return sentences;
}

test('of what is sound nothing is told, and every record and image is read', async () => {
  const stores = await filled();
  const seen = new Set<string>();
  let checked = 0;
  const { log, archive, images } = stores;
  const [readLog, readArchive, check] = [log.read, archive.read, images.check].map((each, i) =>
    each.bind([log, archive, images][i] as never),
  ) as [typeof log.read, typeof archive.read, typeof images.check];
  log.read = async (shard, from, limit) => noted(shard, await readLog(shard, from, limit));
  archive.read = async (shard, from, limit) => noted(shard, await readArchive(shard, from, limit));
  images.check = (image) => {
    checked++;
    return check(image);
  };
  const noted = <T extends readonly { readonly sequence: number }[]>(shard: number, records: T): T => {
    for (const { sequence } of records) seen.add(`${shard}/${sequence}`);
    return records;
  };
  expect(await told(stores)).toEqual([]);
  expect([seen.size, checked]).toEqual([SHARDS * RECORDS, SHARDS]);
});

test('records that cannot be read, that are none, and that were set aside are told with their shard, each place once', async () => {
  const setAside = encodeDamagedRecord('its checksum differs', new Uint8Array(0));
  const places = new Map([
    // The last of the archive, the first of the log, and one in the middle of a batch.
    [`0/${ARCHIVED}`, Buffer.from('nonsense')],
    [`1/${ARCHIVED + 1}`, setAside],
    ['1/500', record(1, 500).subarray(0, 20)],
  ]);
  const stores = await filled(
    (shard, sequence) => places.get(`${shard}/${sequence}`) ?? record(shard, sequence),
  );
  const { log } = stores;
  const [read, get] = [log.read.bind(log), log.get.bind(log)];
  const damaged = new PortError('corrupt', 'the log file 7 is damaged at byte 9');
  const isIn = (shard: number, from: number, count: number) =>
    shard === 0 && from <= 400 && from + count > 398;
  log.read = (shard, from, limit) =>
    isIn(shard, from, limit) ? Promise.reject(damaged) : read(shard, from, limit);
  log.get = (shard, sequence) => (isIn(shard, sequence, 1) ? Promise.reject(damaged) : get(shard, sequence));
  expect(await told(stores)).toEqual([
    expect.stringMatching(/^shard 0: /),
    // Two records in a row of one block say the same.
    'shard 0: the log file 7 is damaged at byte 9',
    'shard 1: a record was damaged and is set aside: its checksum differs',
    expect.stringMatching(/^shard 1: /),
  ]);
});

test('damaged images are told, and do not hide the records behind them', async () => {
  const stores = await filled((shard, sequence) =>
    shard === 1 && sequence === 1 ? Buffer.from('nonsense') : record(shard, sequence),
  );
  for (const image of stores.storage.get(0) ?? []) image.hasDamage = true;
  const sentences = await told(stores);
  expect(sentences).toHaveLength(2);
  expect(sentences[0]).toContain('shard 0');
  expect(sentences[1]).toMatch(/^shard 1: /);
});

test('a disk that does not answer ends the look with its fault: nothing is called damaged for it', async () => {
  const stores = await filled();
  const fault = new PortError('unavailable', 'the disk does not answer');
  stores.archive.read = () => Promise.reject(fault);
  const sentences: string[] = [];
  await expect(scrub(stores, SHARDS, (sentence) => void sentences.push(sentence))).rejects.toBe(fault);
  expect(sentences).toEqual([]);
});

test('a look that is no longer wanted ends behind the batch that it reads, whatever is left', async () => {
  const stores = await filled((shard) => (shard === 1 ? Buffer.from('nonsense') : record(0, 1)));
  let isWanted = true;
  const { log } = stores;
  const read = log.read.bind(log);
  log.read = (shard, from, limit) => {
    isWanted = false;
    return read(shard, from, limit);
  };
  expect(await told(stores, { isWanted: () => isWanted })).toEqual([]);
});
