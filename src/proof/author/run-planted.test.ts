import { expect, test } from 'vitest';
import { LINTS } from '../../policy/lint/lints.ts';
import { runPlanted } from './run-planted.ts';

test('every lint has planted faults, finds each at its place, and no other lint is roused', () => {
  const { lints, sentences } = runPlanted();
  expect(sentences).toEqual([]);
  expect(lints.map(({ name }) => name).sort()).toEqual(LINTS.map(({ id }) => id).sort());
  for (const { planted, found } of lints) expect([found, planted > 0]).toEqual([planted, true]);
}, 60_000);
