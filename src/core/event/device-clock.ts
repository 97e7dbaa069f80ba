import type { EventInput } from './event-input.ts';
import { type EventWarning, warning } from './event-warning.ts';

/** A difference up to this is transport and rounding, not a wrong clock. */
export const CLOCK_SKEW_MS_MIN = 60_000;

/**
 * When an event happened by a right clock, in ms since 1970 UTC. A device says when it handed the event over (`sentAt`); where that and the
 * time of receipt (a collector's, else `now`) differ by more than a minute, the device's clock is wrong by the
 * difference. A historical event was handed over long ago, so only a collector's time can put it right. Nothing is handed over before it
 * happens: a `sentAt` that says so was never set (1970, say), and says nothing of the clock.
 */
export function timeOf(
  input: EventInput,
  now: number,
): { readonly at: number; readonly warnings?: readonly EventWarning[] } {
  const { occurredAt, sentAt, receivedAt } = input;
  const received = receivedAt ?? (input.historical ? undefined : now);
  if (sentAt === undefined || received === undefined) return { at: occurredAt };
  if (occurredAt - sentAt > CLOCK_SKEW_MS_MIN) {
    const sentence = '`sent_at` is before `occurred_at` by the same clock; it was not used.';
    return { at: occurredAt, warnings: [warning('sent_at', 'event.clock', String(sentAt), sentence)] };
  }
  const skew = received - sentAt;
  if (Math.abs(skew) <= CLOCK_SKEW_MS_MIN) return { at: occurredAt };
  const ahead = skew < 0 ? 'ahead' : 'behind';
  const sentence = `\`sent_at\` shows a clock that is ${Math.round(Math.abs(skew) / 1000)} s ${ahead}; \`occurred_at\` was moved by that.`;
  return { at: occurredAt + skew, warnings: [warning('sent_at', 'event.clock', String(sentAt), sentence)] };
}
