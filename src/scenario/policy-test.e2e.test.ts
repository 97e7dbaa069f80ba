import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../cli/scratch-command.fixture.ts';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';

const story = (id: string, step: string): string => `id: ${id}
title: ${id}
story: S5
start: 2026-03-03T10:00:00Z
customers: { anna: { identifiers: { loyalty: L-1 } } }
steps:
  - publish: { event: Page Viewed }
  - ${step}
`;

test('a faulty file does not stop the others; --json says what failed, at which step, and what was found', async () => {
  const scratch = scratchDirectory();
  const files = {
    good: story('good', 'expect: { profile: { traits: { orders: 0 } } }'),
    bad: story('bad', 'expect: { profile: { traits: { orders: 3 } } }'),
    faulty: story('faulty', 'advance: soon'),
    colon: story('colon', 'mark: a').replace('title: colon', 'title: One thing: another'),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(scratch.path, `${name}.yaml`), text);
  const { code, stdout, stderr } = await runCommand(['policy', 'test', scratch.path, '--json']);
  const { scenarios, failed, faultyFiles, faults } = JSON.parse(stdout);
  expect(scenarios).toMatchObject([
    {
      id: 'bad',
      ok: false,
      failure: {
        place: `${join(scratch.path, 'bad.yaml')}:8`,
        step: 'step 2, expect',
        seed: 1,
        findings: [{ expected: "anna's orders to be 3", found: '0', why: [] }],
      },
    },
    { id: 'good', ok: true },
  ]);
  expect({ failed, faultyFiles }).toEqual({ failed: 3, faultyFiles: 2 });
  expect(faults).toMatchObject([
    { file: join(scratch.path, 'colon.yaml'), line: 2 },
    { file: join(scratch.path, 'faulty.yaml'), line: 8, column: 14 },
  ]);
  expect(stderr).toContain('a text that holds ": " stands in quotes');
  expect(stderr).toMatch(/1 of 2 scenarios failed\. 2 files are faulty and were not run\.\n$/);
  expect(code).toBe(1);
  scratch.remove();
}, 60_000);
