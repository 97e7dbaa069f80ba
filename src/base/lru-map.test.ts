import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LruMap } from './lru-map.ts';

test('an LruMap agrees with a list kept in order of use', () => {
  const step = fc.tuple(fc.constantFrom('get', 'set', 'delete'), fc.nat(8), fc.nat());
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 150 }), (capacity, steps) => {
      const map = new LruMap<number, number | undefined>(capacity);
      let model: [number, number | undefined][] = [];
      for (const [op, key, raw] of steps) {
        // Even values become undefined: a stored undefined is an entry like any other.
        const value = raw % 2 === 0 ? undefined : raw;
        const found = model.find(([k]) => k === key);
        const others = model.filter(([k]) => k !== key);
        if (op === 'get') {
          expect(map.get(key)).toBe(found?.[1]);
          if (found) model = [...others, found];
        } else if (op === 'set') {
          model = [...others, [key, value]];
          const forgotten = model.length > capacity ? model.shift() : undefined;
          expect(map.set(key, value)).toEqual(forgotten);
        } else {
          expect(map.delete(key)).toBe(found !== undefined);
          model = others;
        }
        expect([...map]).toEqual(model);
      }
    }),
  );
});
