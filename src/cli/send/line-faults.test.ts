import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineFaults } from './line-faults.ts';

test('faults are told in the order of their lines, each once, in whatever order lines are done; beyond the bound they are counted', () => {
  const lines = fc.array(fc.boolean(), { maxLength: 30 }).chain((faulty) =>
    fc.record({
      faulty: fc.constant(faulty),
      order: fc.shuffledSubarray([...faulty.keys()], { minLength: faulty.length }),
      max: fc.integer({ min: 1, max: 40 }),
    }),
  );
  fc.assert(
    fc.property(lines, ({ faulty, order, max }) => {
      const told: number[] = [];
      const faults = new LineFaults(max, (line) => told.push(line));
      for (const line of faulty.keys()) faults.open(line);
      for (const line of order) faults.close(line, faulty[line] ? 'bad' : undefined);
      const bad = [...faulty.keys()].filter((line) => faulty[line]);
      expect(told).toEqual(bad.slice(0, max));
      expect(faults.unprinted).toBe(bad.length - told.length);
    }),
  );
});

test('a fault is told as soon as no line before it is open', () => {
  const told: string[] = [];
  const faults = new LineFaults(50, (line, sentence) => told.push(`${line} ${sentence}`));
  for (const line of [1, 2, 4]) faults.open(line);
  faults.close(2, 'b');
  expect(told).toEqual([]);
  faults.close(1);
  expect(told).toEqual(['2 b']);
  faults.close(4, 'd');
  expect(told).toEqual(['2 b', '4 d']);
});
