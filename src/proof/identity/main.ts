import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { identity } from './identity.ts';

const command = newProgram('identity')
  .description(
    'Live random lives over many keys in a service and in a plain model, each in three orders of arrival, while a desk links, parts and forgets some, and browsers follow links in messages; compare who is who, with orders, spend, consent, viewed products, messages and links. Exit code 1 when one differs, depends on the order, comes back from an Unlink otherwise than alone, or unites two people. A fifth as many lives more are of people who share devices: each device is with whom it was seen last, and reaches nobody else.',
  )
  .option('--histories <count>', 'How many lives.', '20000')
  .option('--seed <number>', 'The same seed lives the same lives.', '1')
  .option('--json', 'Print one JSON object.');
addExamples(command, ['npm run -s identity -- --json', 'npm run -s identity -- --histories 500']).action(
  identity,
);
await runProgram(command);
