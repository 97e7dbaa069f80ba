import { describe, expect, test } from 'vitest';
import { findMutant } from './find-mutants.ts';
import { MUTANTS } from './mutants/all-mutants.ts';

const REQUESTS = 200;
/** Most mutants are found in the first few; a lease that is ignored shows only in a read at the wrong moment. */
const MUTANT_WORLDS_MAX = 40;
/** One that is found late has run dozens of worlds by then. */
const MUTANT_TIMEOUT_MS = 240_000;

describe('a mutant breaks a law', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    async (_name, mutant) => {
      const { worlds } = await findMutant(mutant, 1, MUTANT_WORLDS_MAX, REQUESTS);
      expect(worlds).toBeGreaterThan(0);
    },
    MUTANT_TIMEOUT_MS,
  );
});
