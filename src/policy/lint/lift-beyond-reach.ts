import type { Lint } from './lint.ts';
import { rawLifts } from './raw-lifts.ts';

/** Money off for a cart that was all but paid comes near it; no message that was ever measured against a holdout passes it. */
const LIFT_MEAN_MAX = 0.1;

export const liftBeyondReach: Lint = {
  id: 'lift-beyond-reach',
  doc: 'A lift is higher than any message reaches.',
  find: (sound) =>
    rawLifts(sound)
      .filter(({ mean }) => mean > LIFT_MEAN_MAX)
      .map(({ source, path, mean }) =>
        source.faultAt(
          [...path, 'mean'],
          `${path.join('.')}.mean is ${mean}: ${perHundred(mean)} more of a hundred readers would buy, and no message reaches more than ${perHundred(LIFT_MEAN_MAX)}; write the purchases that the message adds, such as 0.01, not the share that buys`,
        ),
      ),
};

function perHundred(mean: number): number {
  return Number((mean * 100).toPrecision(3));
}
