import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';

const ascending = (a: number, b: number): number => a - b;

test('what comes out of a heap is what went in, sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      const heap = new Heap(ascending);
      for (const item of items) heap.push(item);
      expect(heap.size).toBe(items.length);
      const out: number[] = [];
      for (let item = heap.pop(); item !== undefined; item = heap.pop()) out.push(item);
      expect(out).toEqual([...items].sort(ascending));
    }),
  );
});

test('a heap agrees with a sorted list under any mixture of push and pop', () => {
  const step = fc.record({
    op: fc.constantFrom('push', 'pop'),
    value: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new Heap(ascending);
      let model: number[] = [];
      for (const { op, value } of steps) {
        if (op === 'push') {
          heap.push(value);
          model = [...model, value].sort(ascending);
        } else {
          expect(heap.pop()).toBe(model.shift());
        }
        expect(heap.peek()).toBe(model[0]);
        expect([...heap].sort(ascending)).toEqual(model);
      }
    }),
  );
});

test('clear empties the heap', () => {
  const heap = new Heap(ascending);
  heap.push(1);
  heap.clear();
  expect(heap.size).toBe(0);
  expect(heap.pop()).toBeUndefined();
});
