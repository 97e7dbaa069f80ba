import { wholeNumberFlag } from '../../node/command/command-line.ts';
import { type ProofFlags, runProof } from '../run-proof.ts';
import { runDevices } from './run-devices.ts';
import { runIdentity } from './run-identity.ts';

/** One history of shared devices to so many others. */
const DEVICE_SHARE = 5;

/** `npm run identity`: exit code 1 when the service has another customer behind a key than a plain model has. */
export async function identity(flags: ProofFlags & { readonly histories: string }): Promise<void> {
  const histories = wholeNumberFlag('--histories', flags.histories, 1);
  await runProof(flags, {
    ...{ name: 'identity', doing: 'living', count: histories },
    run: async ({ seed, progress }) => ({
      ...(await runIdentity({ histories, seed, progress })),
      // People who share devices are lives of their own: they are many, and nobody there is taken for somebody else.
      ...(await runDevices({ histories: Math.ceil(histories / DEVICE_SHARE), seed })),
    }),
    faults: ({ different, orderDependent, wronglyUnited, unlinked, restored, ...devices }) =>
      different +
      orderDependent +
      wronglyUnited +
      unlinked -
      restored +
      devices.deviceDifferent +
      devices.deviceOrderDependent +
      devices.reachedTwice,
  });
}
