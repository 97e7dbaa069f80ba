import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BOUNDS } from '../core/bounds.ts';
import { INTERVALS, LIMITS } from './limits.ts';

test('every bound and every interval is a positive whole number', () => {
  for (const [name, bound] of Object.entries({ ...LIMITS, ...INTERVALS })) {
    expect([name, Number.isSafeInteger(bound) && bound > 0]).toEqual([name, true]);
  }
});

test('every bound and every interval says its reason', () => {
  const lines = readFileSync(new URL('./limits.ts', import.meta.url), 'utf8').split('\n');
  const bounds = lines.flatMap((line, at) => (/^ {2}[a-zA-Z]+: .*,$/.test(line) ? [at] : []));
  expect(bounds.length).toBeGreaterThan(40);
  for (const at of bounds) expect([lines[at], lines[at - 1]?.endsWith('*/')]).toEqual([lines[at], true]);
});

test('every bound that core enforces is listed with all others', () => {
  const listed = readFileSync(new URL('./limits.ts', import.meta.url), 'utf8').matchAll(/\bBOUNDS\.(\w+)/g);
  // A gap between two sessions bounds nothing: it says what a session is. A wait between two tries is no bound either, nor is by how much clocks differ.
  const others = ['sessionGapMs', 'claimRetryMs', 'clocksDifferMs'];
  const expected = Object.keys(BOUNDS).filter((name) => !others.includes(name));
  expect([...new Set([...listed].map(([, name]) => name))].sort()).toEqual(expected.sort());
});

test('bounds that depend on one another fit', () => {
  expect(LIMITS.candidatesScoredMax).toBeLessThanOrEqual(LIMITS.candidatesMax);
  expect(LIMITS.turnRequestsMax).toBeLessThanOrEqual(LIMITS.mailboxPerShardMax);
  expect(LIMITS.requestBytesMax).toBeLessThanOrEqual(LIMITS.mailboxBytesMax);
  expect(INTERVALS.dispatchRetryMs).toBeLessThanOrEqual(INTERVALS.dispatchRetryMsMax);
});
