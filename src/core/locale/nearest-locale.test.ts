import { expect, test } from 'vitest';
import { nearestLocale } from './nearest-locale.ts';

test('a locale has its own, else that of its language, else the fallback', () => {
  const known = new Map([
    ['de', 'German'],
    ['de-at', 'Austrian'],
    ['zh-hant', 'traditional'],
  ]);
  const of = (locale: string) => nearestLocale(known, locale, 'English');
  expect([of('de-AT'), of('DE-at'), of('de-AT-1996'), of('de_AT')]).toEqual([
    ...['Austrian', 'Austrian', 'Austrian', 'Austrian'],
  ]);
  expect([of('de-CH'), of('de')]).toEqual(['German', 'German']);
  expect([of('zh-Hant-TW'), of('zh-TW'), of('fr'), of(''), of('C')]).toEqual([
    ...['traditional', 'English', 'English', 'English', 'English'],
  ]);
});
