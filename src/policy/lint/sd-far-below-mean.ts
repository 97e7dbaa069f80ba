import type { Lint } from './lint.ts';
import { rawLifts } from './raw-lifts.ts';

/** To know a lift of one in a hundred to a seventh of itself takes an experiment with some hundred thousand customers. */
const SHARE_MIN = 0.15;

export const sdFarBelowMean: Lint = {
  id: 'sd-far-below-mean',
  doc: 'A lift is said to be known far better than anybody knows one.',
  find: (sound) =>
    rawLifts(sound)
      .filter(({ mean, sd }) => sd !== undefined && sd < mean * SHARE_MIN)
      .map(({ source, path, mean, sd }) =>
        source.faultAt(
          [...path, 'sd'],
          `${path.join('.')}.sd is ${sd}, far below the mean ${mean}: it says that the lift is known almost exactly, so nothing else is tried beside it; write about half of the mean, ${Number((mean / 2).toPrecision(2))}`,
        ),
      ),
};
