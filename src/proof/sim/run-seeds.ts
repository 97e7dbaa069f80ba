import { checkRun } from './check/check-run.ts';
import type { Journal } from './journal.ts';
import { SimWorld } from './world.ts';

/** A world in which a law was broken. */
export interface BrokenWorld {
  readonly seed: number;
  readonly breaches: readonly string[];
  /** The last that happened in it. */
  readonly trace: readonly string[];
}

export interface SeedRuns {
  readonly steps: number;
  readonly records: number;
  readonly acks: number;
  readonly pushes: number;
  /** Customers who were taken in by others. */
  readonly absorbs: number;
  /** Breaches over all worlds. */
  readonly violations: number;
  readonly broken: readonly BrokenWorld[];
  /** Worlds that were run twice, and whether each log came out the same. */
  readonly twice: number;
  readonly hashStable: boolean;
}

/** Every tenth world is run twice; of few, each. */
const TWICE_EVERY = 10;
const FEW = 20;
const TRACE = 40;

/** Runs a world for each seed and holds it against the laws. */
export async function runSeeds(
  options: { readonly from: number; readonly seeds: number; readonly requests: number },
  progress: (done: number, violations: number) => void = () => {},
): Promise<SeedRuns> {
  const totals = { steps: 0, records: 0, acks: 0, pushes: 0, absorbs: 0, violations: 0, twice: 0 };
  const broken: BrokenWorld[] = [];
  let hashStable = true;
  for (let i = 0; i < options.seeds; i++) {
    const seed = options.from + i;
    const { requests } = options;
    const run = await new SimWorld(seed, { requests }).run();
    const book = checkRun(run);
    totals.steps += run.steps;
    totals.records += run.journal.landed.reduce((sum, records) => sum + records.length, 0);
    totals.acks += run.journal.acks.length;
    totals.pushes += run.journal.pushes.length;
    totals.absorbs += absorbsIn(run.journal);
    totals.violations += book.count;
    if (book.count > 0)
      broken.push({
        seed,
        breaches: book.breaches.map(({ law, sentence }) => `${law}: ${sentence}`),
        trace: run.journal.trace.slice(-TRACE),
      });
    if (options.seeds <= FEW || i % TWICE_EVERY === 0) {
      totals.twice++;
      const again = await new SimWorld(seed, { requests }).run();
      if (again.hash !== run.hash || again.steps !== run.steps) hashStable = false;
    }
    progress(i + 1, totals.violations);
  }
  return { ...totals, broken, hashStable };
}

function absorbsIn({ landed }: Journal): number {
  let count = 0;
  for (const { facts, counts } of landed.flat())
    if (counts) for (const fact of facts) if (fact.kind === 'absorb-in' && fact.state !== undefined) count++;
  return count;
}
