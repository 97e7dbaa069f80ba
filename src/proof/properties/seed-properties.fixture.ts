/**
 * Runs before every test file. Properties draw from one fixed seed, so that `npm test` says the same of the same tree;
 * `npm run properties` gives a seed of its own and hears of every property that ran.
 */
import fc from 'fast-check';
import { beforeEach, expect, inject, type TaskMeta } from 'vitest';
import type {} from './property-run.ts';

const FIXED_SEED = 20_260_101;
/** A counterexample of a whole history is long; the seed and the path lead back to all of it. */
const COUNTEREXAMPLE_CHARS_MAX = 4_000;

const fresh = inject('propertySeed');
let meta: TaskMeta = {};

fc.configureGlobal({ seed: fresh ?? FIXED_SEED, reporter: report });
beforeEach(({ task }) => {
  meta = task.meta;
});

/** Takes the place of fast-check's own reporter, so it throws as that does. */
function report(details: fc.RunDetails<unknown>): void {
  // A property that was tried on nothing shows nothing.
  expect(details.numRuns).toBeGreaterThan(0);
  const why = faultOf(details);
  meta.properties ??= [];
  meta.properties.push({
    broken:
      why === undefined
        ? undefined
        : {
            seed: details.seed,
            path: details.counterexamplePath ?? '',
            counterexample: fc.stringify(details.counterexample).slice(0, COUNTEREXAMPLE_CHARS_MAX),
            why,
          },
  });
  if (why !== undefined)
    throw new Error(fc.defaultReportMessage(details) ?? why, { cause: details.errorInstance });
}

function faultOf({ failed, seed, errorInstance }: fc.RunDetails<unknown>): string | undefined {
  if (fresh !== undefined && seed !== fresh)
    return 'the property brings a seed of its own: a fresh one never reaches it';
  if (!failed) return undefined;
  return errorInstance instanceof Error
    ? errorInstance.message
    : 'it is false, or too few cases met its conditions';
}
