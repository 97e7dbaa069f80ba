import { expect, test } from 'vitest';
import { V8Heap } from './v8-heap.ts';

test('what nobody refers to any more is in use until it is collected', () => {
  const heap = new V8Heap();
  let kept: object[] | undefined = Array.from({ length: 400_000 }, (_, n) => ({ n, text: `${n} of many` }));
  heap.collect();
  const full = heap.read();
  expect(kept.length).toBe(400_000);
  expect(full.usedBytes).toBeLessThan(full.limitBytes);
  kept = undefined;
  heap.collect();
  expect(heap.read().usedBytes).toBeLessThan(full.usedBytes - 10_000_000);
});
