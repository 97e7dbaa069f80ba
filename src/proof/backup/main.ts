import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { backup } from './backup.ts';

const command = newProgram('backup')
  .description(
    'Back up the data directory of a service under load, in some rounds killed during the backup or right after it; restore each backup, verify it, hold it against everything that was acknowledged before the backup began, and serve it. Exit code 1 when anything is lost, different, or named twice.',
  )
  .option('--rounds <count>', 'How many backups are made.', '8')
  .option(
    '--cluster',
    'Of a deployment of two nodes on NATS and Redis, one of them killed in some rounds; restored into another deployment and into a directory in turn.',
  )
  .option('--seed <number>', 'The same seed plans the same rounds.', '1')
  .option('--keep', 'Leave the directories, and say where they are.')
  .option('--json', 'Print one JSON object.');
addExamples(command, [
  'npm run -s backup -- --json',
  'npm run -s backup -- --rounds 4 --seed 7 --keep',
  'npm run -s backup -- --cluster --rounds 4 --json',
]).action(backup);
await runProgram(command);
