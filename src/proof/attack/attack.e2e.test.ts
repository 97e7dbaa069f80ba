import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAttackedService, startProcess } from './attacked-service.ts';
import { brokenLaws } from './report.ts';
import { runAttacks } from './run-attacks.ts';

const FRAGILE = fileURLToPath(new URL('./fragile-service.fixture.ts', import.meta.url));
/** On a machine that does other things as well. */
const TEST_MS = 180_000;
const SHORT = { warmCalls: 200, seconds: 2, afterSeconds: 0, repeatsMax: 0, progress: () => {} };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'attune-attack-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test(
  'a service lives through floods of calls, resets and frames, and nobody else is refused',
  async () => {
    const names = ['no-token', 'rapid-reset', 'continuation-flood'];
    const run = await runAttacks({
      ...SHORT,
      ...{ names, addresses: [1] },
      start: () => startAttackedService(directory),
    });
    // How long a caller waits depends on who else uses this machine, and memory is a matter of half a minute later.
    const elsewhere = ['canaryP99', 'rssAfter'];
    expect(brokenLaws(run).filter(({ law }) => !elsewhere.includes(law))).toEqual([]);
    expect(run.attacks.map(({ name }) => name)).toEqual(names);
    expect(run.survived).toBe(names.length);
    for (const attack of run.attacks) {
      expect(attack.canaryCalls).toBeGreaterThan(20);
      expect(attack.newcomers).toBeGreaterThan(2);
    }
    // The sign of an attack that came through: the calls were answered, the frames were ended by the library.
    expect(run.attacks[0]?.ends['status 16']).toBeGreaterThan(100);
    expect(run.attacks[2]?.cutBy).toContain('goaway');
  },
  TEST_MS,
);

test(
  'a service that dies of an attack breaks the laws, and the next attack meets a new one',
  async () => {
    const tokens = { caller: 'a', attacker: 'b' };
    let started = 0;
    const run = await runAttacks({
      ...SHORT,
      ...{ names: ['unknown-methods', 'ping-flood'], addresses: [1] },
      start: () => {
        started++;
        return startProcess(tokens, ['--no-warnings', FRAGILE]);
      },
    });
    expect(run.attacks.map(({ lived }) => lived)).toEqual([false, true]);
    expect(run.survived).toBe(1);
    expect(started).toBe(2);
    const laws = brokenLaws(run).map(({ law }) => law);
    expect(laws).toEqual(expect.arrayContaining(['lived', 'arrived']));
  },
  TEST_MS,
);
