import { expect, test } from 'vitest';
import { cpuMicrosOf } from './other-load.ts';

// Skipped because only Linux tells.
test.skipIf(process.platform !== 'linux')(
  'the CPU of another process is the one that it says it used',
  () => {
    const own = process.cpuUsage();
    const until = (own.user + own.system) / 1_000 + 50;
    const used = (): number => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    };
    while (used() < until);
    const read = cpuMicrosOf(process.pid) / 1_000;
    expect(Math.abs(read - used())).toBeLessThan(40);
  },
);

test('of a process that has ended there is none', () => {
  expect(cpuMicrosOf(0)).toBeNaN();
});
