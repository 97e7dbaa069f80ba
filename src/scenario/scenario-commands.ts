import type { Command } from 'commander';
import { addExamples } from '../node/command/command-line.ts';

/** `attune demo`, `attune policy test` and `attune scenario schema`. `policy` is the command group of that name. */
export function registerScenarioCommands(program: Command, policy: Command): void {
  registerDemo(program);
  addExamples(
    policy
      .command('test [files...]')
      .description('Run scenario files (a folder means all of them; scenarios/ without any).')
      .option('--seeds <n>', 'Run each so many times, each on a fresh service with other draws.')
      .option('--json', 'Print one JSON object as the last line; everything else goes to stderr.'),
    [
      'attune policy test',
      'attune policy test scenarios/s5-shipping-cost.yaml',
      'attune policy test scenarios --json',
      'attune policy test scenarios/s2-race.yaml --seeds 34',
    ],
  ).action(async (files: string[], flags) => (await import('./policy-test.ts')).policyTest(files, flags));
  addExamples(
    program
      .command('scenario')
      .description('What scenario files are made of.')
      .command('schema')
      .description('Print the JSON Schema of scenario files, or write it.')
      .option('--write', 'Write scenarios/scenario.schema.json.'),
    ['attune scenario schema', 'attune scenario schema --write'],
  ).action(async (flags: { readonly write?: boolean }) =>
    (await import('./file/scenario-schema.ts')).printScenarioSchema(flags.write === true),
  );
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
