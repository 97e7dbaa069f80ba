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
}, 400_000);

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
}, 400_000);

test('a deployment is as bad as it should be: shards are handed over, nodes taken for dead, questions lost, members away', async () => {
  const faults: string[] = [];
  const counts = { questions: 0, lost: 0, handoffs: 0 };
  const owners = new Set<string>();
  for (const seed of [3, 6, 9, 12]) {
    const { journal, deployment } = await new SimWorld(seed, {
      ...{ requests: REQUESTS, traceMax: 1_000_000 },
    }).run();
    faults.push(...journal.trace);
    for (const what of ['questions', 'lost', 'handoffs'] as const) counts[what] += deployment?.[what] ?? 0;
    for (const fact of journal.landed.flat().flatMap((record) => record.facts))
      if (fact.kind === 'fence') owners.add(fact.node[0] ?? '');
  }
  for (const wanted of [
    /stands still/,
    /dies$/,
    /leaves$/,
    /has left$/,
    /is told to drain/,
    /the store of members is away/,
    /cut: \d>\d$/,
    /cut: .*,/,
    /all snapshots are restored from before/,
    /has not been heard of for 3000 ms/,
    /it was taken for dead by another node/,
    /the map names another node/,
    /members.writeMap meets/,
    /log.append .* meets ack-lost/,
  ])
    expect(
      faults.some((line) => wanted.test(line)),
      String(wanted),
    ).toBe(true);
  expect([...owners].sort()).toEqual(['a', 'b', 'c']);
  expect(counts.questions).toBeGreaterThan(1_000);
  expect(counts.lost).toBeGreaterThan(50);
  expect(counts.handoffs).toBeGreaterThan(20);
}, 400_000);
