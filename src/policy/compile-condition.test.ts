import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FactAttribute } from '../core/fact/fact.ts';
import { strangerTraits, TRAITS, type Traits } from '../core/trait/trait-spec.ts';
import { ConditionTable } from './compile-condition.ts';
import { DECLARED } from './conditions.fixture.ts';

const visits = (value: number): FactAttribute[] => [{ name: 'visits', value }];

describe('a condition', () => {
  it.each<[string, Partial<Traits>, boolean]>([
    ['orders > 3', { orders: 4 }, true],
    ['orders == 3.0 && !is_known', { orders: 3 }, true],
    ['stage in ["lapsed", "fading"]', { stage: 'fading' }, true],
    [
      '!(category_top in owned_categories)',
      { category_top: 'shoes', owned_categories: ['coats', 'shoes'] },
      false,
    ],
    ['categories.exists(c, c == "coats")', { categories: ['shoes', 'coats'] }, true],
    ['size(categories) > 1', { categories: ['shoes'] }, false],
    ['cart_value / 2.0 > 10.0 ? true : in_checkout', { cart_value: 30 }, true],
    ['days_since_order > order_gap_days * 1.3', { days_since_order: 40, order_gap_days: 31 }, false],
    ['locale.startsWith("en")', { locale: 'en-GB' }, true],
    ['days_since("coffee") > 25.0 && !owns("coffee") && orders_of("coffee") == 0.0', {}, true],
    ['owns("coffee") || orders_of("coffee") > 0.0', {}, false],
  ])('%s over %j is %s', (source, change, expected) => {
    const condition = new ConditionTable().intern(source);
    expect('test' in condition && condition.test({ ...strangerTraits(), ...change })).toBe(expected);
  });

  it.each<[string, readonly FactAttribute[], boolean]>([
    ['attributes.tier == "gold"', [{ name: 'tier', value: 'gold' }], true],
    ['attributes.tier == "gold"', [{ name: 'tier', value: undefined }], false],
    ['attributes.tier == ""', [], true],
    ['attributes.tier == ""', [{ name: 'tier', value: 7 }], true],
    ['attributes.visits >= 3.0 && attributes.vip', [...visits(3), { name: 'vip', value: true }], true],
    ['!attributes.vip && attributes.visits == 0.0', [], true],
    ['"tea" in attributes.likes', [{ name: 'likes', value: ['boots', 'tea'] }], true],
    ['size(attributes.likes) == 0', [], true],
    ['has(attributes.visits)', visits(0), true],
    ['has(attributes.visits)', [], false],
    ['!has(attributes.tier) || attributes.tier.startsWith("g")', [], true],
    ['days_until(attributes.birthday) <= 7.0', [{ name: 'birthday', value: '1990-01-08' }], true],
    ['days_until(attributes.birthday) == 8.0', [{ name: 'birthday', value: '1990-01-09' }], true],
    ['days_until(attributes.birthday) <= 365.0', [], false],
  ])('%s over %j is %s', (source, told, expected) => {
    const traits = strangerTraits();
    traits.attributes.begin(
      told.map((one) => ({ ...one, at: 1 })),
      0,
      0,
    );
    const condition = new ConditionTable(DECLARED).intern(source);
    if (!('test' in condition)) throw new Error(condition[0]?.message);
    expect(condition.test(traits)).toBe(expected);
  });

  it.each([
    [
      'attributes.teir == "gold"',
      0,
      'asks for the attribute "teir", which policy.yaml does not declare; did you mean "tier"?',
    ],
    ['is_known && has(attributes.phone)', 16, 'asks for the attribute "phone"'],
    ['attributes.tier == 3.0', 0, 'no such overload: string == double'],
    ['attributes.visits == "3"', 0, 'no such overload: double == string'],
    ['attributes.visits == 3', 0, 'write whole numbers with a decimal point'],
    ['attributes.vip == "yes"', 0, 'no such overload: bool == string'],
    ['attributes.tier', 0, 'gives a string; a condition must be true or false'],
    ['"tea" in attributes.tier', 0, 'no such overload'],
    ['has(orders)', 0, 'calls has() without an attribute; write it as has(attributes.NAME)'],
    ['has(attributes)', 4, 'asks for the unknown trait "attributes"'],
    ['days_until("1990-05-17") < 3.0', 0, 'calls days_until() without an attribute'],
    [
      'days_until(attributes.tier) < 3.0',
      0,
      'calls days_until() of tier, which is declared as text; it must be a date',
    ],
    ['days_until(attributes.birthday) < 3', 0, ''],
    ['orders.tier == "gold"', 0, 'uses ., which conditions do not have but in attributes.NAME'],
    ['attributes.tier.x == "gold"', 0, 'uses .'],
    ['attributes["tier"] == "gold"', 0, 'uses [], which conditions do not have'],
    [
      'categories.exists(attributes, true)',
      0,
      'names its loop variable like what the shop tells, attributes',
    ],
  ])('of what a shop tells refuses %s at %i: %s', (source, offset, message) => {
    const faults = new ConditionTable(DECLARED).intern(source);
    if (message === '') return expect(faults).toHaveProperty('test');
    if ('test' in faults) throw new Error('it was accepted');
    expect(faults.map((fault) => `${fault.offset} ${fault.message}`)).toContainEqual(
      expect.stringMatching(new RegExp(`^${offset} .*${message.replaceAll(/[.?()[\]]/g, '\\$&')}`)),
    );
  });

  it('asks for no attribute where the policy declares none', () => {
    const faults = new ConditionTable().intern('attributes.tier == "gold"');
    expect(faults).toMatchObject([{ offset: 0, message: expect.stringContaining('none is declared') }]);
  });

  it.each([
    ['', 0, 'is not valid'],
    ['orders >', 8, 'is not valid'],
    ['orders', 0, 'gives a double; a condition must be true or false'],
    ['oders > 3', 0, 'asks for the unknown trait "oders"; did you mean "orders"?'],
    ['is_known && oders > 3', 12, 'unknown trait "oders"'],
    ['stage == "lapsd"', 9, 'compares stage with "lapsd", which it never is; did you mean "lapsed"?'],
    ['"spring" == friction', 0, 'it is one of "none"'],
    ['active_channel in ["web", "telex"]', 26, 'compares active_channel with "telex"'],
    ['orders == 3', 0, 'write whole numbers with a decimal point'],
    ['orders == "3"', 0, 'no such overload: double == string'],
    ['int(locale) > 3', 0, 'uses int(), which conditions do not have'],
    ['is_known && owns()', 12, 'calls owns() without one category in quotes; write it as owns("coffee")'],
    ['owns(category_top)', 0, 'calls owns() without one category in quotes'],
    ['owns(" ")', 0, 'calls owns() without one category in quotes'],
    ['orders_of("a", "b") > 1', 0, 'calls orders_of() without one category in quotes'],
    ['days_since("coffee")', 0, 'gives a double; a condition must be true or false'],
    ['days_sinse("coffee") > 3', 0, 'they have size(), days_since(), owns(), orders_of()'],
    ['locale.matches("(")', 0, 'uses .matches(), which conditions do not have'],
    ['categories[0] == "coats"', 0, 'uses [], which conditions do not have'],
    ['1 / 0 > 1', 0, 'counts with whole numbers'],
    ['is_known || 1 / (is_known ? 1 : 0) > 1', 12, 'counts with whole numbers'],
    ['is_known || [0].exists(i, 1 / i > 1)', 26, 'counts with whole numbers'],
    ['is_known || [0].exists(i, i / i > 1)', 26, 'counts with whole numbers'],
    ['categories.exists(orders, true)', 0, 'names its loop variable like the trait orders'],
    ['timestamp(locale) > timestamp(locale)', 0, 'uses timestamp()'],
    ['null == null', 0, 'uses null, bytes or an unsigned number'],
    ['size(b"a") == 1', 5, 'uses null, bytes or an unsigned number'],
    ['!is_known || 1u / 0u > 1u', 13, 'uses null, bytes or an unsigned number'],
    ['{"a": 1}.a == 1', 0, 'which conditions do not have'],
  ])('refuses %s at %i: %s', (source, offset, message) => {
    const faults = new ConditionTable().intern(source);
    if ('test' in faults) throw new Error('it was accepted');
    const said = faults.map((fault) => `${fault.offset} ${fault.message}`).join('\n');
    expect(said).toMatch(new RegExp(`^${offset} .*${message.replaceAll(/[.?()[\]]/g, '\\$&')}`, 'm'));
  });

  it('is compiled once: equal sources share one index', () => {
    const table = new ConditionTable();
    const first = table.intern('orders > 3.0');
    expect(table.intern('  orders > 3.0\n')).toBe(first);
    expect(table.intern('orders > 4.0')).not.toBe(first);
    expect(table.conditions).toHaveLength(2);
  });

  it('that was accepted is true or false for any values of the traits and never throws', () => {
    const name = (type: string) =>
      fc.constantFrom(
        ...TRAITS.filter((spec) => spec.type === type && !('values' in spec)).map((spec) => spec.name),
      );
    const double = fc.oneof(name('double'), fc.constantFrom('0.0', '2.5', '-1.0', '1e300'));
    const text = fc.oneof(name('string'), fc.constantFrom('""', '"a"'));
    const list = fc.oneof(name('list<string>'), fc.constant('["a", "b"]'));
    const number = fc.oneof(
      double,
      fc.tuple(double, fc.constantFrom('+', '-', '*', '/'), double).map((part) => `(${part.join(' ')})`),
    );
    const atom = fc.oneof(
      name('bool'),
      fc
        .tuple(number, fc.constantFrom('<', '<=', '>', '>=', '==', '!='), number)
        .map((part) => part.join(' ')),
      fc.tuple(text, fc.constantFrom('==', '!='), text).map((part) => part.join(' ')),
      fc.tuple(text, list).map(([left, right]) => `${left} in ${right}`),
      fc.tuple(list, text).map(([left, right]) => `${left}.exists(x, x == ${right})`),
      fc.tuple(text, text).map(([left, right]) => `${left}.contains(${right})`),
      list.map((one) => `size(${one}) > 1`),
    );
    const source = fc
      .array(fc.tuple(atom, fc.constantFrom('&&', '||')), { minLength: 1, maxLength: 4 })
      .map((parts) =>
        parts.map(([one, joint], at) => (at === 0 ? `(${one})` : `${joint} (${one})`)).join(' '),
      );
    const values = fc.record(
      Object.fromEntries(
        TRAITS.map((spec) => [
          spec.name,
          spec.type === 'double'
            ? fc.double()
            : spec.type === 'bool'
              ? fc.boolean()
              : spec.type === 'string'
                ? fc.string()
                : fc.array(fc.string(), { maxLength: 3 }),
        ]),
      ),
    );
    fc.assert(
      fc.property(source, values, (text, traits) => {
        const condition = new ConditionTable().intern(text);
        if (!('test' in condition)) throw new Error(`${text}: ${condition[0]?.message}`);
        expect(typeof condition.test(traits)).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });
});
