import { wholeNumberFlag } from '../../node/command/command-line.ts';
import { type ProofFlags, runProof } from '../run-proof.ts';
import { runChannels } from './run-channels.ts';

/** What callers and channels may be slowed down by others' misbehaviour. */
const P99_RATIO_MAX = 1.5;

/** `npm run channels`: exit code 1 when bad channels slow others, or a dispatch is lost or counts twice. */
export async function channels(
  flags: Omit<ProofFlags, 'seed'> & { readonly rounds: string; readonly seconds: string },
): Promise<void> {
  const rounds = wholeNumberFlag('--rounds', flags.rounds, 1);
  const seconds = wholeNumberFlag('--seconds', flags.seconds, 1);
  await runProof(
    { ...flags, seed: '1' },
    {
      ...{ name: 'channels', doing: 'rounds of', count: rounds },
      run: ({ directory, progress }) => runChannels({ rounds, seconds, directory, progress }),
      faults: ({ otherP99Ratio, judged, doubledEffects, lost, failed }) =>
        doubledEffects + lost + failed + (judged && !(otherP99Ratio <= P99_RATIO_MAX) ? 1 : 0),
    },
  );
}
