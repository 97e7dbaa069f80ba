import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Harm } from './harm.ts';
import { runDamage } from './run-damage.ts';

const directory = mkdtempSync(join(tmpdir(), 'attune-damage-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const plan = { seed: 3, directory, progress: () => {} };
const lost = (file: string): Harm => ({ file, kind: 'lost', places: [] });

const HARMS: readonly (readonly Harm[])[] = [
  [lost('log')],
  [lost('archive')],
  [lost('state.mdb')],
  [{ file: 'state.mdb', kind: 'cut', places: [8_192] }],
  [{ file: 'state.mdb', kind: 'flipped', places: [8 * 20_000] }],
  [{ file: 'state.mdb', kind: 'older', places: [] }],
  [lost('editions.log')],
  [lost('FORMAT')],
  [lost('extent.a'), lost('extent.b')],
  [lost('log/trimmed')],
  [lost('state.mdb'), lost('log')],
  [lost('images'), { file: 'archive', kind: 'older', places: [] }],
];

test('whatever file is lost, cut, flipped or older, all who are asked say so, and what has a copy is made good', async () => {
  const report = await runDamage({ ...plan, trials: HARMS.length, harms: HARMS });
  expect(report.sentences).toEqual([]);
  const none = {
    wrongAnswers: 0,
    silent: 0,
    saidDifferently: 0,
    unhealedWithCopy: 0,
    notAccepted: 0,
    died: 0,
  };
  expect(report).toMatchObject(none);
  expect(report.healed).toBeGreaterThan(6);
  // A log that is lost is refused, and gone on without when that is accepted.
  expect(report.startedAccepted).toBeGreaterThan(0);
  // All of it older, and a last record that no beat followed.
  expect(report.undetectable).toBe(2);
}, 180_000);

test('a service that goes on without what it lost and asks nobody is found', async () => {
  const harms = [[lost('log')], [lost('log')]];
  const report = await runDamage({ ...plan, trials: harms.length, harms, mutant: 'accepts loss' });
  expect(report.wrongAnswers).toBeGreaterThan(0);
}, 180_000);
