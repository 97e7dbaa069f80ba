import { wholeNumberFlag } from '../../node/command/command-line.ts';
import { type ProofFlags, runProof } from '../run-proof.ts';
import { runBackups } from './run-backup.ts';
import { runBackupsOfCluster } from './run-backup-cluster.ts';

/** `npm run backup`: exit code 1 when a backup lacks what was acknowledged, is different, or goes on under old names. */
export async function backup(
  flags: ProofFlags & { readonly rounds: string; readonly cluster?: boolean },
): Promise<void> {
  const rounds = wholeNumberFlag('--rounds', flags.rounds, 1);
  await runProof(flags, {
    ...{ name: 'backup', doing: 'backing up', count: rounds },
    run: (given) => (flags.cluster === true ? runBackupsOfCluster : runBackups)({ rounds, ...given }),
    faults: ({ lostBeyondStart, doubled, different, damaged, reissued, lostAfterRestore, unanswered }) =>
      lostBeyondStart + doubled + different + damaged + reissued + lostAfterRestore + unanswered,
  });
}
