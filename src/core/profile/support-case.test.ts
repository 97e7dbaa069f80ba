import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';
import { NO_CASES, openCase, type SupportCase, withCaseNews } from './support-case.ts';

interface News {
  readonly id: string;
  readonly at: number;
  readonly closes: boolean;
}

function told(news: readonly News[]): readonly SupportCase[] {
  return news.reduce((cases, { id, at, closes }) => withCaseNews(cases, id, at, closes), NO_CASES);
}

const opened = (id: string, at: number): News => ({ id, at, closes: false });
const closed = (id: string, at: number): News => ({ id, at, closes: true });

test('a case is open from when it was opened until it is closed, and for its longest time at most', () => {
  const open = (news: readonly News[], now: number) => openCase(told(news), now, 30 * DAY_MS)?.id;
  expect(open([opened('a', 10)], 10)).toBe('a');
  expect(open([opened('a', 10)], 10 + 30 * DAY_MS - 1)).toBe('a');
  expect(open([opened('a', 10)], 10 + 30 * DAY_MS)).toBeUndefined();
  expect(open([opened('a', 10), closed('a', 20)], 20)).toBeUndefined();
  // Closed at the moment at which it was opened.
  expect(open([opened('a', 10), closed('a', 10)], 20)).toBeUndefined();
  expect(open([opened('a', 10), closed('a', 20), opened('a', 30)], 30)).toBe('a');
  expect(open([opened('a', 10), opened('b', 15), closed('b', 20)], 20)).toBe('a');
  expect(openCase(told([opened('a', 10)]), 10, 0)).toBeUndefined();
});

test('news of few cases makes the same of them in every order of arrival', () => {
  const arbNews = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    at: fc.integer({ min: 1, max: 20 }),
    closes: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc
        .array(arbNews, { maxLength: 12 })
        .chain((news) => fc.tuple(fc.constant(news), fc.shuffledSubarray(news, { minLength: news.length }))),
      ([news, shuffled]) => {
        expect(told(shuffled)).toEqual(told(news));
      },
    ),
  );
});

test('of more cases than are kept closed ones give way', () => {
  const many = Array.from({ length: BOUNDS.supportCases }, (_, n) => [
    opened(`c${n}`, n + 1),
    closed(`c${n}`, 100),
  ]);
  const cases = told([opened('open', 1), ...many.flat()]);
  expect(cases).toHaveLength(BOUNDS.supportCases);
  expect(openCase(cases, 200, DAY_MS)?.id).toBe('open');
  const all = told(Array.from({ length: BOUNDS.supportCases + 1 }, (_, n) => opened(`o${n}`, n + 1)));
  expect(all.map(({ id }) => id)).not.toContain('o0');
});
