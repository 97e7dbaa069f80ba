import { expect, test } from 'vitest';
import { runSeeds } from './run-seeds.ts';
import { SimWorld } from './world.ts';

/** Any number of others: `npm run -s sim -- --seeds 500`. One of them with all that happened: `--seed N`. */
const SEEDS = 24;
const REQUESTS = 200;

test('no law is broken in any world, and the same seed gives the same log', async () => {
  const { broken, hashStable, twice } = await runSeeds({ from: 1, seeds: SEEDS, requests: REQUESTS });
  expect(broken.map(({ seed, breaches }) => `seed ${seed}: ${breaches[0]}`)).toEqual([]);
  expect(twice).toBeGreaterThan(0);
  expect(hashStable).toBe(true);
}, 180_000);

test('a world is as bad as it should be: appends fail, shards are lost, snapshots vanish, channels are asked again', async () => {
  const faults: string[] = [];
  const attempts: number[] = [];
  const revisions = new Set<string>();
  for (const seed of [1, 2, 3, 4, 5]) {
    const { journal } = await new SimWorld(seed, { requests: REQUESTS, traceMax: 1_000_000 }).run();
    faults.push(...journal.trace);
    attempts.push(...journal.pushes.map((push) => push.attempt));
    for (const fact of journal.landed.flat().flatMap((record) => record.facts))
      if (fact.kind === 'adopted' && fact.edition === 'core') revisions.add(fact.version);
  }
  for (const wanted of [
    /dies$/,
    /stands still/,
    /meets lost/,
    /meets late/,
    /meets ack-lost/,
    /strays into/,
    /loses \d snapshot batches/,
    /loses all snapshots/,
    /another node fenced it/,
    /its lease ran out/,
    /repeats/,
    /refused already_exists/,
    /rebuilding from image, archive and log/,
    /the scorer was late 3 times in a row/,
    /the scorer is back in time/,
  ])
    expect(
      faults.some((line) => wanted.test(line)),
      String(wanted),
    ).toBe(true);
  expect(Math.max(...attempts)).toBeGreaterThan(1);
  expect([...revisions].sort()).toEqual(['1', '2']);
});
