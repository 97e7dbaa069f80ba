import { expect, test } from 'vitest';
import { Moments } from './moments.ts';
import { Timeline } from './timeline.ts';

const DAY_MS = 86_400_000;

test('what repeats itself day after day is told once, with how often it did', () => {
  const timeline = new Timeline(new Moments(0));
  for (let day = 1; day <= 40; day++)
    timeline.add(
      day * DAY_MS,
      `log, anna: consider 2026-03-${String(day % 31).padStart(2, '0')} 10:00 decides: nothing, NO_CANDIDATE`,
    );
  timeline.add(41 * DAY_MS, 'log, anna: consider 2026-04-11 10:00 decides: refill/plain on email');
  timeline.add(42 * DAY_MS, 'log, anna: consider 2026-04-12 10:00 decides: nothing, NO_CANDIDATE');
  expect(timeline.lines()).toEqual([
    ' +1d  log, anna: consider 2026-03-01 10:00 decides: nothing, NO_CANDIDATE; 39 more like it until +40d',
    '+41d  log, anna: consider 2026-04-11 10:00 decides: refill/plain on email',
    '+42d  log, anna: consider 2026-04-12 10:00 decides: nothing, NO_CANDIDATE',
  ]);
});
