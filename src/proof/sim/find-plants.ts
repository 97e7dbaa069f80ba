import { checkRun } from './check/check-run.ts';
import type { Plant } from './plant.ts';
import { World } from './world.ts';

/** A planted bug and whether the checkers found it. */
export interface Found {
  readonly name: string;
  /** Worlds that it took; 0: it was not found. */
  readonly worlds: number;
  /** The first law that it broke. */
  readonly law: string;
}

/** Runs worlds with the bug, from the first seed on, until a law is broken. */
export async function findPlant(
  plant: Plant,
  firstSeed: number,
  worldsMax: number,
  requests: number,
): Promise<Found> {
  for (let i = 0; i < worldsMax; i++) {
    const book = checkRun(await new World(firstSeed + i, { requests, plant }).run());
    const breach = book.breaches[0];
    if (breach !== undefined) return { name: plant.name, worlds: i + 1, law: breach.law };
  }
  return { name: plant.name, worlds: 0, law: '' };
}
