/**
 * In which world each mutant was found last, so that the next search begins there: most worlds hide most bugs. Written anew by
 * `npm run -s sim -- --seeds 1 --save-seeds`; whatever draws anything else in a world makes them worthless, and no more than that.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Found } from '../find-mutants.ts';

const FILE = new URL('./known-seeds.json', import.meta.url);

/** Seeds by the names of mutants. */
export function knownSeeds(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>;
}

/** One that was not found stays as it was. */
export function saveSeed({ name, worlds, seed }: Found): void {
  if (worlds === 0) return;
  const seeds = { ...knownSeeds(), [name]: seed };
  writeFileSync(FILE, `${JSON.stringify(seeds, null, 2)}\n`);
}
