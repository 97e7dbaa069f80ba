import { expect, test } from 'vitest';
import type { AttributeSpec, AttributeType } from '../attribute/attribute.ts';
import { BOUNDS } from '../bounds.ts';
import { toldAttributes } from './attribute-words.ts';
import type { PropertyValue } from './event-input.ts';

const spec = (name: string, type: AttributeType, change: Partial<AttributeSpec> = {}): AttributeSpec => ({
  ...{ name, type, isPersonal: false, charsMax: BOUNDS.attributeChars },
  ...change,
});
const DECLARED = [
  spec('first_name', 'text', { isPersonal: true }),
  spec('tier', 'text'),
  spec('visits', 'number'),
  spec('vip', 'flag'),
  spec('birthday', 'date'),
  spec('likes', 'texts'),
];

function told(properties: Readonly<Record<string, PropertyValue>>, specs = DECLARED) {
  const { attributes, warnings = [] } = toldAttributes(properties, specs);
  return {
    values: Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
    warnings: warnings.map(({ rule, message }) => `${rule}: ${message}`),
    shown: warnings.map(({ value }) => value),
  };
}

test.each<[string, PropertyValue, unknown]>([
  ['tier', ' gold ', 'gold'],
  ['tier', 4711, '4711'],
  ['visits', 3.5, 3.5],
  ['visits', '12', 12],
  ['visits', -0, 0],
  ['vip', true, true],
  ['vip', 'No', false],
  ['vip', 1, true],
  ['birthday', '1990-05-17', '1990-05-17'],
  ['birthday', '1990-05-17T00:00:00.000Z', '1990-05-17'],
  ['likes', '["tea", " boots ", "tea", 7]', ['tea', 'boots', '7']],
  ['likes', 'tea, boots,', ['tea', 'boots']],
  ['likes', 7, ['7']],
])('%s of %j is %j', (name, value, expected) => {
  expect(told({ [name]: value })).toEqual({ values: { [name]: expected }, warnings: [], shown: [] });
});

test.each<[string, PropertyValue, string]>([
  ['tier', true, 'must be a text'],
  ['tier', Number.NaN, 'must be a text'],
  ['visits', 'many', 'must be a number, such as 12.5'],
  ['visits', Number.NaN, 'must be a number'],
  ['visits', true, 'must be a number'],
  ['vip', 'maybe', 'must be true or false'],
  ['vip', 2, 'must be true or false'],
  ['birthday', '17.05.1990', 'must be a day, such as 1990-05-17'],
  ['birthday', '2001-02-29', 'must be a day'],
  ['birthday', 643_000_000, 'must be a day'],
  ['likes', '[1, {}]', 'must be texts'],
  ['likes', '["tea"', 'must be texts'],
  ['likes', true, 'must be texts'],
])('%s of %j is told and not kept: %s', (name, value, sentence) => {
  const { values, warnings } = told({ [name]: value });
  expect(values).toEqual({});
  expect(warnings).toEqual([
    expect.stringContaining(`event.attribute: \`properties["${name}"]\` ${sentence}`),
  ]);
});

test('an empty value removes, of every type', () => {
  const empty = { tier: '', visits: ' ', vip: '', birthday: '', likes: '[]' };
  const removed = {
    tier: undefined,
    visits: undefined,
    vip: undefined,
    birthday: undefined,
    likes: undefined,
  };
  expect(told(empty)).toStrictEqual({ values: removed, warnings: [], shown: [] });
});

test('names are understood in any letters, as declared before all others', () => {
  expect(told({ FirstName: 'Anna', 'First Name': 'Ann' })).toMatchObject({
    values: { first_name: 'Ann' },
    warnings: [expect.stringContaining('`properties["FirstName"]` says first_name a second time')],
  });
  expect(told({ firstName: 'Ann', first_name: 'Anna' }).values).toEqual({ first_name: 'Anna' });
});

test('what is not declared is told with the nearest name, and its value is not repeated', () => {
  const { values, warnings, shown } = told({ frist_name: 'Anna', teir: 'gold' });
  expect(values).toEqual({});
  expect(warnings).toEqual([
    'event.attribute_undeclared: `properties["frist_name"]` is no attribute that the policy declares, and is not kept; did you mean "first_name"?',
    'event.attribute_undeclared: `properties["teir"]` is no attribute that the policy declares, and is not kept; did you mean "tier"?',
  ]);
  expect(shown).toEqual(['', '']);
  expect(told({ tier: 'gold' }, []).warnings).toEqual([
    'event.attribute_undeclared: `properties["tier"]` is no attribute that the policy declares, and is not kept; none is declared.',
  ]);
});

test('of a personal attribute no warning repeats the value', () => {
  const long = 'A'.repeat(BOUNDS.attributeChars + 1);
  const { warnings, shown } = told({ first_name: long });
  expect(JSON.stringify({ warnings, shown })).not.toContain('AAA');
  expect(told({ visits: 'many' }).shown).toEqual(['many']);
});

test('a value of as many characters as it may have is kept, a longer one is told', () => {
  const most = 'x'.repeat(BOUNDS.attributeChars);
  expect(told({ tier: most }).values).toEqual({ tier: most });
  expect(told({ tier: `${most}x` })).toMatchObject({
    values: {},
    warnings: [expect.stringContaining(`has more than ${BOUNDS.attributeChars} characters`)],
  });
  const short = [spec('likes', 'texts', { charsMax: 6 })];
  expect(told({ likes: 'tea,cap' }, short).values).toEqual({ likes: ['tea', 'cap'] });
  expect(told({ likes: 'tea,caps' }, short).warnings).toHaveLength(1);
});
