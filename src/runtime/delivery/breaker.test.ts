import fc from 'fast-check';
import { expect, test } from 'vitest';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { Breaker } from './breaker.ts';

const { channelProbeMs, channelProbeMsMax } = INTERVALS;

function opened(now: number): Breaker {
  const breaker = new Breaker();
  for (let n = 1; n < LIMITS.channelFailuresMax; n++) expect(breaker.failed(now)).toBe(false);
  expect(breaker.failed(now)).toBe(true);
  return breaker;
}

test('so many failures in a row open it, and one answer between them begins the count anew', () => {
  const breaker = new Breaker();
  for (let n = 1; n < LIMITS.channelFailuresMax; n++) breaker.failed(1_000);
  expect(breaker.answered()).toBe(false);
  for (let n = 1; n < LIMITS.channelFailuresMax; n++) expect(breaker.failed(2_000)).toBe(false);
  expect([breaker.isOpen, breaker.lets(2_000)]).toEqual([false, true]);
  expect(breaker.failed(3_000)).toBe(true);
  expect([breaker.isOpen, breaker.openedAt, breaker.lets(3_000)]).toEqual([true, 3_000, false]);
});

test('open, it lets one probe go at a time, after waits that double up to their longest', () => {
  let now = 1_000;
  const breaker = opened(now);
  for (let probe = 0; probe < 12; probe++) {
    const wait = Math.min(channelProbeMsMax, channelProbeMs * 2 ** probe);
    expect([breaker.lets(now + wait - 1), breaker.lets(now + wait)]).toEqual([false, true]);
    now += wait;
    breaker.delivered(now);
    expect(breaker.lets(now)).toBe(false);
    expect(breaker.failed(now)).toBe(false);
  }
});

test('an answer closes it, and a channel system that connects is worth a probe at once', () => {
  const breaker = opened(1_000);
  breaker.connected(1_001);
  expect([breaker.isOpen, breaker.lets(1_001)]).toEqual([true, true]);
  breaker.delivered(1_001);
  expect(breaker.lets(1_002)).toBe(false);
  expect(breaker.answered()).toBe(true);
  expect([breaker.isOpen, breaker.openedAt, breaker.lets(1_002)]).toEqual([false, 0, true]);
});

test('while it stays open, deliveries are never nearer to each other than the first wait', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 120_000 }), { maxLength: 60 }), (steps) => {
      let now = 1_000;
      const breaker = opened(now);
      let last = now;
      for (const step of steps) {
        now += step;
        if (!breaker.lets(now)) continue;
        expect(now - last).toBeGreaterThanOrEqual(channelProbeMs);
        breaker.delivered(now);
        breaker.failed(now);
        last = now;
      }
    }),
  );
});
