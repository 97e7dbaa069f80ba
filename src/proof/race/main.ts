import { addExamples, wholeNumberFlag } from '../../node/command/command-line.ts';
import { newProgram, runProgram } from '../../node/command/run-program.ts';
import { type ProofFlags, runProof } from '../run-proof.ts';
import { runRace } from './run-race.ts';

const command = newProgram('race')
  .description(
    'Lets two writers append behind the same records of one shard, on real servers of NATS. Exit code 1 when two were told that one place is theirs, or a record is not where its writer was told.',
  )
  .option('--rounds <count>', 'How often they race.', '10000')
  .option('--servers <count>', 'Servers of NATS that replicate the log: 1 or 3.', '1')
  .option('--seed <number>', 'The same seed plans the same late appends.', '1')
  .option('--json', 'Print one JSON object.');
addExamples(command, ['npm run -s race -- --json', 'npm run -s race -- --servers 3 --rounds 1000']).action(
  race,
);
await runProgram(command);

async function race(
  flags: ProofFlags & { readonly rounds: string; readonly servers: string },
): Promise<void> {
  const rounds = wholeNumberFlag('--rounds', flags.rounds, 1);
  const servers = wholeNumberFlag('--servers', flags.servers, 1);
  await runProof(flags, {
    ...{ name: 'race', doing: 'racing', count: rounds },
    run: (given) => runRace({ rounds, servers, ...given }),
    faults: ({ bothAccepted, misplaced, lateAccepted }) => bothAccepted + misplaced + lateAccepted,
  });
}
