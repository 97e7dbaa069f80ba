import { join } from 'node:path';
import { expect, test } from 'vitest';
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
      /^shop\.yaml:11:14: steps\.1\.advance is "ninety seconds"; it must be a whole number and a unit/,
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

test('a change of the policy that makes it faulty is a fault of the scenario', () => {
  const [fault] = faultsOf(
    sound.replace('customers:', 'policy_changes: { policy.yaml: { holdout: 7 } }\ncustomers:'),
  );
  expect(fault).toMatch(
    /^shop\.yaml:1:1: the policy has 1 faults, the first is policy\.yaml:\d+:\d+: holdout is 7/,
  );
});

test('a policy that does not exist is a fault at its name', () => {
  const [fault] = faultsOf(sound.replace('customers:', 'policy: policies/none\ncustomers:'));
  expect(fault).toMatch(/^shop\.yaml:5:9: the policy cannot be read/);
});

test('text that is no YAML is a fault with its place', () => {
  expect(faultsOf('id: [a\nsteps: }')[0]).toMatch(/^shop\.yaml:\d+:\d+: the file is not well-formed YAML/);
});
