import { expect, test } from 'vitest';
import { runIdentity } from './run-identity.ts';

/** Any number: `npm run -s identity -- --histories 20000`. */
const HISTORIES = 120;

test('behind every key there is the customer whom a plain model has there, in every order of arrival', async () => {
  const report = await runIdentity({ histories: HISTORIES, seed: 7, progress: () => {} });
  expect(report.sentences).toEqual([]);
  expect(report).toMatchObject({ different: 0, orderDependent: 0, wronglyUnited: 0 });
  // A life in which nobody is united, or nobody is in conflict, would show nothing.
  expect(report.united).toBeGreaterThan(HISTORIES);
  expect(report.conflicting).toBeGreaterThan(10);
  expect(report.restored).toBe(report.unlinked);
  expect(report.unlinked).toBeGreaterThan(HISTORIES / 2);
  expect(report.forgotten).toBeGreaterThan(HISTORIES / 4);
  expect(report.messages).toBeGreaterThan(HISTORIES);
});
