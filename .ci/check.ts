/**
 * `npm run check`: everything that is true of the repository without running it. One line a step.
 *
 *     node .ci/check.ts                  all steps; the planted faults too when .ci has changed since they were found last
 *     node .ci/check.ts rooms types      these steps only
 *     node .ci/check.ts --self-test      the planted faults only: what CI runs after the steps
 */

import { selfTest } from './planted.ts';
import { ROOT } from './repository.ts';
import { isSelfTested, noteSelfTested } from './self-tested.ts';
import { faultsOf, type Step } from './step.ts';
import { STEPS } from './steps.ts';

const FAULTS_SHOWN = 60;

const words = process.argv.slice(2);
const named = words.filter((word) => !word.startsWith('--'));
const unknown = [
  ...named.filter((word) => !STEPS.some(({ name }) => slug(name) === word)),
  ...words.filter((word) => word.startsWith('--') && word !== '--self-test'),
];
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Steps: ${STEPS.map(({ name }) => slug(name)).join(', ')}.`);
  process.exit(2);
}

const selfTestOnly = words.includes('--self-test');
const steps = selfTestOnly
  ? []
  : STEPS.filter(({ name }) => named.length === 0 || named.includes(slug(name)));
let failed = 0;
for (const step of steps) failed += (await report(step)) ? 0 : 1;
if (selfTestOnly || (named.length === 0 && !isSelfTested())) failed += (await reportSelfTest()) ? 0 : 1;
console.log(failed === 0 ? 'check: everything holds' : `check: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function report(step: Step): Promise<boolean> {
  const started = performance.now();
  const result = await step.run(ROOT);
  const faults = faultsOf(step, result);
  line(faults.length === 0, step.name, `${result.files} files`, started);
  show(faults);
  return faults.length === 0;
}

async function reportSelfTest(): Promise<boolean> {
  const started = performance.now();
  const { planted, missed } = await selfTest();
  line(
    missed.length === 0,
    'self-test',
    `${planted - missed.length}/${planted} planted faults found`,
    started,
  );
  show(missed);
  if (missed.length === 0) noteSelfTested();
  return missed.length === 0;
}

function line(holds: boolean, name: string, what: string, started: number): void {
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${what.padEnd(30)} ${seconds.padStart(6)} s`);
}

function show(faults: readonly string[]): void {
  for (const fault of faults.slice(0, FAULTS_SHOWN)) console.log(fault.replace(/^/gm, '       '));
  if (faults.length > FAULTS_SHOWN) console.log(`       and ${faults.length - FAULTS_SHOWN} more`);
}

function slug(name: string): string {
  return name.replaceAll(' ', '-');
}
