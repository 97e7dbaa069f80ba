import { expect, it } from 'vitest';
import { NUMBER_MAX, nameOf, numberOfName } from './numbered-name.ts';

it('knows the number of the names that it gives, and of no others', () => {
  for (const number of [0, 1, 9, 10, 42, 999, NUMBER_MAX]) expect(numberOfName(nameOf(number))).toBe(number);
  for (const name of ['', '#', '1', '#00', '#07', '#-1', '#1a', '#10000', '#1 ', 'active'])
    expect(numberOfName(name)).toBe(-1);
});
