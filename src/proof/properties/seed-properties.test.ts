import fc from 'fast-check';
import { expect, test } from 'vitest';

test('properties draw the same values whenever and wherever the tests run', () => {
  expect(fc.sample(fc.nat(), 3)).toEqual([656_816_741, 2, 990_810_246]);
});
