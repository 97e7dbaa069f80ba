/** That `attune verify` finds what is not as it was decided, though every checksum is right: changed on copies of one directory. */
import { appendFileSync, cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seal, unseal } from '../adapter/lmdb/sealed-value.ts';
import { DAY_MS } from '../base/clock.ts';
import { runCommand } from '../cli/scratch-command.fixture.ts';
import { decodeProfile, encodeProfile } from '../codec/stored/profile-codec.ts';
import { decodeRecord, encodeRecord } from '../codec/stored/record-codec.ts';
import { CORE_REVISION } from '../core/core-revision.ts';
import { ROW_SCORED } from '../core/decide/candidate-columns.ts';
import { decisionId } from '../core/decide/decision-id.ts';
import type { DecisionFact, Fact } from '../core/fact/fact.ts';
import { decodePolicyFiles, encodePolicyFiles } from '../core/policy/policy-bytes.ts';
import type { Profile } from '../core/profile/profile.ts';
import { openDirectory, recordsOf } from '../node/open-directory.ts';
import { quietObserver } from '../node/quiet-observer.ts';
import type { Stores } from '../node/stores.ts';
import { type ScratchDirectory, scratchDirectory } from '../port/scratch-directory.fixture.ts';
import type { Snapshot } from '../port/snapshot-store.ts';
import { inLmdb, SCRATCH_SHARDS, writeScratchData } from './scratch-data.fixture.ts';
import type { Verified } from './verified.ts';
import { verifyDirectory, verifyStores } from './verify.ts';

let scratch: ScratchDirectory;
let sound: string;

beforeAll(async () => {
  scratch = scratchDirectory();
  sound = join(scratch.path, 'sound');
  await writeScratchData(sound);
});
afterAll(() => scratch.remove());

test('decisions under a policy that says how many buy come out again with that share', async () => {
  const [directory, policyDir] = [join(scratch.path, 'own-rate'), join(scratch.path, 'own-rate-policy')];
  cpSync('policies/starter', policyDir, { recursive: true });
  appendFileSync(join(policyDir, 'policy.yaml'), 'buys_per_week: 0.004\n');
  await writeScratchData(directory, { customers: 40, settings: { policyDir } });
  const verified = await verifyDirectory(directory);
  expect(verified.decisions).toBeGreaterThan(5);
  expect([verified.differences, verified.findings]).toEqual([[], []]);
  const shares = new Set<number>();
  await inStores(directory, async (stores) => {
    for await (const { bytes } of recordsOf(stores, 0)) {
      for (const fact of decodeRecord(bytes).facts)
        if (fact.kind === 'decision') for (const share of fact.record.rowP0) shares.add(share);
    }
  });
  expect([...shares]).toEqual([Math.fround(0.004)].map((share) => expect.closeTo(share, 6)));
});

function copy(name: string): string {
  const directory = join(scratch.path, name);
  cpSync(sound, directory, { recursive: true });
  return directory;
}

async function inStores<T>(directory: string, use: (stores: Stores) => Promise<T>): Promise<T> {
  const { stores } = await openDirectory(directory, quietObserver);
  try {
    return await use(stores);
  } finally {
    await stores.close();
  }
}

/** Changes a profile and stores it as the service would; returns whose it is, and the sequence that it stands at. */
function changeSnapshot(
  directory: string,
  change: (profile: Profile) => Profile,
  row: Partial<Snapshot> = {},
) {
  return inStores(directory, async ({ snapshots }) => {
    const [held] = await snapshots.scan(0, '', 1);
    if (held === undefined) throw new Error('there is no snapshot');
    const { counter } = await snapshots.load(0);
    const profile = change(decodeProfile(held.bytes));
    await snapshots.write(0, [{ ...held, id: profile.id, bytes: encodeProfile(profile), ...row }], counter);
    return { id: profile.id, seq: held.seq };
  });
}

/** Rewrites the segment with the first fact for which `change` gives another list of facts in its place. */
function changeFact(directory: string, change: (fact: Fact) => readonly Fact[] | undefined): Promise<string> {
  return inStores(directory, async ({ archive, generation }) => {
    for (const segment of await archive.segments(0)) {
      const records = await archive.read(0, segment.first, segment.last - segment.first + 1);
      for (const [at, { sequence, bytes }] of records.entries()) {
        const { header, facts } = decodeRecord(bytes);
        const index = facts.findIndex((fact) => change(structuredClone(fact)) !== undefined);
        if (index < 0) continue;
        const changed = facts.flatMap((fact, i) => (i === index ? (change(fact) ?? []) : [fact]));
        const record = { sequence, bytes: encodeRecord(header, changed) };
        await archive.write(0, records.with(at, record), segment);
        return decisionId({ generation, shard: 0, seq: sequence, index });
      }
    }
    throw new Error('there is no such fact');
  });
}

/** Changes the first decision among scored candidates. */
function changeDecision(directory: string, change: (fact: DecisionFact) => DecisionFact): Promise<string> {
  return changeFact(directory, (fact) =>
    fact.kind === 'decision' && fact.record.scoreRows > 0 ? [change(fact)] : undefined,
  );
}

test('a directory as it was left does not differ', async () => {
  const verified = await verifyDirectory(copy('untouched'));
  expect(verified).toMatchObject({ different: 0, incomplete: 0, differences: [] });
  expect(verified.decisions).toBeGreaterThan(5);
  expect(verified.snapshots).toBe(verified.customers);
  expect(verified.snapshots).toBeGreaterThan(5);
});

test('a profile that is not the fold is found, with whose it is and the record it stands at', async () => {
  const directory = copy('snapshot');
  const { id, seq } = await changeSnapshot(directory, (profile) => ({
    ...profile,
    createdAt: profile.createdAt + 1,
  }));
  const { different, differences } = await verifyDirectory(directory);
  expect(different).toBe(1);
  expect(differences[0]).toMatch(
    new RegExp(
      `^customer ${id}: the snapshot at record ${seq} .* is not the fold \\(createdAt: \\S+ stored, \\S+ folded\\)$`,
    ),
  );
});

test('a profile of somebody of whom there is no fact is found', async () => {
  const directory = copy('stranger');
  const id = 'AAAAAAAAAAAAAAAAAAAAAA' as Profile['id'];
  await changeSnapshot(directory, (profile) => ({ ...profile, id }));
  expect((await verifyDirectory(directory)).differences).toEqual([
    `customer ${id}: there is a snapshot, but no fact of theirs in shard 0`,
  ]);
});

test('a propensity that was not drawn with is found, by the command with exit code 1', async () => {
  const directory = copy('propensity');
  const id = await changeDecision(directory, (fact) => ({
    ...fact,
    choices: fact.choices.map((choice) => ({ ...choice, propensity: choice.propensity / 2 })),
  }));
  const { code, stdout } = await runCommand(['verify', directory]);
  expect(code).toBe(1);
  expect(stdout).toContain('1 differ:');
  expect(stdout).toMatch(
    new RegExp(
      `decision ${id} of customer \\S+: derived again, its bytes differ \\(choices\\[0\\]\\.propensity: \\S+ became \\S+\\)`,
    ),
  );
});

test('a candidate that was another one is found, with its row and column', async () => {
  const directory = copy('candidate');
  const id = await changeDecision(directory, (fact) => {
    const { columns } = fact.record;
    const scored = columns.stage.subarray(0, columns.count).lastIndexOf(ROW_SCORED);
    columns.ev[scored] = 1_000;
    return fact;
  });
  const { different, differences } = await verifyDirectory(directory);
  expect(different).toBe(1);
  expect(differences[0]).toMatch(
    new RegExp(`^decision ${id} .*its bytes differ \\(record\\.columns\\.ev\\[\\d+\\]: 1000 became `),
  );
});

test('an outcome that says something else than what followed is found, with its stage and what differs', async () => {
  const directory = join(scratch.path, 'outcome');
  await writeScratchData(directory, { days: 2, customers: 50 });
  const before = await verifyDirectory(directory);
  expect(before).toMatchObject({ different: 0 });
  expect(before.outcomes).toBeGreaterThan(10);
  await changeFact(directory, (fact) =>
    fact.kind === 'outcome' && fact.candidates.length > 1
      ? [{ ...fact, candidates: fact.candidates.map((each) => ({ ...each, reach: 0.75 })) }]
      : undefined,
  );
  const { differences } = await verifyDirectory(directory);
  expect(differences).toEqual([
    expect.stringMatching(
      /^the click outcome at record \d+ of customer \S+: derived again, its bytes differ \(candidates\[0\]\.reach: 0\.75 became 0\)$/,
    ),
  ]);
});

test('an event that was taken out of the log is found, in what was decided since and in the profile', async () => {
  const directory = copy('event');
  let customer = '';
  await changeFact(directory, (fact) => {
    if (fact.kind !== 'event' || fact.name === 'Consent Updated') return undefined;
    customer ||= fact.customer;
    return [];
  });
  const { different, differences } = await verifyDirectory(directory);
  expect(different).toBeGreaterThan(0);
  for (const sentence of differences) expect(sentence).toContain(`customer ${customer}`);
});

test('another policy under the name of the one that decided is found in every decision', async () => {
  const directory = copy('policy');
  const before = await verifyDirectory(directory);
  await inLmdb(directory, async ({ editions, commits }) => {
    for (const { key, value } of editions.getRange({
      start: Buffer.from('b/policy/'),
      end: Buffer.from('b/policy0'),
    })) {
      const body = unseal(key, value);
      if (body === undefined) throw new Error('it was sound');
      const head = body.subarray(0, 76);
      const files = new Map(decodePolicyFiles(body.subarray(76)));
      files.set('policy.yaml', (files.get('policy.yaml') ?? '').replace('explore: 0.05', 'explore: 0.5'));
      const changed = seal(key, head, encodePolicyFiles(files));
      await commits.run(() => void editions.put(key, changed), 'growth');
    }
  });
  const after = await verifyDirectory(directory);
  expect(after.different).toBe(before.decisions);
  expect(after.differences[0]).toMatch(/policy: "starter@\w+" became "starter@\w+"/);
});

test('records that are gone from the middle are said to be, in place of a difference that nobody made', async () => {
  const directory = copy('gap');
  const folder = join(directory, 'archive/0');
  const names = readdirSync(folder).sort();
  expect(names.length).toBeGreaterThan(2);
  rmSync(join(folder, names[1] ?? ''));
  const verified = await verifyDirectory(directory);
  expect(verified).toMatchObject({ different: 0, differences: [] });
  expect(verified.findings).toEqual([
    expect.stringMatching(
      /^shard 0: records \d+ to \d+ are neither in the archive nor in the log: profiles are right/,
    ),
    expect.stringMatching(
      /^the records \d+ to \d+ of shard 0 are neither .*; shard 0 is not verified from there on$/,
    ),
  ]);
});

test('where retention dropped the first records, only those whose facts are all there are judged', async () => {
  const directory = join(scratch.path, 'old');
  await writeScratchData(directory, { days: 2, customers: 50, settings: { archiveKeep: DAY_MS } });
  const verified = await verifyDirectory(directory);
  expect(verified).toMatchObject({ different: 0, differences: [] });
  expect(verified.incomplete).toBeGreaterThan(0);
  expect(verified.incomplete).toBeLessThan(verified.customers);
  expect(verified.decisions).toBeGreaterThan(0);
});

test('decisions of a core revision that is not carried are skipped and counted, and nothing is said of their profiles', async () => {
  const directory = copy('skipped');
  const { decisions } = await verifyDirectory(directory);
  const verified = await inStores(directory, (stores) =>
    verifyStores(stores, { shards: SCRATCH_SHARDS, carried: new Set([CORE_REVISION + 1]) }),
  );
  expect(verified).toMatchObject({ decisions: 0, snapshots: 0, different: 0, skipped: decisions });
});

test('what rests on a later revision is skipped by the command from there on, in text and JSON', async () => {
  const directory = copy('later');
  const before = await verifyDirectory(directory);
  // As if the shard had gone on to the next revision in the evening.
  const evening = Date.UTC(2026, 2, 2, 18);
  await changeFact(directory, (fact) => {
    if (fact.kind !== 'event' || fact.receivedAt < evening) return undefined;
    const version = String(CORE_REVISION + 1);
    return [fact, { kind: 'adopted', edition: 'core', version, sha256: '', at: fact.at }];
  });
  const json = await runCommand(['verify', directory, '--json']);
  const verified: Verified = JSON.parse(json.stdout);
  expect(verified.skipped).toBeGreaterThan(0);
  expect(verified.decisions).toBeGreaterThan(0);
  expect(verified.decisions + verified.skipped).toBe(before.decisions);
  const { stdout } = await runCommand(['verify', directory]);
  expect(stdout).toContain(
    `\n${verified.skipped} decisions were skipped: they rest on core revisions that this version does not carry\n`,
  );
});

test('a snapshot that names another revision than was in force is found', async () => {
  const directory = copy('named');
  const { id, seq } = await changeSnapshot(directory, (profile) => profile, { revision: CORE_REVISION + 1 });
  expect((await verifyDirectory(directory)).differences).toEqual([
    `customer ${id}: the snapshot at record ${seq} names core revision ${CORE_REVISION + 1}, in force was ${CORE_REVISION}`,
  ]);
});

test('a log that never adopted a core revision is found, once a shard', async () => {
  const directory = copy('unadopted');
  await changeFact(directory, (fact) =>
    fact.kind === 'adopted' && fact.edition === 'core' ? [] : undefined,
  );
  const { differences } = await verifyDirectory(directory);
  expect(differences).toEqual([
    expect.stringMatching(/^shard 0 record \d+: no core revision was adopted before it$/),
  ]);
});
