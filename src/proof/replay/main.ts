import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { replay } from './replay.ts';

const program = newProgram('replay').description(
  "Send real data through a service of its own, in the data's own time.",
);
const command = program
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
  'npm run -s replay -- online-retail',
  'npm run -s replay -- online-retail --keep --json',
  'npm run -s replay -- online-retail --speed 1000000',
]).action(replay);
await runProgram(program);
