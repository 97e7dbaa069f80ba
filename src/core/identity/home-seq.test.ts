import fc from 'fast-check';
import { expect, test } from 'vitest';
import { movedSeq, placeOfSeq, seqOfPlace } from './home-seq.ts';

const shard = fc.integer({ min: 0, max: 511 });
const seq = fc.integer({ min: 0, max: 2 ** 42 - 1 });

test('a record is the same one by whatever shards its customer went', () => {
  fc.assert(
    fc.property(seq, fc.array(shard, { minLength: 1, maxLength: 5 }), (given, shards) => {
      const first = shards[0] as number;
      let [at, name] = [first, given];
      for (const next of shards) {
        name = movedSeq(name, at, next);
        at = next;
        expect(placeOfSeq(at, name)).toEqual({ shard: first, seq: given });
      }
      expect(movedSeq(name, at, first)).toBe(given);
      expect(Number.isSafeInteger(name * 2)).toBe(true);
    }),
  );
});

test('in its own shard a record has its own number', () => {
  expect(placeOfSeq(7, 12)).toEqual({ shard: 7, seq: 12 });
  expect(seqOfPlace(7, { shard: 7, seq: 12 })).toBe(12);
});
