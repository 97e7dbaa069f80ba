import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbCatalogUpdate } from './arbitrary-catalog.fixture.ts';
import { decodeCatalogRecord, encodeCatalogRecord } from './catalog-codec.ts';
import { StoredBytesError } from './stored-bytes-error.ts';

const arbUpdates = fc.array(arbCatalogUpdate, { maxLength: 5 });

test('a catalogue record comes back exactly as it was stored', () => {
  fc.assert(
    fc.property(arbUpdates, (updates) => {
      const bytes = encodeCatalogRecord(updates);
      expect(isDeepStrictEqual(decodeCatalogRecord(bytes), updates)).toBe(true);
      expect(Buffer.compare(encodeCatalogRecord(updates), bytes)).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('a damaged catalogue record gives an error of its own or another value', () => {
  fc.assert(
    fc.property(
      arbUpdates,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      (updates, place, flip, cut) => {
        const bytes = encodeCatalogRecord(updates);
        const at = place % bytes.length;
        if (!cut) bytes[at] = (bytes[at] as number) ^ flip;
        try {
          decodeCatalogRecord(cut ? bytes.subarray(0, at) : bytes);
          expect(cut).toBe(false);
        } catch (fault) {
          expect(fault).toBeInstanceOf(StoredBytesError);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
