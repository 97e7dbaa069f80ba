import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PropertiesReport } from './run-properties.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const BROKEN = 'src/proof/properties/broken-law.fixture.ts';

function properties(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

async function reportOn(file: string): Promise<PropertiesReport & { readonly code: number }> {
  const { code, stdout } = await properties('--minutes', '0', '--file', file, '--json');
  return { code, ...(JSON.parse(stdout) as PropertiesReport) };
}

test('a broken law is found by its counterexample, with a fresh seed each time, and whatever else failed is told', async () => {
  const report = await reportOn(BROKEN);
  expect(report).toMatchObject({
    code: 1,
    runs: 3,
    properties: 3,
    failed: 4,
    failures: [
      { test: `${BROKEN} > a law that is broken`, counterexample: '[50]' },
      { test: `${BROKEN} > a law with a seed of its own`, seed: 1, why: expect.stringContaining('fresh') },
      { test: `${BROKEN} > nothing that could fail`, why: expect.stringContaining('assertion') },
      { test: `${BROKEN} > no law, and it fails`, path: '', why: 'for a reason of its own' },
    ],
  });
  const { seed, path } = report.failures[0] ?? { seed: 0, path: '' };
  const small = fc.property(fc.nat(), (n) => n < 50);
  expect(fc.check(small, { seed, path })).toMatchObject({ failed: true, counterexample: [50] });
  expect((await reportOn(BROKEN)).failures[0]?.seed).not.toBe(seed);
});

test('laws that hold are counted, and a file without any shows nothing, so it fails', async () => {
  expect(await reportOn('src/base/hash.test.ts')).toMatchObject({ code: 0, properties: 2, failed: 0 });
  expect(await reportOn('src/base/assert.test.ts')).toMatchObject({ code: 1, properties: 0, failed: 0 });
});

test.each([
  [['--frob'], "Unknown option '--frob'.\n"],
  [['--minutes', 'many'], '--minutes wants a number.\n'],
])('%j is refused with a sentence and the help', async (args, sentence) => {
  const { code, stdout, stderr } = await properties(...args);
  expect(stderr.startsWith(`${sentence}\nproperties [options]`)).toBe(true);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});
