import { expect, test } from 'vitest';
import type { ProbeEvent } from './probe.ts';
import { waitedSince } from './probe-waits.ts';
import { beyond } from './run-faults.ts';

const asked = (shard: number, sentAt: number, endedAt: number, fault = ''): ProbeEvent => ({
  ...{ shard, sentAt, endedAt, fault },
});

test('an event that was given up and the next one are one wait, which begins with the failure', () => {
  const found = waitedSince(
    [
      asked(0, 0, 900),
      asked(1, 900, 1_100),
      asked(0, 990, 6_000, 'unavailable'),
      asked(0, 6_040, 7_500),
      asked(0, 7_540, 7_560),
    ],
    1_000,
  );
  expect(found).toEqual({ unavailableMsMax: 6_500, errors: 1 });
});

test('a shard that never answered has waited until the last try', () => {
  expect(waitedSince([asked(2, 10, 5_010, 'gone'), asked(2, 5_050, 9_010, 'gone')], 0)).toEqual({
    unavailableMsMax: 9_000,
    errors: 2,
  });
});

test('what is beyond its bound is told, and so is what was not measured', () => {
  const figures = { unavailableMsMax: 900, errors: 1, measures: { handoffP99Ms: 510 } };
  expect(beyond('ended', figures, { errorsMax: 1, measures: { handoffP99Ms: 510 } })).toEqual([]);
  expect(
    beyond('ended', figures, {
      unavailableMsMax: 800,
      errorsMax: 0,
      measures: { handoffP99Ms: 500, other: 1 },
    }),
  ).toEqual([
    'ended: unavailableMsMax is 900, and may be 800 at most',
    'ended: errors is 1, and may be 0 at most',
    'ended: handoffP99Ms is 510, and may be 500 at most',
    'ended: other is NaN, and may be 1 at most',
  ]);
});
