import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commonCurrency, readAmount } from './amount-text.ts';

test.each([
  ['99.50', 99.5],
  ['99,50', 99.5],
  ['1,299.00', 1299],
  ['1.299,00', 1299],
  ['1,304.00', 1304],
  ['1 299,00', 1299],
  ['1\u202f299,50', 1299.5],
  ['1\u00a0299', 1299],
  ["1'299.00", 1299],
  ['1’299.00', 1299],
  ["1'299'000.5", 1_299_000.5],
  ['1 299.125', 1299.125],
  ['12,99,000.00', 1_299_000],
  ['1,234,567', 1_234_567],
  ['1.234.567', 1_234_567],
  ['1.234.567,89', 1_234_567.89],
  ['€ 99,50', 99.5],
  ['99.50 EUR', 99.5],
  ['GBP 1,299.00', 1299],
  ['-$5', -5],
  ['$-5.25', -5.25],
  ['£.50', 0.5],
  ['.5', 0.5],
  ['0.125', 0.125],
  ['0,125', 0.125],
  ['1234.567', 1234.567],
  ['1234,567', 1234.567],
  ['12,3456', 12.3456],
  [' 7 ', 7],
  ['1e3', 1000],
  ['-3', -3],
  ['0', 0],
])('%j is the amount %d', (text, value) => {
  expect(readAmount(text)).toMatchObject({ kind: 'amount', value });
});

test.each([
  ['€ 99,50', 'EUR'],
  ['£12', 'GBP'],
  ['99.50 EUR', 'EUR'],
  ['GBP 1,299.00', 'GBP'],
  ['€12 EUR', 'EUR'],
  ['$5', '$'],
  ['$5 CAD', 'CAD'],
  ['¥500', '¥'],
  ['₹500', 'INR'],
  ['12', undefined],
])('%j names the currency %s', (text, currency) => {
  const read = readAmount(text);
  expect(read.kind === 'amount' ? read.currency : read).toBe(currency);
});

test('an amount in two currencies is none', () => {
  for (const text of ['€12 GBP', '$12 GBP', '$12 €', '¥5 USD'])
    expect(readAmount(text)).toEqual({ kind: 'unreadable' });
});

test('a sign that is no currency makes no amount', () => {
  for (const text of ['¢12', '12¤', '৲5']) expect(readAmount(text)).toEqual({ kind: 'unreadable' });
});

test('of two names of a currency the one that says more counts, and two currencies have none in common', () => {
  expect(commonCurrency('$', 'CAD')).toBe('CAD');
  expect(commonCurrency('USD', '$')).toBe('USD');
  expect(commonCurrency('EUR', 'EUR')).toBe('EUR');
  expect(commonCurrency('$', '$')).toBe('$');
  for (const [a, b] of [
    ['$', 'GBP'],
    ['EUR', '$'],
    ['¥', '$'],
    ['USD', 'CAD'],
  ] as const)
    expect(commonCurrency(a, b)).toBeUndefined();
});

test.each([
  '',
  ' ',
  'n/a',
  'free',
  'NaN',
  'Infinity',
  '0x10',
  '1,2,3',
  '1,23.00',
  '1.2.3',
  '12 34',
  '1,299.00.00',
  '99.50 each',
  '--5',
  '-$-5',
  '5-6',
  '1_000',
  '١٢',
  '1e999',
  '9'.repeat(41),
])('%j is no amount', (text) => {
  expect(readAmount(text)).toEqual({ kind: 'unreadable' });
});

test.each(['1,299', '1.299', '12,345', '-1.299', '$1,299', '999.999 EUR'])(
  '%j is read by nobody, because it means two things',
  (text) => {
    expect(readAmount(text)).toEqual({ kind: 'ambiguous' });
  },
);

test('an amount that is written in the way of any country is read as that amount', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99_999_999_999 }),
      fc.constantFrom('en-US', 'de-DE', 'fr-FR', 'de-CH', 'en-IN', 'pl-PL', 'pt-BR', 'sv-SE'),
      fc.boolean(),
      (cents, locale, isCurrency) => {
        const value = cents / 100;
        const format = new Intl.NumberFormat(locale, {
          minimumFractionDigits: 2,
          maximumFractionDigits: 2,
          ...(isCurrency ? { style: 'currency', currency: 'EUR' } : {}),
        });
        expect(readAmount(format.format(value))).toEqual({
          kind: 'amount',
          value,
          ...(isCurrency && { currency: 'EUR' }),
        });
      },
    ),
  );
});
