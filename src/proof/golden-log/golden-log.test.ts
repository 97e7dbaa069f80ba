/** That this code still makes of every log that was saved under a revision it carries what that revision made of it. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { firstDifference } from '../../audit/first-difference.ts';
import { verifyStores } from '../../audit/verify.ts';
import { FACT_KINDS } from '../../codec/stored/fact-codec.ts';
import { decodeProfile, encodeProfile } from '../../codec/stored/profile-codec.ts';
import { decodeRecord, encodeRecord } from '../../codec/stored/record-codec.ts';
import { CARRIED } from '../../core/core-revision.ts';
import { recordsOf } from '../../node/open-directory.ts';
import { foldHistory, goldenLogFile, readGoldenLog } from './golden-log.fixture.ts';

/** Released, and not carried any more. */
const EARLIER = [1];

const ADVICE =
  'fold or decide makes something else of a saved log: raise CORE_REVISION (or this change is a bug)';

describe.each([...CARRIED])('core revision %i, on what was saved of it,', (revision) => {
  const file = goldenLogFile(revision);

  test('is saved', () => expect(existsSync(file), `${file} is missing: npm run golden-log`).toBe(true));

  test('folds and decides a shop as it did', async () => {
    const { shop } = await readGoldenLog(file);
    const verified = await verifyStores(shop, { shards: 1 });
    expect(verified.differences, ADVICE).toEqual([]);
    expect(verified).toMatchObject({ different: 0, skipped: 0, incomplete: 0 });
    expect(verified.decisions).toBeGreaterThan(20);
    expect(verified.snapshots).toBe(verified.customers);
  });

  test('folds odd histories as it did', async () => {
    const { histories } = await readGoldenLog(file);
    for (const { facts, profile } of histories) {
      const stored = decodeProfile(profile);
      const folded = encodeProfile(foldHistory(stored.key, facts));
      expect(firstDifference(stored, decodeProfile(folded)), ADVICE).toBeUndefined();
      // Upgraded to the format that is written now.
      expect(Buffer.compare(folded, encodeProfile(stored)), ADVICE).toBe(0);
    }
  });

  test('meets facts of every kind', async () => {
    const { shop, histories } = await readGoldenLog(file);
    const kinds = new Set<string>(histories.flatMap(({ facts }) => facts.map(({ kind }) => kind)));
    for await (const { bytes } of recordsOf(shop, 0))
      for (const { kind } of decodeRecord(bytes).facts) kinds.add(kind);
    // Stands only where a fact of somebody who was forgotten was; no fold meets it.
    expect([...kinds].sort()).toEqual(
      FACT_KINDS.filter((kind) => kind !== 'forgotten' && kind !== 'loan').sort(),
    );
  });
});

describe.each(EARLIER)('what was saved of core revision %i, which is not carried any more,', (revision) => {
  test('is still read: every record, every profile, and the fold takes its facts', async () => {
    const { shop, histories } = await readGoldenLog(goldenLogFile(revision));
    let facts = 0;
    for await (const { bytes } of recordsOf(shop, 0)) {
      const { header, facts: read } = decodeRecord(bytes);
      const again = decodeRecord(encodeRecord(header, read));
      expect(firstDifference(again, { header, facts: read })).toBeUndefined();
      facts += read.length;
    }
    expect(facts).toBeGreaterThan(100);
    for (const { facts: history, profile } of histories) {
      const stored = decodeProfile(profile);
      expect(firstDifference(decodeProfile(encodeProfile(stored)), stored)).toBeUndefined();
      expect(foldHistory(stored.key, history).version).toBe(history.length);
    }
    const verified = await verifyStores(shop, { shards: 1 });
    expect(verified).toMatchObject({ different: 0, incomplete: 0, differences: [] });
    expect(verified.skipped).toBeGreaterThan(20);
  });
});
