import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { retries } from './retries.ts';

const command = newProgram('retries')
  .description(
    'Send every request that carries an id to a service of its own, then again as parsers, proxies and other languages would write it, then with another meaning under the same id. Exit code 1 when an honest retry is refused or counts again, or another meaning is taken.',
  )
  .option('--trials <count>', 'How many requests of each kind.', '50')
  .option('--seed <number>', 'The same seed sends the same requests.', '1')
  .option('--json', 'Print one JSON object.');
addExamples(command, ['npm run -s retries -- --json', 'npm run -s retries -- --trials 500']).action(retries);
await runProgram(command);
