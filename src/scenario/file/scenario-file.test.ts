import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isHeldOut } from '../../core/guardrail/holdout.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { renderFault } from '../../core/policy/policy-fault.ts';
import { policyFinder } from '../run-scenario.ts';
import { parseScenario } from './scenario-file.ts';

const root = join(import.meta.dirname, '../../..');

function faultsOf(text: string): string[] {
  const parsed = parseScenario('shop.yaml', text, policyFinder(root));
  return parsed.ok ? [] : parsed.faults.map(renderFault);
}

const sound = `id: a
title: A scenario
story: S5
start: 2026-03-03T10:00:00Z
customers:
  anna: { identifiers: { loyalty: L-1 } }
steps:
  - mark: left
  - advance: { to: left+90s }
`;

test('a sound file has no fault', () => {
  expect(faultsOf(sound)).toEqual([]);
});

test('an order_id whose {n} nothing fills is a fault', () => {
  const order = 'publish: { event: Order Completed, order: { order_id: "o-{n}", revenue: 9 }';
  expect(faultsOf(`${sound}  - ${order} }\n`)).toEqual([
    expect.stringMatching(
      /^shop\.yaml:10:59: "o-\{n\}" has \{n\}, which only times, repeat and for_each fill/,
    ),
  ]);
  expect(
    faultsOf(`${sound}  - ${order}, times: 2 }\n  - repeat: { times: 2, steps: [{ ${order} } }] }\n`),
  ).toEqual([]);
});

test('all faults of a file come back together, each with line, column and a sentence', () => {
  const faults = faultsOf(`id: A Scenario
title: Many faults
story: S5
start: tomorrow
seed: -1
customers:
  anna: { identifier: { loyalty: L-1 } }
steps:
  - publish: { event: Product Viewed }
    advance: 5m
  - advance: ninety seconds
  - decied: { placements: [home_hero] }
`);
  expect(faults).toEqual([
    expect.stringMatching(/^shop\.yaml:1:5: id is "A Scenario"; it must begin with a small letter/),
    expect.stringMatching(/^shop\.yaml:4:8: start is "tomorrow"; it must be an instant with its offset/),
    expect.stringMatching(/^shop\.yaml:5:7: seed is -1; it must be at least 0/),
    expect.stringMatching(/^shop\.yaml:7:3: customers\.anna\.identifiers is missing/),
    expect.stringMatching(
      /^shop\.yaml:7:11: customers\.anna has an unknown key "identifier"; did you mean "identifiers"/,
    ),
    expect.stringMatching(
      /^shop\.yaml:9:5: a step is exactly one thing, and this one has 2: publish, advance/,
    ),
    expect.stringMatching(
      /^shop\.yaml:11:14: steps\.1\.advance is "ninety seconds"; it must be a duration \("90s", "24h", "30d"\), an instant/,
    ),
    expect.stringMatching(/^shop\.yaml:12:5: steps\.2 has an unknown key "decied"; did you mean "decide"/),
  ]);
});

test('names that lead nowhere are faults, because an expectation about them would hold for ever', () => {
  const faults = faultsOf(`${sound}  - decide:
      customer: ana
      placements: [home_heros]
      always: 10
      expect: { not_action: season_cod, removed: { season_code: CAP_ACTIONS }, not_promoting: coat }
  - expect:
      profile: { traits: { order: 1 }, has: { plan: 0 }, lacks: { plans: [{ actoin_id: season_code }] } }
      explain: { decision: first }
      dispatches: { exactly: 0, action: chekout_reminder, from: arrived }
`);
  expect(faults).toEqual([
    expect.stringMatching(/^shop\.yaml:11:17: "ana" is no customer of this scenario; did you mean "anna"/),
    expect.stringMatching(
      /^shop\.yaml:12:20: "home_heros" is no placement of the policy; did you mean "home_hero"/,
    ),
    expect.stringMatching(
      /^shop\.yaml:14:29: "season_cod" is no action of the policy; did you mean "season_code"/,
    ),
    expect.stringMatching(/^shop\.yaml:14:65: "CAP_ACTIONS" is no reason; did you mean "CAP_ACTION"/),
    expect.stringMatching(/^shop\.yaml:14:95: "coat" is no product of this scenario/),
    expect.stringMatching(/^shop\.yaml:16:28: "order" is no trait; did you mean "orders"/),
    expect.stringMatching(
      /^shop\.yaml:16:47: "plan" is no section of a customer's profile; did you mean "plans"/,
    ),
    expect.stringMatching(/^shop\.yaml:16:77: "actoin_id" is no field of plans; did you mean "action_id"/),
    expect.stringMatching(/^shop\.yaml:17:28: "first" is no decision of an earlier step/),
    expect.stringMatching(
      /^shop\.yaml:18:41: "chekout_reminder" is no action of the policy; did you mean "checkout_reminder"/,
    ),
    expect.stringMatching(/^shop\.yaml:18:65: "arrived" is no mark of an earlier step/),
  ]);
});

test('a change of the policy that makes it faulty is a fault in the line that changes it', () => {
  const changes = `policy_changes:
  policy.yaml:
    holdout: 7
  actions/more.yaml:
    actions:
      news:
        title: News
        when: order > 3
`;
  const faults = faultsOf(sound.replace('customers:', `${changes}customers:`));
  expect(faults[0]).toMatch(/^shop\.yaml:7:14: the policy is faulty: policy\.yaml:\d+:\d+: holdout is 7/);
  expect(faults.find((fault) => fault.includes('.when'))).toMatch(/^shop\.yaml:12:15: the policy is faulty/);
});

test('a policy that does not exist is a fault at its name', () => {
  const [fault] = faultsOf(sound.replace('customers:', 'policy: policies/none\ncustomers:'));
  expect(fault).toMatch(/^shop\.yaml:5:9: the policy cannot be read/);
});

test('text that is no YAML is a fault with its place', () => {
  expect(faultsOf('id: [a\nsteps: }')[0]).toMatch(/^shop\.yaml:\d+:\d+: the file is not well-formed YAML/);
});

test('a title with a colon is a fault with what helps', () => {
  expect(faultsOf(sound.replace('title: A scenario', 'title: The coat: bought on Tuesday'))[0]).toMatch(
    /^shop\.yaml:2:8: the file is not well-formed YAML: .*; a text that holds ": " stands in quotes/,
  );
});

const typos = `${sound.replace('  anna: {', '  anna: { time_zone: Europe/Berln,')}  - publish:
      - { event: Product Veiwed, products: coat, time_zone: Europe/London }
      - { event: Loyalty Card Shown, products: [{ product_id: coats, price: 5 }], time_zone: Mars/Base }
      - { event: product_viewed, products: lamp, properties: { reason: none, action: x }, time_zone: null }
  - expect: { profile: { lacks: { owned: [{ product_id: cots }] } } }
`.replace('customers:', 'catalog: { coat: { price: 5 } }\ncustomers:');

test('a name that is nearly a known event, product or zone is a fault with the nearest one', () => {
  expect(faultsOf(typos)).toEqual([
    'shop.yaml:7:22: "Europe/Berln" is no time zone; did you mean "Europe/Berlin"? If it is meant, list it under unknown',
    'shop.yaml:12:18: "Product Veiwed" is no event that is known; did you mean "Product Viewed"? If it is meant, list it under unknown',
    'shop.yaml:13:63: "coats" is no product of this scenario; did you mean "coat"? If it is meant, list it under unknown',
    'shop.yaml:13:94: "Mars/Base" is no time zone. If it is meant, list it under unknown',
    'shop.yaml:15:57: "cots" is no product of this scenario; did you mean "coat"? If it is meant, list it under unknown',
  ]);
});

test('a name that is listed as unknown is meant; one that no step names, or that is known, does not belong there', () => {
  const meant = (names: string) => typos.replace('customers:', `unknown: [${names}]\ncustomers:`);
  expect(faultsOf(meant('Europe/Berln, Product Veiwed, coats, Mars/Base, cots'))).toEqual([]);
  expect(faultsOf(meant('Europe/Berln, Product Veiwed, coats, Mars/Base, cots, Europe/London, hat'))).toEqual(
    [
      expect.stringMatching(/"Europe\/London", or it is known; take it off the list/),
      expect.stringMatching(/no step names "hat"/),
    ],
  );
  const asked = (more: string) =>
    faultsOf(
      `${more}${sound}  - decide: { placements: [home_heros], expect: { error: { code: INVALID_ARGUMENT } } }\n`,
    );
  expect(asked('')).toHaveLength(1);
  expect(asked('unknown: [home_heros]\n')).toEqual([]);
});

function parsed(text: string) {
  const result = parseScenario('shop.yaml', text, policyFinder(root));
  if (!result.ok) throw new Error(result.faults.map(renderFault).join('\n'));
  return result.scenario;
}

test('one entry stands for many customers, each with a name and keys of their own', () => {
  const many = sound.replace(
    '  anna: { identifiers: { loyalty: L-1 } }',
    '  anna: { identifiers: { loyalty: L-1 } }\n  shopper: { times: 3, identifiers: { loyalty: "S-{n}", anonymous: ["a{n}", "b{n}"] } }',
  );
  const { customers, groups } = parsed(
    `${many}  - for_each: { customers: shopper, steps: [{ publish: { event: Page Viewed } }] }\n`,
  );
  expect(Object.keys(customers)).toEqual(['anna', 'shopper_1', 'shopper_2', 'shopper_3']);
  expect(customers.shopper_2?.identifiers).toEqual({ loyalty: 'S-2', anonymous: ['a2', 'b2'] });
  expect(groups.get('shopper')).toEqual(['shopper_1', 'shopper_2', 'shopper_3']);
  expect(faultsOf(`${many}  - publish: { event: Page Viewed, customer: shopper_3 }\n`)).toEqual([]);
  expect(faultsOf(`${many}  - publish: { event: Page Viewed, customer: shopper_4 }\n`)).toHaveLength(1);
  expect(faultsOf(many.replace('"S-{n}", anonymous: ["a{n}", "b{n}"]', 'S'))[0]).toMatch(
    /put \{n\} into one/,
  );
  expect(faultsOf(many.replace('anna:', 'shopper_1:'))[0]).toMatch(/"shopper_1" is one of "shopper"/);
});

test('a customer who is to be held out, or not, is so', () => {
  for (const heldOut of [true, false]) {
    const text = sound.replace('loyalty: L-1 } }', `loyalty: "L-{n}" }, held_out: ${heldOut}, times: 40 }`);
    const { customers, policy } = parsed(text);
    const ids = Object.values(customers).map(
      ({ identifiers }) => addresseeOf('loyalty', String(identifiers.loyalty)).id,
    );
    expect(new Set(ids).size).toBe(40);
    expect(ids.filter((id) => isHeldOut(policy, id) !== heldOut)).toEqual([]);
  }
  const none = `policy_changes: { policy.yaml: { holdout: 0 } }\n${sound.replace('loyalty: L-1 } }', 'loyalty: L-1 }, held_out: true }')}`;
  expect(faultsOf(none)[0]).toMatch(/nobody can be held out: the policy's holdout is 0/);
});

test('a key of somebody who is held out, or not, is the same key with everybody who names it', () => {
  const both = 'both: { identifiers: { loyalty: L-1, anonymous: a-1 } }';
  for (const heldOut of [true, false]) {
    const text = sound.replace('loyalty: L-1 } }', `loyalty: L-1 }, held_out: ${heldOut} }\n  ${both}`);
    const { customers, policy } = parsed(text);
    const key = String(customers.both?.identifiers.loyalty);
    expect(key).toBe(String(customers.anna?.identifiers.loyalty));
    expect(isHeldOut(policy, addresseeOf('loyalty', key).id)).toBe(heldOut);
    expect(customers.both?.identifiers.anonymous).toBe('a-1');
  }
});

test('a step within for_each is one thing too', () => {
  expect(
    faultsOf(`${sound}  - for_each: { steps: [{ mark: a, advance: 1s }] }\n`).some((fault) =>
      fault.includes('a step is exactly one thing'),
    ),
  ).toBe(true);
});
