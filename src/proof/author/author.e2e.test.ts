import { expect, test } from 'vitest';
import { NodePool } from '../../scenario/virtual/node-pool.ts';
import { runGuide } from './run-guide.ts';
import { runShops } from './run-shops.ts';

/** Some forty commands and services, each a process. */
const TEST_MS_MAX = 300_000;

test('every example of the guide does what its page says', { timeout: TEST_MS_MAX }, async () => {
  const pool = new NodePool({ warm: 1, spare: false });
  const { run, sentences } = await runGuide(pool).finally(() => pool.close());
  expect(sentences).toEqual([]);
  expect(run).toBeGreaterThan(25);
});

test('the shops that were written from the guide hold', { timeout: TEST_MS_MAX }, async () => {
  const { shops, sentences } = await runShops();
  expect(sentences).toEqual([]);
  expect(shops.map(({ name, stories }) => ({ name, enough: stories >= 10 }))).toEqual(
    ['fashion', 'machines', 'subscriptions'].map((name) => ({ name, enough: true })),
  );
});
