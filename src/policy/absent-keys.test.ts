import { expect, test } from 'vitest';
import { changedPolicy } from './changed-policy.ts';
import { parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { readPolicyDirectory } from './policy-directory.ts';

const starter = readPolicyDirectory('policies/starter');

test('what a policy leaves out means what the schema says: the same as the starter, which says it', () => {
  const bare = changedPolicy(starter, {
    'policy.yaml': { outcome: null, stages: null },
    'guardrails.yaml': { incentive_window: null, full_price: null, bounces_max: null },
  });
  const [said, absent] = [starter, bare].map((files) => {
    const parsed = parsePolicy(files, policyContext);
    if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
    const { outcome, stages, incentiveWindowMs, fullPriceOrdersMin, fullPriceDiscountShareMax, bouncesMax } =
      parsed.policy;
    return { outcome, stages, incentiveWindowMs, fullPriceOrdersMin, fullPriceDiscountShareMax, bouncesMax };
  });
  expect(absent).toEqual(said);
});
