import { expect, test } from 'vitest';
import { considerCause } from '../consideration/slot.ts';
import { causeAbout, causeName, causeText } from './cause.ts';

test('a cause is the name of what decides and, behind a colon, what it is about', () => {
  for (const [name, about] of [
    ['shipped', 'O-1'],
    ['shipped', 'gid://shop/Order/1:2'],
    ['2ku7-2-0', 'O-1'],
    ['checkout_exit', ''],
    ['', ''],
  ] as const) {
    const cause = causeText(name, about);
    expect([causeName(cause), causeAbout(cause)]).toEqual([name, about]);
  }
});

test('a consideration is about nothing, whatever its hour', () => {
  expect(causeAbout(considerCause(Date.UTC(2026, 2, 2, 9)))).toBe('');
});
