import { wholeNumberFlag } from '../../node/command/command-line.ts';
import { type ProofFlags, runProof } from '../run-proof.ts';
import { runDamage } from './run-damage.ts';

/** `npm run damage`: exit code 1 when anything is silent, answered wrongly, or lost though a copy exists. */
export async function damage(flags: ProofFlags & { readonly trials: string }): Promise<void> {
  const trials = wholeNumberFlag('--trials', flags.trials, 1);
  await runProof(flags, {
    ...{ name: 'damage', doing: 'harming', count: trials },
    run: (given) => runDamage({ trials, ...given }),
    faults: ({ wrongAnswers, silent, saidDifferently, unhealedWithCopy, notAccepted, died }) =>
      wrongAnswers + silent + saidDifferently + unhealedWithCopy + notAccepted + died,
  });
}
