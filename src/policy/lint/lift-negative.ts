import type { Lint } from './lint.ts';
import { rawLifts } from './raw-lifts.ts';

export const liftNegative: Lint = {
  id: 'lift-negative',
  doc: 'A lift is below 0: the message is said to cost purchases.',
  find: (sound) =>
    rawLifts(sound)
      .filter(({ mean }) => mean < 0)
      .map(({ source, path, mean }) =>
        source.faultAt(
          [...path, 'mean'],
          `${path.join('.')}.mean is ${mean}: each reader would buy less than without the message; write 0 where it sells nothing, and engagement_value for what it is worth besides`,
        ),
      ),
};
