import { describe, expect, test } from 'vitest';
import type { AttributeSpec } from '../core/attribute/attribute.ts';
import { blamedCondition, ConditionMemo } from '../core/decide/condition-memo.ts';
import { conditionClause } from '../core/explain/condition-text.ts';
import { Verdict } from '../core/guardrail/verdict.ts';
import type { Condition } from '../core/policy/policy.ts';
import { KnownAttributes } from '../core/trait/known-attributes.ts';
import { strangerTraits, type Traits } from '../core/trait/trait-spec.ts';
import { ConditionTable } from './compile-condition.ts';

/** What people are told of a false condition, the last of three of a policy. */
function told(source: string, change: Partial<Traits>, attributes: readonly AttributeSpec[] = []): string {
  const table = new ConditionTable(attributes);
  for (const other of ['orders > 1.0', 'orders > 2.0']) table.intern(other);
  const condition = table.intern(source) as Condition;
  const memo = new ConditionMemo();
  memo.reset(3);
  expect(memo.holds(condition, { ...strangerTraits(), ...change } as Traits, 3)).toBe(false);
  const verdict = new Verdict();
  memo.blame(verdict, condition);
  const blamed = blamedCondition(verdict.ref, table.conditions);
  const { code, value, limit } = verdict;
  const place = { action: 0, variant: 0, product: '' };
  return conditionClause(
    { code, value, limit, ref: blamed?.source ?? '', ...place, ...(blamed && { condition: blamed }) },
    'is',
  );
}

describe('of a false condition people are told', () => {
  test.each([
    [
      'days_since_order >= 8.0',
      { days_since_order: 3.2 },
      'days_since_order is 3.2, the action asks for at least 8',
    ],
    [
      'orders > 1.0 && 5.0 > revenue',
      { orders: 3, revenue: 9 },
      'revenue is 9, the action asks for less than 5',
    ],
    [
      'orders > 0.0 && ordered_category in ["coats", "knitwear"]',
      { orders: 1, ordered_category: 'beauty' },
      'ordered_category is "beauty", not one of coats, knitwear',
    ],
    [
      '!(ordered_category in ["coats", "knitwear"])',
      { ordered_category: 'coats' },
      'ordered_category is "coats", the action asks for none of coats, knitwear',
    ],
    [
      'loyalty_tier == "gold"',
      { loyalty_tier: 'silver' },
      'loyalty_tier is "silver", the action asks for "gold"',
    ],
    [
      'loyalty_tier != "gold"',
      { loyalty_tier: 'gold' },
      'loyalty_tier is "gold", the action asks for anything but "gold"',
    ],
    [
      '"bags" in categories',
      { categories: ['coats', 'shoes'] },
      'categories is coats, shoes, without "bags"',
    ],
    ['"bags" in categories', { categories: [] }, 'categories is empty, without "bags"'],
    [
      'orders > 0.0 && in_checkout',
      { orders: 1, in_checkout: false },
      'in_checkout is false, the action asks for true',
    ],
    ['!in_checkout', { in_checkout: true }, 'in_checkout is true, the action asks for anything but true'],
    ['!owns("tea") && owns("coffee")', {}, 'owns("coffee") is false, the action asks for true'],
    ['days_since("coffee") < 30.0', {}, 'days_since("coffee") is never, the action asks for less than 30'],
    [
      'orders > 0.0 && (revenue > 9.0 || loyalty_tier == "gold")',
      { orders: 1, revenue: 3 },
      'revenue > 9.0 || loyalty_tier == "gold"',
    ],
  ] as const)('%s of %j: %s', (source, change, sentence) => {
    expect(told(source, change as Partial<Traits>)).toBe(`its condition did not hold: ${sentence}`);
  });

  test('no more of a long text or list than a sentence holds', () => {
    expect(told('loyalty_tier == "gold"', { loyalty_tier: 'x'.repeat(200) } as never).length).toBeLessThan(
      150,
    );
    const categories = Array.from({ length: 30 }, (_, i) => `c${i}`);
    expect(told('"bags" in categories', { categories })).toContain('c7 and 22 more, without');
  });
});

test('a record of before, which names the condition alone, is still read', () => {
  const table = new ConditionTable();
  table.intern('orders > 1.0');
  expect(blamedCondition('#0', table.conditions)?.source).toBe('orders > 1.0');
  expect(blamedCondition('orders > 1.0', table.conditions)).toBeUndefined();
  expect(blamedCondition('#7', [])).toBeUndefined();
});

describe('of what a shop told', () => {
  const declared = (isPersonal: boolean): readonly AttributeSpec[] => [
    { name: 'tier', type: 'text', isPersonal, charsMax: 256 },
    { name: 'visits', type: 'number', isPersonal, charsMax: 256 },
    { name: 'birthday', type: 'date', isPersonal, charsMax: 256 },
  ];
  const attributes = new KnownAttributes();
  attributes.begin(
    [
      { name: 'tier', value: 'silver', at: 1 },
      { name: 'visits', value: 17, at: 1 },
      { name: 'birthday', value: '1990-05-17', at: 1 },
    ],
    0,
    0,
  );

  test.each([
    ['attributes.tier == "gold"', 'attributes.tier is "silver", the action asks for "gold"'],
    ['attributes.visits >= 20.0', 'attributes.visits is 17, the action asks for at least 20'],
    [
      'days_until(attributes.birthday) == 0.0',
      'days_until(attributes.birthday) is 136, the action asks for 0',
    ],
    ['!has(attributes.tier)', 'has(attributes.tier) is true, the action asks for anything but true'],
  ])('%s tells what was found', (source, sentence) => {
    expect(told(source, { attributes }, declared(false))).toContain(sentence);
  });

  test.each([
    'attributes.tier == "gold"',
    'attributes.visits >= 20.0',
    'days_until(attributes.birthday) == 0.0',
    'size(attributes.tier) > 9',
    '!has(attributes.tier)',
  ])('nothing is told of a personal one but the condition: %s', (source) => {
    const sentence = told(source, { attributes }, declared(true));
    expect(sentence).toBe(`its condition did not hold: ${source}`);
    expect(sentence).not.toMatch(/silver|17|136|true/);
  });
});
