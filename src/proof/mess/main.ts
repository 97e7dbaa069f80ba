import { parseArgs } from 'node:util';
import { commit, machine } from '../../node/command/machine.ts';
import { ALL_KINDS } from './all-kinds.ts';
import { messMutants } from './mutants.ts';
import { runMess } from './run-mess.ts';
import { MessTally } from './tally.ts';

const HELP = `mess [options]

A simulated shop whose producers duplicate, reorder, delay, split, misspell and retell what happened, and whose clocks are wrong: the profile of
every customer must be that of the clean history, and what cannot be understood must be told to its sender.

  --seeds N      small shops of three customers (default 2000)
  --from S       the first seed (default 1)
  --kind NAME    only that kind of mess, wherever it fits
  --no-mutants   do not try the proof on services with a known bug
  --json         one JSON object as the last line

Examples:
  npm run -s mess -- --seeds 2000 --json
  npm run -s mess -- --from 17 --seeds 1
`;

/** Shops that share a node, and with it a clock. */
const BATCH = 50;
/** Shops in which a mutant must be found. */
const MUTANT_SEEDS = 30;

const OPTIONS = {
  seeds: { type: 'string', default: '2000' },
  from: { type: 'string', default: '1' },
  kind: { type: 'string' },
  mutants: { type: 'boolean', default: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

process.exitCode = await main();

async function main(): Promise<number> {
  const values = given();
  if (typeof values === 'string') return refuse(values);
  const [seeds, from] = [Number(values.seeds), Number(values.from)];
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!(Number.isSafeInteger(seeds) && seeds >= 1 && Number.isSafeInteger(from) && from >= 0))
    return refuse('--seeds wants a whole number from 1 on, --from one from 0 on');
  const started = performance.now();
  const { kind } = values;
  const unknown = kind !== undefined && !ALL_KINDS.some(({ name }) => name === kind);
  if (unknown) return refuse(`--kind wants one of: ${ALL_KINDS.map(({ name }) => name).join('; ')}`);
  const tally = await runAll(from, seeds, kind);
  const isMutated = values.mutants && kind === undefined;
  const lost = isMutated ? await mutantsNotFound(from) : [];
  for (const example of [...tally.examples].sort()) process.stderr.write(`  ${example}\n`);
  const figures = {
    ...tally.figures,
    ...(isMutated ? { mutants: messMutants().length, mutantsNotFound: lost } : {}),
    seeds,
    seconds: Math.round(performance.now() - started) / 1_000,
    machine: machine(),
    commit: commit(),
  };
  console.log(values.json ? JSON.stringify(figures) : figures);
  // A handful of shops has not every kind of mess.
  const isWhole = tally.absent.length === 0 || seeds < BATCH;
  return tally.holds && isWhole && lost.length === 0 ? 0 : 1;
}

function given() {
  try {
    return parseArgs({ options: OPTIONS, allowNegative: true }).values;
  } catch (fault) {
    return (fault instanceof Error ? fault.message : String(fault)).split('. ')[0] ?? '';
  }
}

function refuse(sentence: string): number {
  process.stderr.write(`${sentence.replace(/\.$/, '')}.\n\n${HELP}`);
  return 2;
}

async function runAll(from: number, seeds: number, kind: string | undefined): Promise<MessTally> {
  const tally = new MessTally(kind === undefined ? ALL_KINDS.map(({ name }) => name) : [kind]);
  for (let done = 0; done < seeds; done += BATCH) {
    await runMess({ from: from + done, seeds: Math.min(BATCH, seeds - done), kind }, tally);
    const { different, silent, toldWrongly } = tally;
    process.stderr.write(
      `${Math.min(seeds, done + BATCH)} of ${seeds} shops: ${different} different, ${silent} silent, ${toldWrongly} told wrongly\n`,
    );
  }
  return tally;
}

/** The names of mutants under which everything seems right. */
async function mutantsNotFound(from: number): Promise<string[]> {
  const lost: string[] = [];
  for (const mutant of messMutants()) {
    const tally = new MessTally([]);
    await runMess({ from, seeds: MUTANT_SEEDS, mutant }, tally);
    process.stderr.write(
      `mutant: ${mutant.name}: ${tally.holds ? 'NOT FOUND' : (tally.examples[0] ?? '')}\n`,
    );
    if (tally.holds) lost.push(mutant.name);
  }
  return lost;
}
