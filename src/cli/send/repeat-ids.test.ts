import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RepeatIds } from './repeat-ids.ts';

const idsOf = (lines: readonly object[], salt = ''): string[] => {
  const ids = new RepeatIds(salt);
  return lines.map((line) => ids.next(line as never));
};

test('the same lines get the same ids, however their keys are ordered; no two lines of a file share one', () => {
  const object = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
    fc.jsonValue(),
  );
  const turned = (line: object): object => Object.fromEntries(Object.entries(line).reverse());
  fc.assert(
    fc.property(fc.array(object), fc.infiniteStream(fc.boolean()), (some, again) => {
      const lines = some.flatMap((line) => (again.next().value ? [line, line] : [line]));
      const ids = idsOf(lines);
      expect(idsOf(lines.map(turned))).toEqual(ids);
      expect(new Set(ids).size).toBe(lines.length);
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    }),
  );
});

test('a line has its id by what it says, whatever other lines stand before it', () => {
  const [first, , third] = idsOf([{ a: 1 }, { b: 1 }, { a: 1 }]);
  expect(idsOf([{ a: 1 }, { a: 1 }])).toEqual([first, third]);
  expect(idsOf([{ a: 1 }], 'loyalty')).not.toEqual([first]);
});
