import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCrash } from './run-crash.ts';

const directory = mkdtempSync(join(tmpdir(), 'attune-crash-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('killed under load, at a random moment and between the steps of a turn, it loses, doubles and breaks nothing', async () => {
  const report = await runCrash({ kills: 4, seed: 7, directory, progress: () => {} });
  expect(report.sentences).toEqual([]);
  expect(report).toMatchObject({ restarts: 4, lost: 0, doubled: 0, guardrailsBroken: 0, verifyDifferent: 0 });
  expect(report.acknowledged).toBeGreaterThan(100);
  expect(Object.keys(report.points).length).toBeGreaterThan(1);
  // A load in which nobody is linked, parted, forgotten, shown ads or identified by a link would show nothing.
  for (const count of ['links', 'unlinks', 'erasures', 'audienceChanges', 'absorbs'] as const)
    expect(report[count], count).toBeGreaterThan(0);
}, 300_000);
