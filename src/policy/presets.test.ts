import { expect, test } from 'vitest';
import { renderFault } from '../core/policy/policy-fault.ts';
import { parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { liftOf, UNSUBSCRIBE_LOSS } from './presets.ts';

const POLICY = `name: small
currency: GBP
zones: [Europe/London]
identifiers: [crm]
holdout: 0.1
explore: 0.05
outcome: { click: 1d, purchase: 7d, unsubscribe: 30d }
stages:
  onboarding: 8d
  active: 31d
  lapsed: 75d
  loyalist: { spend: 500, orders: 3 }
  fading: { silence: 45d, spend: 200 }
`;
const CHANNELS = `channels:
  email: { kind: push, cost: 0.002, quiet_hours: true, consent: granted }
  sms: { kind: push, cost: 0.05, unsubscribe_loss: 0.7, quiet_hours: true, consent: granted }
`;
const GUARDRAILS = `quiet_hours: { from: "21:00", to: "08:00" }
caps: []
suppression: { default: 30d, whole_category: 0s }
incentive_window: 1d
full_price: { orders_min: 3, discount_share_max: 0 }
margin_floor: 0.1
bounces_max: 3
`;

function parsed(lift: string, defaults = '') {
  return parsePolicy(
    new Map([
      ['policy.yaml', `${POLICY}${defaults}`],
      ['channels.yaml', CHANNELS],
      ['guardrails.yaml', GUARDRAILS],
      [
        'actions/letter.yaml',
        `actions:
  letter:
    title: A letter
    purpose: marketing
    promotion: true
    subject: none
    channels: [email]
    proactive: true
${lift}    variants: { plain: { template: letter.plain, text: Hello } }
`,
      ],
    ]),
    policyContext,
  );
}

function letter(lift: string, defaults = '') {
  const policy = parsed(lift, defaults);
  if (!policy.ok) throw new Error(policy.faults.map(renderFault).join('\n'));
  return { policy: policy.policy, ...policy.policy.actions[0] };
}

test('a policy that says no lift, no default and no loss loads, and means the documented ones', () => {
  const { policy, ...action } = letter('');
  expect(action).toMatchObject({
    liftMean: 0.006,
    liftSd: 0.003,
    marginRate: 0.4,
    orderValue: 50,
    validMs: 86_400_000,
  });
  expect(policy.marginRate).toBe(0.4);
  const loss = new Map(policy.channels.map(({ id, unsubscribeLoss }) => [id, unsubscribeLoss]));
  expect([loss.get('email'), loss.get('sms')]).toEqual([UNSUBSCRIBE_LOSS.email, 0.7]);
});

test.each([
  ['    lift: small\n', 0.002, 0.001],
  ['    lift: medium\n', 0.006, 0.003],
  ['    lift: large\n', 0.02, 0.01],
  ['    lift: { mean: 0.008 }\n', 0.008, 0.004],
  ['    lift: { mean: -0.008 }\n', -0.008, 0.004],
  ['    lift: { mean: 0.008, sd: 0.001 }\n', 0.008, 0.001],
])('%j', (text, mean, sd) => {
  expect(letter(text)).toMatchObject({ liftMean: mean, liftSd: sd });
});

test('the lift of an action counts before that of the defaults, and that before the built-in one', () => {
  const defaults = 'defaults: { lift: large }\n';
  expect(letter('', defaults)).toMatchObject({ liftMean: 0.02, marginRate: 0.4 });
  expect(letter('    lift: small\n', defaults)).toMatchObject({ liftMean: 0.002 });
});

test('a lift of nothing keeps a deviation, for with none it would never be tried', () => {
  expect(liftOf({ mean: 0 })).toEqual({ mean: 0, sd: 0.0001 });
});

test.each([
  ['tiny', 'is "tiny"; it must be one of small, medium, large'],
  ['0.02', 'is 0.02; it must be one of small, medium, large, or a mapping with "mean"'],
  ['[small]', 'is a list; it must be one of small, medium, large, or a mapping with "mean"'],
  ['{ sd: 0.1 }', '.mean is missing; it must be a number'],
  ['{ mean: 0.9 }', '.mean is 0.9; it must be at most 0.5'],
  ['{ mean: small }', '.mean is "small"; it must be a number'],
  ['{ mean: 0.02, deviation: 1 }', 'has an unknown key "deviation"'],
])('a lift that is %s is told with what it may be', (lift, sentence) => {
  const policy = parsed(`    lift: ${lift}\n`);
  const faults = policy.ok ? [] : policy.faults.map(({ message }) => message);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(`actions.letter.lift${sentence.startsWith('.') ? '' : ' '}${sentence}`);
});

test('a key with a preset that is misspelt is told with the key that was meant', () => {
  const policy = parsed('', 'defaults: { order_valve: 3 }\n');
  const faults = policy.ok ? [] : policy.faults.map(({ message }) => message);
  expect(faults).toEqual(['defaults has an unknown key "order_valve"; did you mean "order_value"?']);
});
