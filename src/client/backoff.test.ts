import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';
import { settingsOf } from './settings.ts';

test('a wait is never shorter than what the service asked for, and never longer than that and the bound', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 0, max: 60_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, askedMs, chance) => {
        const settings = settingsOf({ random: () => chance });
        const wait = backoffMs(settings, attempt, askedMs);
        expect(wait).toBeGreaterThanOrEqual(askedMs);
        expect(wait).toBeLessThanOrEqual(askedMs + settings.retry.backoffMsMax);
      },
    ),
  );
});

test('waits double, and callers who failed together draw different ones', () => {
  const at = (attempt: number, chance: number) =>
    backoffMs(settingsOf({ random: () => chance, retry: { backoffMs: 100 } }), attempt, 0);
  expect([at(1, 0), at(2, 0), at(3, 0)]).toEqual([50, 100, 200]);
  expect([at(1, 1), at(2, 1), at(3, 1)]).toEqual([100, 200, 400]);
});
