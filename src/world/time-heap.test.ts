import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeHeap } from './time-heap.ts';

test('a time heap gives items by time and then by number', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(50))), (entries) => {
      const heap = new TimeHeap(entries.length);
      for (const [time, item] of entries) heap.push(time, item);
      const out: [number, number][] = [];
      while (heap.size > 0) {
        const time = heap.earliest;
        out.push([time, heap.pop()]);
      }
      expect(out).toEqual(entries.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
    }),
  );
});

test('a time heap says when it is empty and refuses what it has no room for', () => {
  const heap = new TimeHeap(1);
  expect(heap.earliest).toBe(Number.POSITIVE_INFINITY);
  expect(heap.pop()).toBe(-1);
  heap.push(5, 1);
  expect(() => heap.push(6, 2)).toThrow('holds its 1 entries already');
});
