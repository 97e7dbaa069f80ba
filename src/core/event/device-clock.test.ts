import { expect, test } from 'vitest';
import { timeOf } from './device-clock.ts';
import type { EventInput } from './event-input.ts';

const NOW = 1_772_452_800_000;
const told = (occurredAt: number, sentAt: number) =>
  timeOf({ occurredAt, sentAt, historical: false } as EventInput, NOW);

test('a clock that is two weeks ahead is put right', () => {
  const ahead = 14 * 86_400_000;
  expect(told(NOW + ahead - 5_000, NOW + ahead).at).toBe(NOW - 5_000);
});

test('a sent_at that was never set moves nothing, and the sender is told', () => {
  const { at, warnings } = told(NOW - 5_000, 0);
  expect(at).toBe(NOW - 5_000);
  expect(warnings).toMatchObject([{ field: 'sent_at', rule: 'event.clock' }]);
});
