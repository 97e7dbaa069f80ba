import { expect, test } from 'vitest';
import { runDevices } from './run-devices.ts';
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
  expect(report.landed).toBeGreaterThan(HISTORIES / 15);
});

test('a device is with whom it was seen last, whatever the order, what a desk does meanwhile, and who is forgotten', async () => {
  const report = await runDevices({ histories: HISTORIES, seed: 9 });
  expect(report.deviceSentences).toEqual([]);
  expect(report).toMatchObject({ deviceDifferent: 0, deviceOrderDependent: 0, reachedTwice: 0 });
  // A life in which no device moves, or no desk does anything, would show nothing.
  expect(report.deviceMoves).toBeGreaterThan(HISTORIES);
  expect(report.deviceUnlinked).toBeGreaterThan(HISTORIES / 3);
  expect(report.deviceForgotten).toBeGreaterThan(HISTORIES / 8);
});
