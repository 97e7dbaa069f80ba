import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { crash } from './crash.ts';

const command = newProgram('crash')
  .description(
    'Kill a service of its own again and again under load, at random moments and between the steps of a turn; then hold its log against everything it acknowledged. Exit code 1 when anything is lost, doubled or broken.',
  )
  .option('--kills <count>', 'How often it is killed.', '50')
  .option('--seed <number>', 'The same seed plans the same deaths.', '1')
  .option('--cluster', 'Three nodes on NATS and Redis, which are killed, stopped and started again too.')
  .option('--keep', 'Leave the data directory, and say where it is.')
  .option('--json', 'Print one JSON object.');
addExamples(command, [
  'npm run -s crash -- --kills 50 --json',
  'npm run -s crash -- --kills 5 --keep',
  'npm run -s crash -- --cluster --kills 20 --json',
]).action(crash);
await runProgram(command);
