import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { damage } from './damage.ts';

const command = newProgram('damage')
  .description(
    'Lose, cut and flip files of a data directory, or put older ones in their place, singly and in pairs; ask inspect, verify and a start of the service each time, and compare every profile with the truth. Exit code 1 when anything is silent, answered wrongly, or lost though a copy exists.',
  )
  .option('--trials <count>', 'How many copies are harmed.', '200')
  .option('--seed <number>', 'The same seed does the same harm.', '1')
  .option('--keep', 'Leave the directories, and say where they are.')
  .option('--json', 'Print one JSON object.');
addExamples(command, [
  'npm run -s damage -- --json',
  'npm run -s damage -- --trials 30 --seed 7 --keep',
]).action(damage);
await runProgram(command);
