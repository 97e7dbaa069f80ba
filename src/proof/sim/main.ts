import { parseArgs } from 'node:util';
import { commit, machine } from '../../node/command/machine.ts';
import { checkRun } from './check/check-run.ts';
import { type Found, findMutant } from './find-mutants.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants/all-mutants.ts';
import { knownSeeds, saveSeed } from './mutants/known-seeds.ts';
import { runSeeds } from './run-seeds.ts';
import { SimWorld } from './world.ts';

const HELP = `sim [options]

Two nodes over one simulated log and snapshot store, under a virtual clock: crashes, pauses past the lease, late and lost
appends, duplicates, reordering, lost snapshots. In every third world two or three nodes are members of a deployment and any of them
is asked. Their logs are held against laws that share no code with them.

  --seeds N      worlds to run (default 500)
  --from S       the first seed (default 1)
  --seed X       one world, with everything that happened in it
  --steps N      requests of customers in each world (default 200)
  --deployed     only worlds whose nodes are members of a deployment and take any call; else each third one, by its seed
  --no-mutants   do not try the checkers on mutants: nodes with a known bug
  --mutant TEXT  only mutants whose names have this in them
  --save-seeds   keep in which world each mutant was found, to look there first the next time
  --json         one JSON object as the last line

Examples:
  npm run -s sim -- --seeds 500 --json
  npm run -s sim -- --seed 29
`;

/** Worlds in which a mutant must be found. */
const MUTANT_WORLDS_MAX = 40;

const OPTIONS = {
  seeds: { type: 'string', default: '500' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  steps: { type: 'string', default: '200' },
  deployed: { type: 'boolean', default: false },
  mutants: { type: 'boolean', default: true },
  mutant: { type: 'string', default: '' },
  'save-seeds': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const values = given();
if (values !== undefined) process.exitCode = await run(values);

type Values = ReturnType<typeof parsed>;

function parsed() {
  return parseArgs({ options: OPTIONS, allowNegative: true }).values;
}

/** The options given; undefined when there is nothing to run: help was asked for, or they are wrong, which was printed. */
function given(): Values | undefined {
  try {
    const values = parsed();
    const fault = faultOf(values);
    if (fault !== undefined) return refuse(fault);
    if (!values.help) return values;
    process.stdout.write(HELP);
    return undefined;
  } catch (fault) {
    // What Node says of positional arguments behind its first sentence is no help here.
    return refuse((fault instanceof Error ? fault.message : String(fault)).split('. ')[0] ?? '');
  }
}

function refuse(sentence: string): undefined {
  process.stderr.write(`${sentence.replace(/\.$/, '')}.\n\n${HELP}`);
  process.exitCode = 2;
}

/** Without a world, or a request in it, every law would hold and nothing would be shown. */
function faultOf({ seeds, from, seed = '0', steps }: Values): string | undefined {
  const numbers = [seeds, from, seed, steps].map(Number);
  if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0))
    return '--seeds, --from, --seed and --steps want whole numbers';
  return Number(seeds) >= 1 && Number(steps) >= 1 ? undefined : '--seeds and --steps want at least 1';
}

function run({
  seeds,
  from,
  seed,
  steps,
  deployed,
  mutants,
  mutant,
  json,
  ...values
}: Values): Promise<number> {
  const setting = { requests: Number(steps), json, ...(deployed && { isDeployed: true }) };
  const meant = mutants ? MUTANTS.filter(({ name }) => name.includes(mutant)) : [];
  const isSaved = values['save-seeds'];
  return seed === undefined
    ? runMany({ ...setting, from: Number(from), seeds: Number(seeds), meant, isSaved })
    : runOne(Number(seed), setting);
}

interface Setting {
  readonly requests: number;
  readonly json: boolean;
  readonly isDeployed?: boolean;
}

async function runOne(seed: number, { json, ...world }: Setting): Promise<number> {
  const run = await new SimWorld(seed, { ...world, traceMax: Number.MAX_SAFE_INTEGER }).run();
  const book = await checkRun(run);
  for (const line of run.journal.trace) console.log(line);
  for (const { law, sentence } of book.breaches) console.log(`BROKEN ${law}: ${sentence}`);
  const figures = { seed, steps: run.steps, violations: book.count, hash: run.hash };
  console.log(json ? JSON.stringify(figures) : figures);
  return book.count === 0 ? 0 : 1;
}

async function runMany({
  from,
  seeds,
  requests,
  meant,
  isSaved,
  json,
  ...world
}: Setting & {
  readonly from: number;
  readonly seeds: number;
  readonly meant: readonly Mutant[];
  readonly isSaved: boolean;
}): Promise<number> {
  const started = performance.now();
  const runs = await runSeeds(
    { ...world, from, seeds, requests },
    (done, violations) => {
      if (done % 25 === 0 || done === seeds)
        process.stderr.write(`${done} of ${seeds} worlds, ${violations} violations\n`);
    },
    ({ seed, breaches }) => process.stderr.write(`seed ${seed}: BROKEN ${breaches[0]}\n`),
  );
  if (runs.worlds < seeds)
    process.stderr.write(`${runs.worlds} of ${seeds} worlds were run: too many are broken\n`);
  for (const { seed, breaches, trace } of runs.broken.slice(0, 3)) {
    process.stderr.write(`seed ${seed}:\n${trace.map((line) => `  ${line}\n`).join('')}`);
    for (const breach of breaches.slice(0, 5)) process.stderr.write(`  BROKEN ${breach}\n`);
  }
  const known = knownSeeds();
  const mutants: Found[] = [];
  for (const mutant of meant) {
    const search = { requests, worldsMax: MUTANT_WORLDS_MAX, known: known[mutant.name], from };
    const found = await findMutant(mutant, search);
    mutants.push(found);
    if (isSaved) saveSeed(found);
    const how =
      found.worlds === 0
        ? 'NOT FOUND'
        : `broke "${found.law}" in world ${found.worlds}, of seed ${found.seed}`;
    process.stderr.write(`mutant: ${mutant.name}: ${how}\n`);
  }
  const { broken, ...totals } = runs;
  const plantedFound = mutants.filter((mutant) => mutant.worlds > 0).length;
  const report = {
    seeds,
    from,
    requests,
    ...totals,
    brokenSeeds: broken.map(({ seed }) => seed),
    planted: mutants.length,
    plantedFound,
    mutants,
    machine: machine(),
    commit: commit(),
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
  console.log(json ? JSON.stringify(report) : report);
  return runs.violations === 0 && runs.hashStable && plantedFound === mutants.length ? 0 : 1;
}
