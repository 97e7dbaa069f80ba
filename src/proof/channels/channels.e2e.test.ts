import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BAD_CHANNELS, HEALTHY_CHANNELS } from './channels-policy.ts';
import { runChannels } from './run-channels.ts';

const directory = mkdtempSync(join(tmpdir(), 'attune-channels-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

// How long others wait is judged by `npm run channels` alone: a test shares the machine with other tests.
test('beside a dead, a slow, a flapping and a doubling channel nothing is lost, and nothing counts twice', async () => {
  const report = await runChannels({ rounds: 1, seconds: 2, directory, progress: () => {} });
  expect(report.sentences).toEqual([]);
  expect(report).toMatchObject({ lost: 0, doubledEffects: 0, failed: 0 });
  expect(report.rounds + report.disturbed).toBe(report.pairs.length);
  expect(report.judged).toBe(report.rounds === 1);
  const { byChannel } = report;
  for (const channel of HEALTHY_CHANNELS) {
    expect(byChannel[channel]?.accepted).toBeGreaterThan(20);
    expect(byChannel[channel]?.open).toBeUndefined();
  }
  expect(byChannel[BAD_CHANNELS.doubling]?.accepted).toBeGreaterThan(20);
  // They did behave badly. On a slow machine what they leave may not be over yet.
  for (const channel of [BAD_CHANNELS.dead, BAD_CHANNELS.slow]) {
    const { expired = 0, open = 0 } = byChannel[channel] ?? {};
    expect(expired + open, channel).toBeGreaterThan(0);
  }
}, 180_000);
