import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRfc3339 } from './rfc3339.ts';

test('every instant comes back from its text, in any offset', () => {
  const range = {
    min: new Date(Date.UTC(1, 0, 2)),
    max: new Date(Date.UTC(9999, 11, 30)),
    noInvalidDate: true,
  };
  fc.assert(
    fc.property(fc.date(range), fc.integer({ min: -1439, max: 1439 }), (at, eastMin) => {
      const local = new Date(at.getTime() + eastMin * 60_000).toISOString().slice(0, -1);
      const [hours, minutes] = [Math.trunc(Math.abs(eastMin) / 60), Math.abs(eastMin) % 60];
      const offset = `${eastMin < 0 ? '-' : '+'}${`${hours}`.padStart(2, '0')}:${`${minutes}`.padStart(2, '0')}`;
      expect(readRfc3339(`${local}${offset}`)).toBe(at.getTime());
    }),
  );
});

test.each([
  ['2026-11-29T18:40:00.123456Z', Date.UTC(2026, 10, 29, 18, 40, 0, 123)],
  ['2026-11-29t18:40:00z', Date.UTC(2026, 10, 29, 18, 40)],
  ['2024-02-29T00:00:00+00:00', Date.UTC(2024, 1, 29)],
])('%s is read', (text, at) => {
  expect(readRfc3339(text)).toBe(at);
});

test.each([
  '',
  '1796065200000',
  '2026-11-29',
  '2026-11-29 18:40:00',
  '2026-11-29T18:40:00',
  '2026-11-29T18:40Z',
  '2026-11-31T18:40:00Z',
  '2025-02-29T18:40:00Z',
  '2026-00-01T18:40:00Z',
  '2026-13-01T18:40:00Z',
  '2026-11-29T24:00:00Z',
  '2026-11-29T18:60:00Z',
  '2026-11-29T18:40:60Z',
  '2026-11-29T18:40:00+24:00',
  '2026-11-29T18:40:00+0100',
  '2026-11-29T18:40:00 GMT',
  '11/29/2026 18:40',
  'order 11',
  ' 2026-11-29T18:40:00Z',
])('%j is no time', (text) => {
  expect(readRfc3339(text)).toBeUndefined();
});
