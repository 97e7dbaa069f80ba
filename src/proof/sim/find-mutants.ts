import { checkRun } from './check/check-run.ts';
import type { Mutant } from './mutant.ts';
import { SimWorld } from './world.ts';

/** A mutant and whether the checkers found it. */
export interface Found {
  readonly name: string;
  /** Worlds until it was found; 0: it was not. */
  readonly worlds: number;
  /** The first law that it broke. */
  readonly law: string;
}

/** Runs worlds with the bug, from the first seed on, until a law is broken. */
export async function findMutant(
  mutant: Mutant,
  firstSeed: number,
  worldsMax: number,
  requests: number,
): Promise<Found> {
  for (let i = 0; i < worldsMax; i++) {
    const book = checkRun(await new SimWorld(firstSeed + i, { requests, mutant }).run());
    const breach = book.breaches[0];
    if (breach !== undefined) return { name: mutant.name, worlds: i + 1, law: breach.law };
  }
  return { name: mutant.name, worlds: 0, law: '' };
}
