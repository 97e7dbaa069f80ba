import type { Fact } from '../../core/fact/fact.ts';
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
  /** Links that were undone; people who were forgotten; browsers that a link identified; changes of audiences and whole walks through one. */
  readonly unlinks: number;
  readonly erasures: number;
  readonly landings: number;
  readonly levels: number;
  readonly walks: number;
  /** Times that a device came to somebody else. */
  readonly moves: number;
  /** Times that a shard came to another node. */
  readonly takeovers: number;
  /** Worlds whose nodes were members of a deployment; what they asked one another, and how much of that was lost; shards that were handed over as planned. */
  readonly deployed: number;
  readonly questions: number;
  readonly lostQuestions: number;
  readonly handoffs: number;
  /** That were run: fewer than were asked for where many are broken. */
  readonly worlds: number;
  /** Breaches over all worlds. */
  readonly violations: number;
  readonly broken: readonly BrokenWorld[];
  /** Worlds that were run twice, and whether each log came out the same. */
  readonly twice: number;
  readonly hashStable: boolean;
}

export interface SeedOptions {
  readonly from: number;
  readonly seeds: number;
  readonly requests: number;
  /** Every world is a deployment's; default: those that are by their seed. */
  readonly isDeployed?: boolean;
}

/** Every tenth world is run twice; of few, each. */
const TWICE_EVERY = 10;
const FEW = 20;
const TRACE = 40;
/** After so many broken worlds others would only tell the same, each in its own time. */
const BROKEN_MAX = 10;

/** Runs a world for each seed and holds it against the laws. `told` hears of a broken one at once. */
export async function runSeeds(
  options: SeedOptions,
  progress: (done: number, violations: number) => void = () => {},
  told: (broken: BrokenWorld) => void = () => {},
): Promise<SeedRuns> {
  const totals = {
    ...{ steps: 0, records: 0, acks: 0, pushes: 0, absorbs: 0, unlinks: 0, erasures: 0, landings: 0 },
    ...{ levels: 0, walks: 0, moves: 0, takeovers: 0, worlds: 0, violations: 0, twice: 0 },
    ...{ deployed: 0, questions: 0, lostQuestions: 0, handoffs: 0 },
  };
  const broken: BrokenWorld[] = [];
  let hashStable = true;
  for (let i = 0; i < options.seeds && broken.length < BROKEN_MAX; i++) {
    const seed = options.from + i;
    const { requests, isDeployed } = options;
    const setting = { requests, ...(isDeployed !== undefined && { isDeployed }) };
    const run = await new SimWorld(seed, setting).run();
    const book = await checkRun(run);
    totals.steps += run.steps;
    totals.records += run.journal.landed.reduce((sum, records) => sum + records.length, 0);
    totals.acks += run.journal.acks.length;
    totals.pushes += run.journal.pushes.length;
    const { journal } = run;
    totals.absorbs += countFacts(journal, (fact) => fact.kind === 'absorb-in' && fact.state !== undefined);
    totals.unlinks += countFacts(journal, ({ kind }) => kind === 'unlinked');
    totals.erasures += journal.forgotten.length;
    totals.landings += countFacts(journal, ({ kind }) => kind === 'provisional');
    totals.levels += journal.levels.length;
    totals.walks += journal.walks.length;
    totals.moves += countFacts(journal, ({ kind }) => kind === 'device-moved');
    totals.takeovers += takeoversIn(journal);
    if (run.deployment !== undefined) totals.deployed++;
    totals.questions += run.deployment?.questions ?? 0;
    totals.lostQuestions += run.deployment?.lost ?? 0;
    totals.handoffs += run.deployment?.handoffs ?? 0;
    totals.violations += book.count;
    totals.worlds++;
    if (book.count > 0) {
      const breaches = book.breaches.map(({ law, sentence }) => `${law}: ${sentence}`);
      const world = { seed, breaches, trace: run.journal.trace.slice(-TRACE) };
      broken.push(world);
      told(world);
    }
    if (options.seeds <= FEW || i % TWICE_EVERY === 0) {
      totals.twice++;
      const again = await new SimWorld(seed, setting).run();
      if (again.hash !== run.hash || again.steps !== run.steps) hashStable = false;
    }
    progress(i + 1, totals.violations);
  }
  return { ...totals, broken, hashStable };
}

function countFacts({ landed }: Journal, is: (fact: Fact) => boolean): number {
  let count = 0;
  for (const { facts, counts } of landed.flat()) if (counts) count += facts.filter(is).length;
  return count;
}

function takeoversIn({ landed }: Journal): number {
  let count = 0;
  for (const records of landed) {
    let owner = '';
    for (const { facts, counts } of records)
      for (const fact of facts)
        if (counts && fact.kind === 'fence') {
          // Behind the letter of its place stands the number of its life.
          if (owner !== '' && owner[0] !== fact.node[0]) count++;
          owner = fact.node;
        }
  }
  return count;
}
