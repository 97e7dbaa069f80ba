import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { branded, type IdentifierKey } from '../../base/brand.ts';
import type { Fact } from '../../core/fact/fact.ts';
import { withPlainLedgers } from './arbitrary-profile.fixture.ts';
import { decodeCatalogRecord, encodeCatalogRecord } from './catalog-codec.ts';
import { FACT_KINDS } from './fact-codec.ts';
import { formatOf, type StoredFormat } from './formats.ts';
import {
  GOLDEN_HEADER,
  goldenCatalog,
  goldenFacts,
  goldenProfile,
  goldenShardState,
} from './golden-values.fixture.ts';
import { decodeProfile, encodeProfile } from './profile-codec.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { sampleProfile } from './sample-values.fixture.ts';
import { decodeShardState, encodeShardState } from './shard-state-codec.ts';
import { StoredBytesError } from './stored-bytes-error.ts';

/** Bytes as release 0.2.0 wrote them (record 3, profile 1, shard state 2), in hexadecimal. Never written again. */
const released: Record<string, string> = JSON.parse(
  readFileSync(new URL('./golden-0.2.0.json', import.meta.url), 'utf8'),
);

/** Facts of the kinds that came after the last release, each with the record that held it alone. */
const later: readonly { readonly fact: Fact; readonly record: string }[] = JSON.parse(
  readFileSync(new URL('./golden-later.json', import.meta.url), 'utf8'),
  // Bytes stand there in hexadecimal, and so do profiles.
  (name, value) => {
    if (name === 'estate') return new Uint8Array(Buffer.from(value, 'hex'));
    return name === 'own' || name === 'state' ? decodeProfile(Buffer.from(value, 'hex')) : value;
  },
);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function bytesOf(name: string): Buffer {
  return Buffer.from(released[name] ?? '', 'hex');
}

describe('saved bytes', () => {
  it('hold a fact of every kind, and those of the last release still read as what was stored', () => {
    const facts = [...goldenFacts(), ...later.map(({ fact }) => fact)];
    expect(new Set(facts.map((fact) => fact.kind))).toEqual(new Set(FACT_KINDS));
    const { header, facts: read } = decodeRecord(bytesOf('record'));
    expect(header).toStrictEqual(GOLDEN_HEADER);
    const golden = goldenFacts().slice(0, read.length);
    expect(read.map(({ kind }) => kind)).toEqual(golden.map(({ kind }) => kind));
    for (const [index, fact] of read.entries()) {
      if ('at' in fact) expect(golden[index], `fact ${index}, ${fact.kind}`).toMatchObject({ at: fact.at });
      const again = decodeRecord(encodeRecord(GOLDEN_HEADER, [fact])).facts[0];
      expect(isDeepStrictEqual(again, fact), `fact ${index}, ${fact.kind}, written anew`).toBe(true);
    }
  });

  it('of later kinds read as what was stored, and are what is written today', () => {
    for (const { fact, record } of later) {
      expect(decodeRecord(Buffer.from(record, 'hex'))).toEqual({ header: GOLDEN_HEADER, facts: [fact] });
      expect(Buffer.from(encodeRecord(GOLDEN_HEADER, [fact])).toString('hex')).toBe(record);
    }
    expect(new Set(later.map(({ fact }) => fact.kind)).size).toBe(later.length);
  });

  it('of the last release read as the profile, the catalogue and the shard state that were stored', () => {
    const profile = decodeProfile(bytesOf('profile'));
    expect(profile).toMatchObject({ orderCount: 1, revenue: 94.9, zone: 'Europe/Berlin' });
    expect(profile.contacts).toHaveLength(4);
    expect(hex(encodeProfile(decodeProfile(encodeProfile(profile))))).toBe(hex(encodeProfile(profile)));
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

  /** Until the next release the formats may change (`npm test -- -u src/codec/stored`); the release saves them under its number. */
  it('are what is written today', async () => {
    const today = {
      record: hex(encodeRecord(GOLDEN_HEADER, goldenFacts())),
      profile: hex(encodeProfile(goldenProfile())),
      catalog: hex(encodeCatalogRecord(goldenCatalog())),
      shardState: hex(encodeShardState(goldenShardState())),
    };
    await expect(`${JSON.stringify(today, undefined, 2)}\n`).toMatchFileSnapshot('./golden-next.json');
  });
});

describe('formatOf', () => {
  const note: StoredFormat = { name: 'note', magic: 0x7f, current: 3, oldest: 2 };

  it('is the number that the bytes name, of those that are read', () => {
    expect(formatOf(note, Uint8Array.of(0x7f, 2, 9))).toBe(2);
    expect(formatOf(note, Uint8Array.of(0x7f, 3, 9))).toBe(3);
  });

  it('names the numbers when the bytes are newer or older than what the program reads, or something else', () => {
    expect(() => formatOf(note, Uint8Array.of(0x7f, 4))).toThrow(
      'a note of format 4, but this program reads 2 to 3',
    );
    expect(() => formatOf(note, Uint8Array.of(0x7f, 1))).toThrow('a note of format 1');
    expect(() => formatOf(note, Uint8Array.of(0x7e, 2))).toThrow('a note (first byte 127), not 126');
    expect(() => formatOf(note, new Uint8Array(1))).toThrow('a note, not 1 bytes');
    expect(() => formatOf({ ...note, oldest: 3 }, Uint8Array.of(0x7f, 2))).toThrow(
      'a note of format 2, but this program reads 3',
    );
    const newer = encodeProfile(sampleProfile());
    newer[1] = 9;
    expect(() => decodeProfile(newer)).toThrow('a profile of format 9, but this program reads 1 to 2');
    expect(() => decodeRecord(encodeProfile(sampleProfile()))).toThrow('a log record');
  });

  it('splits a key at its first colon only', () => {
    const key = branded<IdentifierKey>('crm:a:b');
    const profile = { ...sampleProfile(), key, identifiers: [{ kind: 'crm:a', value: 'b', origin: key }] };
    expect(withPlainLedgers(decodeProfile(encodeProfile(profile)))).toStrictEqual(withPlainLedgers(profile));
  });
});
