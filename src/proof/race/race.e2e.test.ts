import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isThere, natsServerProgram } from '../servers/server-programs.ts';
import { runRace } from './run-race.ts';

// Skipped because a machine without registries has no such servers; CI can fetch them, so there it fails.
describe.skipIf(!(await isThere(natsServerProgram)))('writers of one shard', () => {
  test.each([1, 3])('on %i servers of NATS no two are told that a place is theirs', async (servers) => {
    const directory = mkdtempSync(join(tmpdir(), 'attune-race-test-'));
    try {
      const report = await runRace({ rounds: 150, servers, seed: 1, directory, progress: () => {} });
      expect(report).toMatchObject({ bothAccepted: 0, misplaced: 0, lateAccepted: 0, unknown: 0 });
      expect([report.accepted, report.refused > 150]).toEqual([150, true]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
