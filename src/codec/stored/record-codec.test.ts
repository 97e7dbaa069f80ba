import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { branded, type CustomerId } from '../../base/brand.ts';
import type { Fact } from '../../core/fact/fact.ts';
import { arbFact, arbFactByKind, arbRecordHeader } from './arbitrary-facts.fixture.ts';
import { EMPTY_DECISION_RECORD } from './decision-record-codec.ts';
import { FACT_KINDS } from './fact-codec.ts';
import {
  decodeHeader,
  decodeRecord,
  encodeRecord,
  RecordBuilder,
  RecordCursor,
  readFact,
} from './record-codec.ts';
import { StoredBytesError } from './stored-bytes-error.ts';

const header = { generation: 1, epoch: 7, batch: 'b-1', at: 1_700_000_000_000 };
const customer = branded<CustomerId>('abcdefghijklmnopqrstuv');
const timer = (due: number): Fact => ({ kind: 'timer', customer, op: 'set', timer: 0, key: 'k', due });

describe('the laws of stored records', () => {
  for (const kind of FACT_KINDS) {
    test(`a fact of kind ${kind} comes back exactly as it was stored`, () => {
      fc.assert(
        fc.property(arbFactByKind[kind] as fc.Arbitrary<Fact>, (fact) => {
          return isDeepStrictEqual(decodeRecord(encodeRecord(header, [fact])).facts, [fact]);
        }),
        { numRuns: 150 },
      );
    });
  }

  test('header and facts come back in order, and equal records have equal bytes', () => {
    fc.assert(
      fc.property(arbRecordHeader, fc.array(arbFact, { maxLength: 5 }), (head, facts) => {
        const bytes = encodeRecord(head, facts);
        const decoded = decodeRecord(bytes);
        expect(isDeepStrictEqual(decoded, { header: head, facts })).toBe(true);
        expect(encodeRecord(decoded.header, decoded.facts)).toEqual(bytes);
        expect(decodeHeader(bytes)).toStrictEqual(head);
      }),
    );
  });

  test('passing over facts finds what decoding all of them finds', () => {
    fc.assert(
      fc.property(fc.array(arbFact, { maxLength: 6 }), (facts) => {
        const bytes = encodeRecord(header, facts);
        for (const [index, fact] of facts.entries())
          expect(isDeepStrictEqual(readFact(bytes, index), fact)).toBe(true);
        expect(readFact(bytes, facts.length)).toBeUndefined();
        const seen: unknown[] = [];
        const cursor = new RecordCursor(bytes);
        while (cursor.next()) {
          const { kind, index, customer } = cursor;
          seen.push([kind, index, customer, index % 2 === 0 ? cursor.decode() : 'passed']);
        }
        const expected = facts.map((fact, index) => [
          fact.kind,
          index,
          'customer' in fact ? fact.customer : undefined,
          index % 2 === 0 ? fact : 'passed',
        ]);
        expect(isDeepStrictEqual(seen, expected)).toBe(true);
      }),
    );
  });

  test('without columns a decision is the same but for its record', () => {
    fc.assert(
      fc.property(arbFactByKind.decision, (fact) => {
        const bytes = encodeRecord(header, [fact, timer(1)]);
        const { facts } = decodeRecord(bytes, { columns: false });
        expect(isDeepStrictEqual(facts, [{ ...fact, record: EMPTY_DECISION_RECORD }, timer(1)])).toBe(true);
      }),
    );
  });

  test('damaged bytes give an error of their own or another value', () => {
    fc.assert(
      fc.property(
        fc.array(arbFact, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (facts, place, flip, cut) => {
          const bytes = encodeRecord(header, facts);
          const at = place % bytes.length;
          if (!cut) bytes[at] = (bytes[at] as number) ^ flip;
          try {
            decodeRecord(cut ? bytes.subarray(0, at) : bytes);
            expect(cut).toBe(false);
          } catch (fault) {
            expect(fault).toBeInstanceOf(StoredBytesError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('random bytes behind a right beginning never cost more than an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(16), (noise, code) => {
        const whole = encodeRecord(header, [timer(1)]);
        const bytes = new Uint8Array([
          ...whole.subarray(0, encodeRecord(header, []).length),
          code,
          noise.length,
          0,
          0,
          0,
          ...noise,
        ]);
        try {
          decodeRecord(bytes);
        } catch (fault) {
          expect(fault).toBeInstanceOf(StoredBytesError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('RecordBuilder', () => {
  it('is reused, and a finished record does not change with the next one', () => {
    const builder = new RecordBuilder();
    builder.begin(header);
    expect([builder.addFact(timer(1)), builder.addFact(timer(2))]).toEqual([0, 1]);
    const first = builder.finish();
    const saved = first.slice();
    builder.begin({ ...header, batch: 'other' });
    builder.addFact(timer(3));
    const second = builder.finishInPlace();
    expect(decodeRecord(second).facts).toStrictEqual([timer(3)]);
    expect(first).toEqual(saved);
    expect(decodeRecord(first).facts).toStrictEqual([timer(1), timer(2)]);
  });

  it('is as before when a fact cannot be stored, and can drop the facts of a turn that threw', () => {
    const builder = new RecordBuilder();
    builder.begin(header);
    builder.addFact(timer(1));
    const size = builder.size;
    expect(() => builder.addFact({ ...timer(2), customer: branded<CustomerId>('short') } as Fact)).toThrow(
      '22 characters',
    );
    expect(builder.size).toBe(size);
    builder.addFact(timer(2));
    builder.addFact(timer(3));
    builder.rewind(1);
    expect(builder.count).toBe(1);
    expect(builder.addFact(timer(4))).toBe(1);
    expect(decodeRecord(builder.finish()).facts).toStrictEqual([timer(1), timer(4)]);
  });

  it('grows with a record that is larger than its buffer', () => {
    const fact = { ...timer(1), key: 'k'.repeat(300_000) } as Fact;
    expect(decodeRecord(encodeRecord(header, [fact, timer(1)])).facts).toStrictEqual([fact, timer(1)]);
  });
});

describe('RecordCursor', () => {
  it('knows whose a fact is without decoding it', () => {
    const other = { ...timer(9), customer: branded<CustomerId>('zzzzzzzzzzzzzzzzzzzzzz') } as Fact;
    const cursor = new RecordCursor(
      encodeRecord(header, [timer(1), other, { kind: 'fence', node: 'abcdefghijklmnopqrstuv', at: 3 }]),
    );
    const mine: boolean[] = [];
    while (cursor.next()) mine.push(cursor.isOf(branded<CustomerId>('abcdefghijklmnopqrstuv')));
    expect(mine).toEqual([true, false, false]);
  });
});
