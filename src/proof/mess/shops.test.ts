import { expect, test } from 'vitest';
import { messMutants } from './mutants.ts';
import { runMess } from './run-mess.ts';
import { MessTally } from './tally.ts';

test('some shops come out as they happened, and what cannot be understood is told', {
  timeout: 60_000,
}, async () => {
  const tally = new MessTally([]);
  await runMess({ from: 1, seeds: 6 }, tally);
  expect(tally.examples).toEqual([]);
  expect(tally.holds).toBe(true);
  expect(tally.customers).toBe(18);
});

test.each(messMutants().map((mutant) => [mutant.name, mutant] as const))(
  'a service of which it is true that %s does not pass',
  { timeout: 60_000 },
  async (_, mutant) => {
    const tally = new MessTally([]);
    await runMess({ from: 1, seeds: 20, mutant }, tally);
    expect(tally.holds).toBe(false);
  },
);
