import { describe, expect, test } from 'vitest';
import { findMutant } from './find-mutants.ts';
import { MUTANTS } from './mutants/all-mutants.ts';
import { knownSeeds } from './mutants/known-seeds.ts';

const REQUESTS = 200;
/** Where it was found last comes first; when that shows it no more, it is looked for as long as it was once. */
const WORLDS_MAX = 40;
const MUTANT_TIMEOUT_MS = 240_000;

const seeds = knownSeeds();

test('what is known of where mutants were found is known of mutants that there are', () => {
  const names = new Set(MUTANTS.map(({ name }) => name));
  expect(Object.keys(seeds).filter((name) => !names.has(name))).toEqual([]);
});

describe('a mutant breaks a law', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    async (name, mutant) => {
      const search = { requests: REQUESTS, worldsMax: WORLDS_MAX, known: seeds[name], from: 1 };
      const { worlds } = await findMutant(mutant, search);
      expect(worlds).toBeGreaterThan(0);
    },
    MUTANT_TIMEOUT_MS,
  );
});
