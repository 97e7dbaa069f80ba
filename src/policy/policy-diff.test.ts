import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../core/policy/policy.ts';
import { parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { policyDiff } from './policy-diff.ts';
import { readPolicyDirectory } from './policy-directory.ts';

const files = readPolicyDirectory(join(import.meta.dirname, '../../policies/starter'));

function changed(file: string, ...edits: readonly (readonly [string, string])[]): Policy {
  const text = edits.reduce((now, [from, to]) => {
    expect(now).toContain(from);
    return now.replace(from, to);
  }, files.get(file) ?? '');
  const parsed = parsePolicy(new Map([...files, [file, text]]), policyContext);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.policy;
}

const before = changed('policy.yaml');

describe('the difference of two policies', () => {
  it('is none for the same policy, and for comments and white space', () => {
    expect(policyDiff(before, before)).toEqual([]);
    expect(
      policyDiff(before, changed('policy.yaml', ['name: starter', '# hello\nname:    starter'])),
    ).toEqual([]);
  });

  it('names what changed, from what to what', () => {
    const after = changed(
      'guardrails.yaml',
      ['to: "08:00"', 'to: "07:30"'],
      ['channel: push, max: 3', 'channel: push, max: 2'],
      ['coats: 365d', 'coats: 30d'],
    );
    expect(policyDiff(before, after)).toEqual([
      'guardrails: quiet hours changes from 21:00–08:00 to 21:00–07:30.',
      'guardrails: suppression of coats changes from 365d to 30d.',
      'guardrails: cap of push in 1d changes from 3 to 2.',
    ]);
  });

  it('tells of an action, a variant and a slot', () => {
    const after = changed(
      'actions/checkout.yaml',
      ['mean: 0.05, sd: 0.02', 'mean: 0.06, sd: 0.02'],
      ['when: cart_value >= 60.0', 'when: cart_value >= 80.0'],
      ['subject_line: Delivery is on us today', 'subject_line: Free delivery'],
      ['friction: [size_unavailable]', 'friction: [size_unavailable, none]'],
    );
    expect(policyDiff(before, after)).toEqual([
      'action checkout_free_shipping: lift changes from 0.05 ± 0.02 to 0.06 ± 0.02.',
      'action checkout_free_shipping, variant plain: slot subject_line changes from "Delivery is on us today" to "Free delivery".',
      'action checkout_free_shipping, variant cart_value: condition changes from "cart_value >= 60.0" to "cart_value >= 80.0".',
      'action checkout_notify_me: friction changes from size_unavailable to none, size_unavailable.',
    ]);
  });

  it('tells what is new and what is gone, an action together with its variants', () => {
    const after = changed('actions/loyalty.yaml', ['  loyalty_join:', '  loyalty_become_member:']);
    expect(policyDiff(before, after)).toEqual([
      'action loyalty_become_member is new: "Join the loyalty programme".',
      'action loyalty_join is gone.',
    ]);
    const variant = changed('actions/win-back.yaml', ['      honest:', '      frank:']);
    expect(policyDiff(before, variant)).toEqual([
      'action reactivate_ask, variant frank is new.',
      'action reactivate_ask, variant honest is gone.',
    ]);
  });
});
