import { describe, expect, test } from 'vitest';
import { IntlFormats } from './formats.ts';

const formats = new IntlFormats();
const MARCH_31 = Date.UTC(2026, 2, 31, 14);

describe('amounts and days', () => {
  test.each([
    ['en-GB', 12, 'GBP', '£12'],
    ['en-GB', 12.5, 'GBP', '£12.50'],
    ['de-DE', 12, 'EUR', '12,00 €'],
    ['de_DE', 1234.5, 'EUR', '1.234,50 €'],
    ['fr-FR', 1234.5, 'EUR', '1 234,50 €'],
    ['en-US', 12, 'USD', '$12'],
    ['ja-JP', 1200, 'JPY', '￥1,200'],
  ])('%s: %d %s is %s', (locale, amount, currency, said) => {
    expect(formats.money(amount, currency, locale)).toBe(said);
  });

  test.each([
    ['en-GB', 15, '15%'],
    ['de-DE', 15, '15 %'],
    ['de-DE', 7.5, '7,5 %'],
  ])('%s: %d hundredths are %s', (locale, hundredths, said) => {
    expect(formats.percent(hundredths, locale)).toBe(said);
  });

  test.each([
    ['en-GB', 'day', '31 March'],
    ['de-DE', 'day', '31. März'],
    ['en-US', 'day', 'March 31'],
    ['de-DE', 'day and year', '31. März 2026'],
    ['en-GB', 'day and time', '31 March at 14:00'],
    ['de-DE', 'day and time', '31. März um 14:00'],
  ] as const)('%s, %s: %s', (locale, shows, said) => {
    expect(formats.day(MARCH_31, shows, locale)).toBe(said);
  });

  test('have only plain spaces', () => {
    for (const locale of ['de-DE', 'fr-FR', 'en-US', 'sv-SE', 'cs-CZ'])
      expect(
        [
          formats.money(12_345.6, 'EUR', locale),
          formats.percent(15, locale),
          formats.day(MARCH_31, 'day and time', locale),
        ].join(''),
      ).not.toMatch(/[\u00a0\u202f]/);
  });
});

test('a locale that is none, or of which nothing is known, is not known', () => {
  for (const locale of ['', 'C', 'klingon', 'zz-ZZ', 'de--DE', '../../etc', 'x'.repeat(1_000)])
    expect([locale.slice(0, 9), formats.knows(locale)]).toEqual([locale.slice(0, 9), false]);
  for (const locale of ['de', 'de-DE', 'de_DE', 'en-gb', 'pt-BR', 'zh-Hans-CN'])
    expect([locale, formats.knows(locale)]).toEqual([locale, true]);
});
