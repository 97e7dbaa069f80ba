import { expect, test } from 'vitest';
import { MemoryArchive } from '../adapter/memory/memory-archive.ts';
import { MemoryFactLog } from '../adapter/memory/memory-fact-log.ts';
import { type ImageStorage, MemoryImages } from '../adapter/memory/memory-images.ts';
import { scrubBeside } from './scrub-beside.ts';

test('what is damaged is told and counted while the service runs', async () => {
  const storage: ImageStorage = new Map();
  const images = new MemoryImages({ storage });
  for (const shard of [0, 1])
    await images.write({
      ...{ shard, generation: 1, sequence: 7, at: 0, state: new Uint8Array() },
      rows: (async function* () {})(),
    });
  for (const image of storage.get(1) ?? []) image.hasDamage = true;
  const told: string[] = [];
  const gauges: [string, number][] = [];
  let isDone: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    isDone = resolve;
  });
  const scrubbing = scrubBeside({ images, archive: new MemoryArchive(), log: new MemoryFactLog() }, 2, {
    count: () => {},
    time: () => {},
    info: () => {},
    gauge: (name, value) => void gauges.push([name, value]),
    fault: (sentence) => {
      told.push(sentence);
      isDone();
    },
  });
  await done;
  await scrubbing.end();
  expect(told).toEqual([expect.stringContaining('shard 1')]);
  expect(gauges).toEqual([['attune_damaged_places', 1]]);
});
