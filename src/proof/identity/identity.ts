import { wholeNumberFlag } from '../../node/command/command-line.ts';
import { type ProofFlags, runProof } from '../run-proof.ts';
import { runIdentity } from './run-identity.ts';

/** `npm run identity`: exit code 1 when the service has another customer behind a key than a plain model has. */
export async function identity(flags: ProofFlags & { readonly histories: string }): Promise<void> {
  const histories = wholeNumberFlag('--histories', flags.histories, 1);
  await runProof(flags, {
    ...{ name: 'identity', doing: 'living', count: histories },
    run: ({ seed, progress }) => runIdentity({ histories, seed, progress }),
    faults: ({ different, orderDependent, wronglyUnited, unlinked, restored }) =>
      different + orderDependent + wronglyUnited + unlinked - restored,
  });
}
