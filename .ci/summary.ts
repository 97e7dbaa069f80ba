/**
 * Ends a test run: reads vitest's JSON report (the first argument) and prints `N passed, N failed` alone on a line.
 * Exits 1 when a test failed, when a file could not be loaded, or when nothing ran.
 */
import { readFileSync } from 'node:fs';

interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const path = process.argv[2];
if (path === undefined) throw new Error('usage: node .ci/summary.ts REPORT.json');
const report = JSON.parse(readFileSync(path, 'utf8')) as TestReport;

// A file that fails before its first test counts as one failure: it ran nothing, and nothing must not pass.
const unloaded = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
const failed = report.numFailedTests + unloaded.length;
for (const { name } of unloaded) console.log(`failed to run: ${name}`);
if (report.numPendingTests > 0) console.log(`${report.numPendingTests} skipped`);
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed > 0 || report.numPassedTests === 0 ? 1 : 0;
