import { checkRun } from './check/check-run.ts';
import type { Mutant } from './mutant.ts';
import { SimWorld } from './world.ts';

/** A mutant and whether the checkers found it. */
export interface Found {
  readonly name: string;
  /** Worlds until it was found; 0: it was not. */
  readonly worlds: number;
  /** Of the world in which it was found; 0: it was not. */
  readonly seed: number;
  /** The first law that it broke. */
  readonly law: string;
}

/** Which worlds are looked through for a mutant. */
export interface Search {
  readonly requests: number;
  readonly worldsMax: number;
  /** Where it was found before, which is looked at first; undefined: nowhere yet. */
  readonly known: number | undefined;
  /** The first of the others. */
  readonly from: number;
}

/** Runs worlds with the bug until a law is broken: the one in which it was found before, and then the others, from the first seed on. */
export async function findMutant(
  mutant: Mutant,
  { requests, worldsMax, known, from }: Search,
): Promise<Found> {
  const others = Array.from({ length: worldsMax }, (_, i) => from + i).filter((seed) => seed !== known);
  const seeds = known === undefined ? others : [known, ...others];
  for (const [i, seed] of seeds.slice(0, worldsMax).entries()) {
    const book = await checkRun(await new SimWorld(seed, { requests, mutant }).run());
    const breach = book.breaches[0];
    if (breach !== undefined) return { name: mutant.name, worlds: i + 1, seed, law: breach.law };
  }
  return { name: mutant.name, worlds: 0, seed: 0, law: '' };
}
