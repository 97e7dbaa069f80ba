import { expect, test } from 'vitest';
import { parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { readPolicyDirectory } from './policy-directory.ts';
import { withoutActionCaps } from './without-action-caps.ts';

test('no action has a cap of its own any more, and nothing else of the policy changes', () => {
  const files = readPolicyDirectory('policies/starter');
  const [before, after] = [files, withoutActionCaps(files)].map((each) => parsePolicy(each, policyContext));
  if (!before?.ok || !after?.ok) throw new Error('The starter policy is faulty.');
  expect(before.policy.actions.some(({ cap }) => cap !== undefined)).toBe(true);
  const uncapped = before.policy.actions.map((action) => ({ ...action, cap: undefined }));
  const told = (actions: unknown): string => JSON.stringify(actions);
  expect(told(after.policy.actions)).toBe(told(uncapped));
  expect(after.policy.caps).toEqual(before.policy.caps);
});

test('a file without actions, and one that is no policy, stay as they are', () => {
  const files = new Map([
    ['policy.yaml', 'cap: 3\n'],
    ['actions/odd.yaml', '- one\n- two\n'],
    ['actions/none.yaml', 'actions:\n'],
  ]);
  expect([...withoutActionCaps(files)]).toEqual([...files]);
});
