/** `attune policy estimate` as an author calls it: of the starter, and of a shop whose orders a service was told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, saying, startCommand } from '../../scratch-command.fixture.ts';

const scratch = mkdtempSync(join(tmpdir(), 'attune-estimate-'));
const data = join(scratch, 'data');
const WEEK_MS = 7 * 86_400_000;
const CUSTOMERS = 40;
const WEEKS = 20;

/** Forty customers, twenty weeks: each looked in the first, and one in four bought in the tenth. */
function history(): string {
  const lines: string[] = [];
  const line = (event: object): void => void lines.push(JSON.stringify(event));
  const begin = Date.now() - WEEKS * WEEK_MS - WEEK_MS / 2;
  for (let n = 0; n < CUSTOMERS; n++) {
    const userId = `c${n}`;
    line({
      ...{ type: 'track', event: 'Product Viewed', userId, messageId: `v${n}` },
      timestamp: new Date(begin).toISOString(),
      properties: { products: [{ product_id: 'beans', category: 'coffee', price: 12 }] },
    });
    if (n % 4 > 0) continue;
    line({
      ...{ type: 'track', event: 'Order Completed', userId, messageId: `o${n}` },
      timestamp: new Date(begin + 10 * WEEK_MS).toISOString(),
      properties: { order_id: `o${n}`, revenue: 12, products: [{ product_id: 'beans', price: 12 }] },
    });
  }
  return lines.join('\n');
}

beforeAll(async () => {
  const serve = startCommand([
    ...['serve', '--dir', data, '--listen', '127.0.0.1:0', '--no-metrics', '--shards', '2'],
    ...['--policy-dir', 'policies/starter', '--no-policy-watch'],
  ]);
  const [[, address = '']] = await Promise.all([
    saying(serve, /listens on (\S+)/),
    // The start says whose customers the model speaks of.
    saying(
      serve,
      /starter says no buys_per_week: .* simulated fashion shop .* until then 6\.2 % of the customers/,
    ),
  ]);
  const told = [
    await runCommand(['catalog', '--address', address], {
      input: '{"product_id":"beans","title":"Beans","category":"coffee","price":12,"margin":5}',
    }),
    await runCommand(['send', '--historical', '--address', address], { input: history() }),
  ];
  const closed = new Promise((resolve) => serve.once('close', resolve));
  serve.kill('SIGTERM');
  await closed;
  expect(told.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, expect.any(String)],
    [0, expect.any(String)],
  ]);
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function estimate(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(['policy', 'estimate', ...args]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

test('all actions of a policy fit a page of 100 columns, and say on what they rest', async () => {
  const page = await estimate();
  for (const line of page.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  expect(page).toContain('the policy says no buys_per_week');
  expect(page).toMatch(/^cart_reminder +email +[\d.]+ +0\.015 +[\d.-]+ +\d+ % +[\d,]+$/m);
});

test('one action is told in sentences, one that nobody knows with the one that was meant', async () => {
  const text = (await estimate('cart_reminder', '--customers', '40000')).replaceAll(/\s+/g, ' ');
  expect(text).toMatch(/cart_reminder on email: it reaches \d+ % of the customers/);
  expect(text).toMatch(/breaks even at a lift of [\d.]+: [\d.]+ purchases more of 1,000 readers/);
  expect(text).toMatch(/with 40,000 customers a week/);
  expect(await runCommand(['policy', 'estimate', 'cart_remainder'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/has no action "cart_remainder"; did you mean "cart_reminder"\?/),
  });
  expect(await runCommand(['policy', 'estimate', 'policies/minimal'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("that is a policy's directory: say --dir policies/minimal"),
  });
  expect(await runCommand(['policy', 'estimate', '--customers', 'many'])).toMatchObject({ code: 2 });
});

test('a data directory says its prices, its policy, and how many buy in a week', async () => {
  const text = await estimate('--dir', data);
  const rate = CUSTOMERS / 4 / (CUSTOMERS * WEEKS);
  expect(text).toContain(`\nbuys_per_week: ${rate}\n`);
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    `Counted in ${CUSTOMERS * WEEKS} weeks of ${CUSTOMERS} customers before any message was sent, and of the holdout since. Only 10 of them had an order: take it with care.`,
  );
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'A product is one of 12.00 GBP, the median of the catalogue',
  );
  const told = JSON.parse(await estimate('cart_reminder', '--dir', data, '--json'));
  expect(told).toMatchObject({
    policy: expect.stringMatching(/^starter@/),
    buysPerWeek: { policy: null, counted: rate, customers: CUSTOMERS, weeks: CUSTOMERS * WEEKS, buying: 10 },
    customersPerWeek: CUSTOMERS,
    customersPerWeekKnown: true,
  });
  expect(
    told.estimates.map(({ channel, orderValue, margin }: Record<string, unknown>) => [
      channel,
      orderValue,
      margin,
    ]),
  ).toEqual([
    ['email', 12, 5],
    ['push', 12, 5],
    ['whatsapp', 12, 5],
    ['web_push', 12, 5],
  ]);
});

test('a directory may be a policy, and a policy may be tried on the prices of another data directory', async () => {
  expect(await estimate('--dir', 'policies/minimal')).toMatch(/^minimal@/);
  const tried = JSON.parse(await estimate('--dir', data, '--policy-dir', 'policies/minimal', '--json'));
  expect(tried).toMatchObject({ policy: expect.stringMatching(/^minimal@/), productPrice: 12 });
});

test('a folder that is neither is told as no data directory', async () => {
  expect(await runCommand(['policy', 'estimate', '--dir', scratch])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is no data directory'),
  });
});
