import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

test('a ring agrees with an array that refuses beyond its capacity', () => {
  const step = fc.tuple(fc.constantFrom('push', 'pushFront', 'shift', 'clear'), fc.nat(), fc.nat(9));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
      const ring = new Ring<number>(capacity);
      let model: number[] = [];
      for (const [op, value, dice] of steps) {
        const fits = model.length < capacity;
        if (op === 'push') {
          expect(ring.push(value)).toBe(fits);
          if (fits) model.push(value);
        } else if (op === 'pushFront') {
          expect(ring.pushFront(value)).toBe(fits);
          if (fits) model.unshift(value);
        } else if (op === 'shift') {
          expect(ring.shift()).toBe(model.shift());
        } else if (dice === 0) {
          ring.clear();
          model = [];
        }
        expect([...ring]).toEqual(model);
        expect(ring.size).toBe(model.length);
        expect(ring.isFull).toBe(model.length === capacity);
        expect(ring.peek()).toBe(model[0]);
        expect(ring.at(model.length - 1)).toBe(model.at(-1));
        expect(ring.at(model.length)).toBeUndefined();
      }
    }),
  );
});

test('a ring without room is refused', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN]) expect(() => new Ring(capacity)).toThrow(RangeError);
});
