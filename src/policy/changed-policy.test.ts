import { expect, test } from 'vitest';
import { changedPolicy } from './changed-policy.ts';

const FILES = new Map([
  ['policy.yaml', '# ours\nexplore: 0.1 # a tenth\nname: shop\nvalue: { margin: 1, base: 2 }\n'],
]);

test('mappings are merged, null removes, everything else replaces, and comments stay', () => {
  const changed = changedPolicy(FILES, {
    'policy.yaml': { explore: 0.3, name: null, value: { base: 5, kinds: ['a'] } },
  });
  expect(changed.get('policy.yaml')).toBe(
    '# ours\nexplore: 0.3 # a tenth\nvalue: { margin: 1, base: 5, kinds: [ a ] }\n',
  );
  expect(FILES.get('policy.yaml')).toContain('name: shop');
});

test('a file that is not there begins empty, and a new mapping holds no null', () => {
  const changed = changedPolicy(FILES, { 'offers.yaml': { ten: { percent: 10, until: null } } });
  expect(changed.get('offers.yaml')).toBe('ten:\n  percent: 10\n');
});
