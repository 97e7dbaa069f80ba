import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runFuzz } from './run-fuzz.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'attune-fuzz-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('two thousand mutated requests neither crash nor hang the service, tell nothing of its inside, and leave a log that verifies', async () => {
  const failures: string[] = [];
  const report = await runFuzz({
    seed: 20,
    from: 0,
    to: 2_000,
    directory,
    policy: [],
    progress: () => {},
    failure: (text) => failures.push(text),
  });
  expect(failures).toEqual([]);
  expect(report).toMatchObject({
    requests: 2_000,
    crashed: 0,
    leaked: 0,
    hung: 0,
    faults: 0,
    soundRefused: 0,
    verifyDifferent: 0,
  });
  // It was a conversation, not a wall: much was taken, much refused, and the log holds what was decided.
  expect(report.statuses.OK).toBeGreaterThan(500);
  expect(report.statuses.INVALID_ARGUMENT).toBeGreaterThan(200);
  expect(report.verifyDecisions).toBeGreaterThan(100);
});
