import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checksPrinted, runChecks } from './check.ts';
import { ClientMissing, fetchOnce, fetchStep } from './fetch-client.ts';
import { holds } from './run-interop.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'attune-interop-test-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

describe('a client is fetched', () => {
  const fetched: string[] = [];
  const fetchVersion = (pinned: string) =>
    fetchOnce({
      name: 'client',
      pinned,
      cache,
      into: async (folder) => {
        fetched.push(pinned);
        if (pinned === 'broken') throw new ClientMissing('no registry answers');
        writeFileSync(join(folder, pinned), '');
      },
    });
  beforeEach(() => {
    fetched.length = 0;
  });

  test('once for a version, and again for another', async () => {
    const folder = await fetchVersion('1');
    expect([await fetchVersion('1'), await fetchVersion('2')]).toEqual([folder, folder]);
    expect(fetched).toEqual(['1', '2']);
    expect([existsSync(join(folder, '1')), existsSync(join(folder, '2'))]).toEqual([false, true]);
  });

  test('again after a time that failed', async () => {
    await expect(fetchVersion('broken')).rejects.toThrow(ClientMissing);
    await expect(fetchVersion('broken')).rejects.toThrow(ClientMissing);
    expect(fetched).toEqual(['broken', 'broken']);
  });

  test('not without the tool that brings it, and says so', async () => {
    const missing = fetchStep(cache, 'no-such-tool', ['install', 'it']);
    await expect(missing).rejects.toThrow(/^no-such-tool install it failed \(-1\): .*ENOENT/);
    await expect(missing).rejects.toThrow(ClientMissing);
  });
});

test('a check that throws fails alone', async () => {
  const results = await runChecks({
    first: () => Promise.reject(new Error('refused')),
    second: () => Promise.resolve(),
  });
  expect(results).toEqual([
    { name: 'first', ok: false, why: 'refused' },
    { name: 'second', ok: true, why: '' },
  ]);
});

test('a program that ends early, or with an error, has failed whatever it printed', () => {
  const stdout = 'noise\n{"name":"decides","ok":true,"why":""}\n';
  const fates = [
    { code: 0, stdout, stderr: '' },
    { code: 9, stdout: stdout + stdout, stderr: 'killed' },
    { code: 0, stdout, stderr: stdout },
  ].map((ended) => checksPrinted(ended, 2).map(({ ok }) => ok));
  expect(fates).toEqual([
    [true, false],
    [true, true, false],
    [true, true],
  ]);
});

test('a run holds when every client did; a skipped one fails it where everything can be had', () => {
  const well = { ok: true, skipped: false };
  const skipped = { ok: false, skipped: true };
  expect([holds([well, skipped], false), holds([well, skipped], true)]).toEqual([true, false]);
  expect([holds([well, { ok: false, skipped: false }], false), holds([], false)]).toEqual([false, false]);
});
