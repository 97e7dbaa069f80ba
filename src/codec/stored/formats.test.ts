import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { branded, type IdentifierKey } from '../../base/brand.ts';
import type { Fact } from '../../core/fact/fact.ts';
import { withPlainLedgers } from './arbitrary-profile.fixture.ts';
import { decodeCatalogRecord, encodeCatalogRecord } from './catalog-codec.ts';
import { FACT_KINDS } from './fact-codec.ts';
import { inCurrentFormat, type StoredFormat } from './formats.ts';
import { GOLDEN_HEADER, goldenCatalog, goldenFacts, goldenShardState } from './golden-values.fixture.ts';
import { decodeProfile, encodeProfile } from './profile-codec.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { sampleProfile } from './sample-values.fixture.ts';
import { decodeShardState, encodeShardState } from './shard-state-codec.ts';
import { StoredBytesError } from './stored-bytes-error.ts';

/** Bytes of each format, in hexadecimal. Never regenerate them: a changed format gets a new number, an upgrade and bytes of its own. */
const saved: Record<string, string> = JSON.parse(
  readFileSync(new URL('./golden.json', import.meta.url), 'utf8'),
);

/** Facts of the kinds that came after `golden.json` was saved, each with the record that held it alone. */
const later: readonly { readonly fact: Fact; readonly record: string }[] = JSON.parse(
  readFileSync(new URL('./golden-later.json', import.meta.url), 'utf8'),
);

function bytesOf(name: string): Buffer {
  return Buffer.from(saved[name] ?? '', 'hex');
}

describe('saved bytes', () => {
  it('hold a fact of every kind and still read as what was stored', () => {
    const facts = [...goldenFacts(), ...later.map(({ fact }) => fact)];
    expect(new Set(facts.map((fact) => fact.kind))).toEqual(new Set(FACT_KINDS));
    const decoded = decodeRecord(bytesOf('record'));
    expect(decoded.header).toStrictEqual(GOLDEN_HEADER);
    for (const [index, fact] of goldenFacts().entries()) {
      expect(isDeepStrictEqual(decoded.facts[index], fact), `fact ${index}, ${fact.kind}`).toBe(true);
    }
  });

  it('of later kinds read as what was stored, and are what is written today', () => {
    for (const { fact, record } of later) {
      expect(decodeRecord(Buffer.from(record, 'hex'))).toEqual({ header: GOLDEN_HEADER, facts: [fact] });
      expect(Buffer.from(encodeRecord(GOLDEN_HEADER, [fact])).toString('hex')).toBe(record);
    }
    expect(new Set(later.map(({ fact }) => fact.kind)).size).toBe(later.length);
  });

  it('read as the profile, the catalogue and the shard state that were stored', () => {
    const profile = decodeProfile(bytesOf('profile'));
    expect(profile).toMatchObject({ orderCount: 1, revenue: 94.9, zone: 'Europe/Berlin' });
    expect(profile.contacts).toHaveLength(4);
    expect(isDeepStrictEqual(decodeCatalogRecord(bytesOf('catalog')), goldenCatalog())).toBe(true);
    expect(isDeepStrictEqual(decodeShardState(bytesOf('shardState')), goldenShardState())).toBe(true);
  });

  it('of a record, when damaged, give an error of their own or another value', () => {
    const whole = bytesOf('record');
    // Cheaper than an assertion a byte: there are thousands.
    const faults: unknown[] = [];
    for (let at = 2; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ ([1, 0x10, 0x80, 0xff][at % 4] as number);
      for (const damaged of [bytes, whole.subarray(0, at)]) {
        try {
          decodeRecord(damaged);
          if (damaged !== bytes) faults.push(`cut at ${at}`);
        } catch (fault) {
          if (!(fault instanceof StoredBytesError)) faults.push(fault);
        }
      }
    }
    expect(faults).toEqual([]);
  });

  it('are what is written today', () => {
    expect(Buffer.from(encodeRecord(GOLDEN_HEADER, goldenFacts())).toString('hex')).toBe(saved.record);
    expect(Buffer.from(encodeProfile(decodeProfile(bytesOf('profile')))).toString('hex')).toBe(saved.profile);
    expect(Buffer.from(encodeCatalogRecord(goldenCatalog())).toString('hex')).toBe(saved.catalog);
    expect(Buffer.from(encodeShardState(goldenShardState())).toString('hex')).toBe(saved.shardState);
  });
});

describe('inCurrentFormat', () => {
  const third: StoredFormat = {
    name: 'note',
    magic: 0x7f,
    current: 3,
    upgrades: [
      (bytes) => Uint8Array.of(0x7f, 2, ...bytes.subarray(2), 20),
      (bytes) => Uint8Array.of(0x7f, 3, ...bytes.subarray(2), 30),
    ],
  };

  it('upgrades step by step from any older format and leaves the current one alone', () => {
    expect([...inCurrentFormat(third, Uint8Array.of(0x7f, 1, 9))]).toEqual([0x7f, 3, 9, 20, 30]);
    expect([...inCurrentFormat(third, Uint8Array.of(0x7f, 2, 9))]).toEqual([0x7f, 3, 9, 30]);
    const current = Uint8Array.of(0x7f, 3, 9);
    expect(inCurrentFormat(third, current)).toBe(current);
  });

  it('names the numbers when the bytes are newer or older than what the program reads, or something else', () => {
    expect(() => inCurrentFormat(third, Uint8Array.of(0x7f, 4))).toThrow(
      'a note of format 4, but this program reads 1 to 3',
    );
    expect(() => inCurrentFormat(third, Uint8Array.of(0x7f, 0))).toThrow('a note of format 0');
    expect(() => inCurrentFormat(third, Uint8Array.of(0x7e, 1))).toThrow('a note (first byte 127), not 126');
    expect(() => inCurrentFormat(third, new Uint8Array(1))).toThrow('a note, not 1 bytes');
    const lessOld = { ...third, upgrades: third.upgrades.slice(1) };
    expect([...inCurrentFormat(lessOld, Uint8Array.of(0x7f, 2, 9))]).toEqual([0x7f, 3, 9, 30]);
    expect(() => inCurrentFormat(lessOld, Uint8Array.of(0x7f, 1, 9))).toThrow(
      'a note of format 1, but this program reads 2 to 3',
    );
    const newer = encodeProfile(sampleProfile());
    newer[1] = 9;
    expect(() => decodeProfile(newer)).toThrow('a profile of format 9, but this program reads 1');
    expect(() => decodeRecord(encodeProfile(sampleProfile()))).toThrow('a log record');
  });

  it('does not loop on an upgrade that forgets to raise the number', () => {
    const stuck: StoredFormat = { ...third, upgrades: [(bytes) => bytes, (bytes) => bytes] };
    expect(() => inCurrentFormat(stuck, Uint8Array.of(0x7f, 1))).toThrow('an upgrade of a note from 1 to 2');
  });

  it('splits a key at its first colon only', () => {
    const key = branded<IdentifierKey>('crm:a:b');
    const profile = { ...sampleProfile(), key, identifiers: [{ kind: 'crm:a', value: 'b', origin: key }] };
    expect(withPlainLedgers(decodeProfile(encodeProfile(profile)))).toStrictEqual(withPlainLedgers(profile));
  });
});
