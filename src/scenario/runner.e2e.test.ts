import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseScenario } from './file/scenario-file.ts';
import { failureText } from './run-files.ts';
import { policyFinder, runScenario, type ScenarioResult } from './run-scenario.ts';
import { NodePool } from './virtual/node-pool.ts';

const root = join(import.meta.dirname, '../..');

const head = `
id: wrong
title: A scenario whose expectation does not hold
story: S5
start: 2026-03-03T10:00:00Z
explore: 0
catalog:
  coat: { title: Wool coat, category: coats, brand: Nord, price: 240, margin: 110, sizes: { M: 4 } }
customers:
  anna: { identifiers: { loyalty: L-1 }, time_zone: Europe/London, consents: [email] }
steps:
`;

const pool = new NodePool({ warm: 1, spare: false });
afterAll(() => pool.close());

async function run(steps: string): Promise<ScenarioResult> {
  const parsed = parseScenario('wrong.yaml', head.trimStart() + steps, policyFinder(root));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return runScenario(parsed.scenario, pool, root);
}

test('a dispatch that does not come fails with what came instead, why, and what happened when', async () => {
  const result = await run(`
  - connect: { channel: [onsite, email] }
  - publish:
      - { event: Product Added, products: coat, ago: 5m }
      - { event: Checkout Started, ago: 1m }
      - { event: Shipping Cost Shown }
  - advance: 90s
  - expect: { dispatches: { exactly: 1, action: checkout_payment_retry } }
`);
  expect(result.ok).toBe(false);
  const text = failureText(result).join('\n');
  expect(text).toContain('wrong.yaml:18 (step 4, expect, seed 1)');
  expect(text).toMatch(/expected {2}exactly 1 dispatch\(s\) of checkout_payment_retry/);
  expect(text).toMatch(
    /found {5}0; there is: checkout_free_shipping(_live)?\/\w+ on (onsite|email) about coat/,
  );
  expect(text).toContain('the customer met shipping_cost, and the action answers payment_failed');
  expect(text).toMatch(/\+0s {2}anna: Shipping Cost Shown/);
  expect(text).toMatch(/\+1m 30s {2}dispatch to (onsite|email) for anna/);
  expect(text).toMatch(/\+1m 30s {4}log, anna: the trigger checkout_exit fires, friction shipping_cost/);
});

test('a decision that comes out otherwise fails with the draw and the reason that was in the way', async () => {
  const result = await run(`
  - publish: { event: Order Completed, products: coat, order: { order_id: o1, revenue: 240 } }
  - decide: { placements: [home_hero], expect: { action: season_code, removed: { season_code: CAP_ACTION } } }
`);
  const text = failureText(result).join('\n');
  expect(text).toContain('expected  the action season_code');
  expect(text).toContain('season_code to be removed because of CAP_ACTION');
  expect(text).toContain('season_code: removed, CONDITION_FALSE');
  expect(text).toMatch(/why {7}season_code was not chosen/);
});

test('why something never came is told of the last decision that proposed it, however long ago', async () => {
  const result = await run(`
  - decide: {}
  - advance: 5h
  - decide: { placements: [home_hero] }
  - advance: 5h
  - expect: { dispatches: { exactly: 1, action: win_back_reason } }
`);
  expect(failureText(result).join('\n')).toContain(
    'win_back_reason was not chosen on 2026-03-03 10:00: it was removed because the customer is in stage prospect',
  );
});

test('what is put off names its action, and can be expected by it', async () => {
  const result = await run(`
  - policy: { changes: { actions/campaigns.yaml: { actions: { weekly_letter: { lift: { mean: 0.4, sd: 0.0001 } } } } } }
  - publish: { event: Product Viewed, products: coat }
  - decide: { expect: { later: true, action: cart_reminder, channel: email } }
`);
  expect(failureText(result).join('\n')).toMatch(
    /expected {2}the action cart_reminder\n.*found {5}weekly_letter\/\w+ on email later, \+22h/,
  );
});

test.each([
  ['a dispatch in a time of silence', '- nothing_until: 2m', 'expected  no dispatch after +0s'],
  ['a trait of another value', '- expect: { profile: { traits: { orders: 3 } } }', "anna's orders to be 3"],
  ['a plan that is not there', '- expect: { profile: { has: { plans: 1 } } }', '1 plans of anna'],
  ['a withdrawal that does not come', '- expect: { withdrawals: { exactly: 1 } }', 'exactly 1 withdrawal(s)'],
  [
    'a why-not with other words',
    '- expect: { why_not: { action: season_code, contains: xyz } }',
    'an answer with "xyz"',
  ],
  [
    'an event that is accepted',
    '- publish: { event: Page Viewed, expect: { status: rejected } }',
    '"Page Viewed" to be rejected',
  ],
  [
    'an error that does not come',
    '- decide: { placements: [home_hero], expect: { error: { code: INVALID_ARGUMENT } } }',
    'the call to be refused',
  ],
  [
    'an error of another field',
    '- publish: { event: Product Viewed, expect: { status: rejected, field: order } }',
    'a fault of the field order',
  ],
  ['a policy that is applied', '- policy: { expect: { applied: false } }', 'the policy to be refused'],
  [
    'a product that is accepted',
    '- catalog: { products: { coat: { price: 1 } }, expect: { refused: { coat: {} } } }',
    'coat to be refused',
  ],
])('%s is noticed', async (_, step, words) => {
  const result = await run(`
  - connect: { channel: [onsite, email] }
  - publish:
      - { event: Product Added, products: coat, ago: 5m }
      - { event: Checkout Started }
  ${step}
`);
  expect(result.ok).toBe(false);
  expect(failureText(result).join('\n')).toContain(words);
});

test('what a step cannot do is said with its place', async () => {
  const result = await run('  - feedback: { kind: opened, dispatch: { channel: email } }\n');
  expect(failureText(result).join('\n')).toContain('there was no dispatch with channel email yet');
});

test('keys, clocks and zones are those of the step where it names them', async () => {
  const result = await run(`
  - publish:
      - { event: Product Viewed, products: coat, identifiers: { loyalty: L-1, anonymous: [a1, a2] } }
      - { event: Product Viewed, products: coat, ahead: 4m, time_zone: null }
      - { event: Page Viewed, ahead: 2d, expect: { status: rejected, rule: event.in_future } }
      - { event: Product Viewed, products: coat, identifiers: { anonymous: other } }
  - expect:
      profile:
        - { traits: { viewed_count: 2 } }
        - { identifiers: { anonymous: other }, traits: { viewed_count: 1 } }
  - decide: { placements: [home_hero], identifiers: { loyalty: L-9 }, time_zone: null, alternatives: 5, expect: { alternatives: [nothing] } }
`);
  expect(failureText(result).join('\n')).toBe('');
});

test('for each customer in turn, and for all of them', async () => {
  const result = await run(`
  - for_each:
      steps:
        - publish: { event: Product Viewed, products: coat }
        - expect: { profile: { traits: { viewed_count: 1 } }, dispatches: { exactly: 0 } }
  - for_each:
      customers: anna
      steps:
        - expect: { profile: { traits: { viewed_count: 2 } } }
`);
  const text = failureText(result).join('\n');
  expect(text).toContain('wrong.yaml:16 (step 2, for_each, seed 1)');
  expect(text).toContain("anna's viewed_count to be 2 (of anna)");
});

test.each([
  [
    'an alternative that is none',
    '- decide: { placements: [home_hero], alternatives: 2, expect: { alternatives: win_back_reason } }',
    'win_back_reason among the alternatives',
  ],
  [
    'a number of alternatives',
    '- decide: { placements: [home_hero], alternatives: 2, expect: { alternatives_exactly: 7 } }',
    '7 alternatives',
  ],
  [
    'dispatches in another order',
    '- expect: { dispatches_in_order: [{ channel: email }, { channel: onsite }] }',
    'a dispatch(s) on email',
  ],
])('%s is noticed', async (_, step, words) => {
  const result = await run(`
  - connect: { channel: [onsite, email] }
  - publish: { event: Product Viewed, products: coat }
  ${step}
`);
  expect(result.ok).toBe(false);
  expect(failureText(result).join('\n')).toContain(words);
});

test('the turns of for_each are orders of their own', async () => {
  const result = await run(`
  - for_each:
      steps:
        - publish: { event: Order Completed, products: coat, order: { order_id: "o-{n}", revenue: 240 } }
  - publish: { event: Order Cancelled, order: { order_id: o-0, revenue: 240 } }
  - expect: { profile: { traits: { orders: 0 } } }
`);
  expect(failureText(result)).toEqual([]);
});

test('what removed a candidate is told in words, and that a reason alone is meant for every channel', async () => {
  const result = await run(`
  - publish: { event: Product Added, products: coat, ago: 13h }
  - decide: { expect: { removed: { cart_reminder: QUIET_HOURS } } }
`);
  const text = failureText(result).join('\n');
  expect(text).toContain('cart_reminder to be removed because of QUIET_HOURS on every channel');
  expect(text).toContain('(consent to marketing was never given)');
});

test('the clock goes to an instant that stands alone, and the rounds of repeat are orders of their own', async () => {
  const result = await run(`
  - repeat:
      times: 3
      steps:
        - publish: { event: Order Completed, products: coat, order: { order_id: "o-{n}", revenue: 240 } }
        - advance: 1d
  - nothing_until: 2026-03-08T12:00:00Z
  - mark: noon
  - advance: noon+1h
  - expect: { profile: { traits: { orders: 3, days_since_order: { min: 3.12, max: 3.13 } } } }
`);
  expect(failureText(result)).toEqual([]);
  expect(result.ok).toBe(true);
});
