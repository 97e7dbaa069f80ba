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
  const kinds = new Set<string>();
  const owners = new Set<string>();
  for (const seed of [1, 2, 3, 4, 5]) {
    const { journal } = await new SimWorld(seed, {
      ...{ requests: REQUESTS, traceMax: 1_000_000, isDeployed: false },
    }).run();
    faults.push(...journal.trace);
    attempts.push(...journal.pushes.map((push) => push.attempt));
    expect(journal.forgotten.length + journal.levels.length + journal.landings.length).toBeGreaterThan(0);
    for (const fact of journal.landed.flat().flatMap((record) => record.facts)) {
      kinds.add(fact.kind);
      if (fact.kind === 'fence') owners.add(fact.node[0] ?? '');
      if (fact.kind === 'adopted' && fact.edition === 'core') revisions.add(fact.version);
    }
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
    /erasure \d+ of .* erased/,
    /email forgets/,
    /the ad platform forgets/,
    /list at .* not served/,
  ])
    expect(
      faults.some((line) => wanted.test(line)),
      String(wanted),
    ).toBe(true);
  expect(Math.max(...attempts)).toBeGreaterThan(1);
  expect([...revisions].sort()).toEqual(['1', '2']);
  // Shards go from node to node, and whatever can become of a customer does.
  expect([...owners].sort()).toEqual(['a', 'b']);
  expect([...kinds]).toEqual(
    expect.arrayContaining([
      ...['absorb-in', 'unlinked', 'restored', 'erased', 'silenced', 'audience-left', 'token-spent'],
      ...['provisional', 'redirected', 'device-moved', 'key-released'],
    ]),
  );
}, 180_000);
