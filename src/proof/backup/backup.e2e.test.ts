import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { BackupMutant } from './mutant.ts';
import { runBackups } from './run-backup.ts';

const directory = mkdtempSync(join(tmpdir(), 'attune-backup-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(name: string, rounds: number, mutant?: BackupMutant) {
  const plan = { rounds, seed: 5, directory: join(directory, name), progress: () => {} };
  return runBackups(mutant === undefined ? plan : { ...plan, mutant });
}

test('backed up under load and over kills, what is restored has all that was acknowledged before, and goes on under new names', async () => {
  const report = await run('sound', 4);
  expect(report.sentences).toEqual([]);
  expect(report).toMatchObject({
    lostBeyondStart: 0,
    different: 0,
    reissued: 0,
    lostAfterRestore: 0,
    damaged: 0,
  });
  expect(report.restored).toMatchObject({ running: 1, 'killed after': 1, stopped: 1 });
  expect(report.acknowledged).toBeGreaterThan(200);
  expect(report.facts).toBeGreaterThan(200);
}, 240_000);

test('what came after the beginning is found missing when it is asked for', async () => {
  const report = await run('late', 1, 'late promise');
  expect(report.lostBeyondStart).toBeGreaterThan(0);
}, 120_000);

test('names that are given again are found when a restore goes on in the same generation', async () => {
  const report = await run('same', 1, 'same generation');
  expect(report.reissued).toBeGreaterThan(0);
}, 120_000);
