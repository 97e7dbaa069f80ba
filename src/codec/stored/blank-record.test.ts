import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbFact, arbRecordHeader } from './arbitrary-facts.fixture.ts';
import { blankRecord } from './blank-record.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';

test('facts of who is forgotten are gone, and every other one stands where it stood', () => {
  fc.assert(
    fc.property(arbRecordHeader, fc.array(arbFact, { maxLength: 6 }), fc.nat(), (header, facts, pick) => {
      const stored = encodeRecord(header, facts);
      const ids = facts.flatMap((fact) => ('customer' in fact ? [fact.customer] : []));
      const gone = ids[pick % Math.max(1, ids.length)];
      const blank = blankRecord(stored, (customer) => customer === gone);
      const before = decodeRecord(stored).facts;
      const expected = before.map((fact) =>
        'customer' in fact && fact.customer === gone ? { kind: 'forgotten' } : fact,
      );
      if (gone === undefined) {
        expect(blank).toBeUndefined();
        return;
      }
      expect(decodeRecord(blank as Uint8Array)).toEqual({
        header: decodeRecord(stored).header,
        facts: expected,
      });
      expect(blankRecord(blank as Uint8Array, (customer) => customer === gone)).toBeUndefined();
      expect(Buffer.from(blank as Uint8Array).includes(Buffer.from(gone))).toBe(false);
    }),
  );
});
