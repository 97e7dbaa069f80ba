import { expect, test } from 'vitest';
import { holds, runInterop } from './run-interop.ts';

/** On a new machine the two are fetched first: a minute. */
const TIMEOUT_MS = 180_000;
const silent = { done: () => {} };

test('clients that nobody here wrote do everything that is asked of them', { timeout: TIMEOUT_MS }, async ({
  skip,
}) => {
  const reports = await runInterop({ clients: ['python-sync', 'grpc-health-probe'], ...silent });
  // Skipped because a machine without registries cannot fetch them; CI can, so there it fails.
  for (const { skipped, why } of reports) if (skipped && process.env.CI !== 'true') skip(why);
  expect(reports.map(({ name, why }) => ({ name, why }))).toEqual([
    { name: 'python-sync', why: '' },
    { name: 'grpc-health-probe', why: '' },
  ]);
  expect(holds(reports, true)).toBe(true);
});

test('a client that is not served is reported with the checks that failed', { timeout: TIMEOUT_MS }, async ({
  skip,
}) => {
  const [report] = await runInterop({ clients: ['python-sync'], token: 'unknown', ...silent });
  // Skipped because a machine without registries cannot fetch it; CI can, so there it fails.
  if (report?.skipped && process.env.CI !== 'true') skip(report.why);
  expect(report).toMatchObject({ ok: false, skipped: false });
  expect(report?.why).toMatch(/^publishes: .*UNAUTHENTICATED/s);
  expect(report?.checks.filter(({ ok }) => ok).map(({ name }) => name)).toEqual(['refuses_strangers']);
});
