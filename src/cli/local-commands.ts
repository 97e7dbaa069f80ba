import type { Command } from 'commander';
import { addExamples } from './command-line.ts';

/** The commands that work without a running service: on a data directory, or on one of their own. */
export function registerLocalCommands(program: Command): void {
  registerDemo(program);
  registerInspect(program);
  registerVerify(program);
  registerReplay(program);
  registerBench(program);
}

function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'A service, a simulated shop of 2,000 customers and three of its days in a minute; then one story, explained.',
    )
    .option('--seconds <n>', 'How long the shop lives; a day of its time takes 20 s.', '60')
    .option('--customers <n>', 'How many customers it has.', '2000')
    .option('--keep', 'Leave the data directory, to inspect and verify it.');
  addExamples(command, [
    'npm run demo',
    'attune demo --seconds 20 --customers 500',
    'NO_COLOR=1 attune demo > demo.log',
  ]).action(async (flags) => (await import('./demo/demo.ts')).demo(flags));
}

function registerInspect(program: Command): void {
  const command = program
    .command('inspect <directory>')
    .description(
      'Show what a data directory holds, and where it is damaged (exit code 1). No service may hold it.',
    )
    .option('--json', 'Print one JSON object, with every shard.');
  addExamples(command, ['attune inspect .attune/data', 'attune inspect .attune/data --json']).action(
    async (directory: string, flags: { json?: boolean }) => {
      process.exitCode = await (await import('./inspect.ts')).inspect(directory, flags);
    },
  );
}

function registerVerify(program: Command): void {
  const command = program
    .command('verify <directory>')
    .description(
      'Fold the log again and compare with the snapshots; derive every decision again and compare bytes. Exit code 1 on a difference.',
    )
    .option('--json', 'Print one JSON object.');
  addExamples(command, ['attune verify .attune/data', 'attune verify .attune/data --json']).action(
    async (directory: string, flags: { json?: boolean }) =>
      (await import('./verify-command.ts')).verify(directory, flags),
  );
}

function registerReplay(program: Command): void {
  const replay = addExamples(
    program
      .command('replay')
      .description("Send real data through a service of its own, in the data's own time."),
    ['attune replay online-retail --json', 'attune replay online-retail --help'],
  );
  const command = replay
    .command('online-retail')
    .description(
      'The UCI Online Retail set: every invoice as events, a decision before and after each order; totals and laws are checked (exit code 1).',
    )
    .option('--data <folder>', 'Holds online-retail/… (default: ATTUNE_DATA_DIR, else ../shared/data).')
    .option('--speed <factor>', 'Seconds of the data in one real second; without it as fast as it goes.')
    .option('--dir <folder>', 'Where the service keeps its data, which must be new; it is left there.')
    .option('--keep', 'Leave the data directory, and say where it is.')
    .option('--json', 'Print one JSON object at the end.');
  addExamples(command, [
    'attune replay online-retail',
    'attune replay online-retail --keep --json',
    'attune replay online-retail --speed 1000000',
  ]).action(async (flags) => (await import('./replay/replay.ts')).replay(flags));
}

function registerBench(program: Command): void {
  const command = program
    .command('bench <what> [options...]')
    .description('Measure: decide, scale or ingest. "attune bench decide --help" tells the options.')
    .helpOption(false)
    .allowUnknownOption();
  addExamples(command, [
    'npm run -s bench -- decide --json',
    'npm run -s bench -- scale --customers 100000',
  ]).action(async () => {
    const given = process.argv.slice(process.argv.indexOf('bench') + 1);
    process.exitCode = await (await import('./bench/main.ts')).runBench(given);
  });
}
