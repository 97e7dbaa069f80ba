import { wholeNumberFlag } from '../../node/command/command-line.ts';
import { type ProofFlags, runProof } from '../run-proof.ts';
import { runCrash } from './run-crash.ts';
import { runCrashCluster } from './run-crash-cluster.ts';

/** `npm run crash`: kills a service of its own under load; exit code 1 when anything is lost, doubled or broken. */
export async function crash(
  flags: ProofFlags & { readonly kills: string; readonly cluster?: boolean },
): Promise<void> {
  const kills = wholeNumberFlag('--kills', flags.kills, 1);
  await runProof(flags, {
    ...{ name: 'crash', doing: 'killing', count: kills },
    run: (given) => (flags.cluster === true ? runCrashCluster : runCrash)({ kills, ...given }),
    faults: ({ lost, doubled, guardrailsBroken, unlogged, unanswered, verifyDifferent }) =>
      lost + doubled + guardrailsBroken + unlogged + unanswered + verifyDifferent,
  });
}
