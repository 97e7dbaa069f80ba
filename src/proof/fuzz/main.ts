import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { fuzz } from './fuzz.ts';

const command = newProgram('fuzz')
  .description(
    'Send mutated bytes and fields to every method of a service of its own, then verify what it wrote. Exit code 1 when it crashes, hangs, leaks inner text, grows, refuses sound requests, or differs.',
  )
  .option('--requests <count>', 'How many requests are sent.', '100000')
  .option('--seed <number>', 'The same seed sends the same requests.', '1')
  .option('--only <number or range>', 'Send only these requests of the seed, for example 4711 or 4700-4720.')
  .option('--keep', 'Leave the data directory, and say where it is.')
  .option('--json', 'Print one JSON object.');
addExamples(command, [
  'npm run -s fuzz -- --requests 100000 --json',
  'npm run -s fuzz -- --seed 7 --only 4711',
]).action(fuzz);
await runProgram(command);
