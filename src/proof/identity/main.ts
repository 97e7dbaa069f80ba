import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { identity } from './identity.ts';

const command = newProgram('identity')
  .description(
    'Live random lives over many keys in a service and in a plain model, each in three orders of arrival, and compare who is who, with orders, consent, viewed products and messages. Exit code 1 when one differs, depends on the order, or unites two people.',
  )
  .option('--histories <count>', 'How many lives.', '20000')
  .option('--seed <number>', 'The same seed lives the same lives.', '1')
  .option('--json', 'Print one JSON object.');
addExamples(command, ['npm run -s identity -- --json', 'npm run -s identity -- --histories 500']).action(
  identity,
);
await runProgram(command);
