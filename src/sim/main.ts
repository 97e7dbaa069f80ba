import { parseArgs } from 'node:util';
import { checkRun } from './check/check-run.ts';
import { type Found, findPlant } from './find-plants.ts';
import { commit, machine } from './machine.ts';
import { PLANTS } from './planted/plants.ts';
import { runSeeds } from './run-seeds.ts';
import { World } from './world.ts';

const HELP = `sim [options]

Two nodes over one simulated log and snapshot store, under a virtual clock: crashes, pauses past the lease, late and lost
appends, duplicates, reordering, lost snapshots. What they did is held against laws that share no code with them.

  --seeds N    worlds to run (default 500)
  --from S     the first seed (default 1)
  --seed X     one world, with everything that happened in it
  --steps N    requests of customers in each world (default 200)
  --no-plants  do not try the checkers on planted bugs
  --json       one JSON object as the last line

Examples:
  npm run -s sim -- --seeds 500 --json
  npm run -s sim -- --seed 29
`;

/** Worlds in which a planted bug must show. */
const PLANT_WORLDS_MAX = 40;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    steps: { type: 'string', default: '200' },
    plants: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

const numbers = [values.seeds, values.from, values.seed ?? '0', values.steps].map(Number);
if (values.help) process.stdout.write(HELP);
else if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
  process.stderr.write(`--seeds, --from, --seed and --steps want whole numbers.\n\n${HELP}`);
  process.exitCode = 2;
} else if (values.seed !== undefined)
  process.exitCode = await runOne(Number(values.seed), Number(values.steps));
else process.exitCode = await runMany(Number(values.from), Number(values.seeds), Number(values.steps));

async function runOne(seed: number, requests: number): Promise<number> {
  const run = await new World(seed, { requests, traceMax: Number.MAX_SAFE_INTEGER }).run();
  const book = checkRun(run);
  for (const line of run.journal.trace) console.log(line);
  for (const { law, sentence } of book.breaches) console.log(`BROKEN ${law}: ${sentence}`);
  const figures = { seed, steps: run.steps, violations: book.count, hash: run.hash };
  console.log(values.json ? JSON.stringify(figures) : figures);
  return book.count === 0 ? 0 : 1;
}

async function runMany(from: number, seeds: number, requests: number): Promise<number> {
  const started = performance.now();
  const runs = await runSeeds({ from, seeds, requests }, (done, violations) => {
    if (done % 25 === 0 || done === seeds)
      process.stderr.write(`${done} of ${seeds} worlds, ${violations} violations\n`);
  });
  for (const { seed, breaches, trace } of runs.broken.slice(0, 3)) {
    process.stderr.write(`seed ${seed}:\n${trace.map((line) => `  ${line}\n`).join('')}`);
    for (const breach of breaches.slice(0, 5)) process.stderr.write(`  BROKEN ${breach}\n`);
  }
  const plants: Found[] = [];
  if (values.plants) {
    for (const plant of PLANTS) {
      const found = await findPlant(plant, from, PLANT_WORLDS_MAX, requests);
      plants.push(found);
      const how = found.worlds === 0 ? 'NOT FOUND' : `broke "${found.law}" in world ${found.worlds}`;
      process.stderr.write(`planted: ${plant.name}: ${how}\n`);
    }
  }
  const { broken, ...totals } = runs;
  const plantedFound = plants.filter((plant) => plant.worlds > 0).length;
  const report = {
    seeds,
    from,
    requests,
    ...totals,
    brokenSeeds: broken.map(({ seed }) => seed),
    planted: plants.length,
    plantedFound,
    plants,
    machine: machine(),
    commit: commit(),
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
  console.log(values.json ? JSON.stringify(report) : report);
  return runs.violations === 0 && runs.hashStable && plantedFound === plants.length ? 0 : 1;
}
