/** What a policy may say in Liquid, what it may not, and what becomes of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { POLICY_LIMITS } from '../core/policy/policy-limits.ts';
import { DEFAULT_LOCALE, LIQUID_FILTERS, liquidFaults, liquidWording } from './liquid-wording.ts';

const said = (text: string, values: Readonly<Record<string, string | null>> = {}): string =>
  liquidWording(new Map([[DEFAULT_LOCALE, text]])).render(values, '');

describe('words in Liquid', () => {
  test('choose by what is there and what it says', () => {
    const text = '{{ title }}{% if stock %}, only {{ stock }} left{% else %} is here{% endif %}.';
    expect(said(text, { title: 'Coat', stock: '3' })).toBe('Coat, only 3 left.');
    expect(said(text, { title: 'Coat', stock: null })).toBe('Coat is here.');
    const tiers = "{% case tier %}{% when 'gold' %}Dear friend{% else %}Hello{% endcase %}";
    expect([said(tiers, { tier: 'gold' }), said(tiers, { tier: 'none' })]).toEqual(['Dear friend', 'Hello']);
    expect(said('{{ name | default: "you" }}', { name: null })).toBe('you');
  });

  test('hold no range, wherever it stands: it would be a list of so many numbers', () => {
    for (const text of [
      '{{ (1..100000000) }}',
      '{{ ( 1 .. name ) | size }}',
      '{%- if (1..100000000) contains 5 -%}y{% endif %}',
      '{% case name %}{% when (1..99999999) %}x{% endcase %}',
      '{{ "a\\"" | append: (1..99999999) | append: "b" }}',
      '{{ name | append:\n(1\n..99999999) }}',
    ])
      expect(liquidFaults(`Hello ${text}`, ['name'])).toMatchObject([
        { offset: expect.any(Number), message: expect.stringContaining('no ranges such as (1..9)') },
      ]);
    expect(liquidFaults('Hello (you..) {{ name }}{% raw %}{{ (1..9) }}{% endraw %}', ['name'])).toEqual([]);
  });

  test('are escaped as HTML unless they are raw', () => {
    const title = 'Wool & <silk>';
    expect(said('{{ title }}', { title })).toBe('Wool &amp; &lt;silk&gt;');
    expect(said('{{ title | upcase }}', { title: '<b>' })).toBe('&lt;B&gt;');
    expect(said('{{ title | raw }}', { title })).toBe(title);
  });

  test('are those of the nearest locale', () => {
    const { render } = liquidWording(
      new Map([
        ['default', 'Good morning {{ name }}'],
        ['de', 'Guten Morgen {{ name }}'],
        ['de-AT', 'Grüß Gott {{ name }}'],
      ]),
    );
    const of = (locale: string) => render({ name: 'Anna' }, locale);
    expect([of('de-AT'), of('de-CH'), of('fr-FR'), of('')]).toEqual([
      ...['Grüß Gott Anna', 'Guten Morgen Anna', 'Good morning Anna', 'Good morning Anna'],
    ]);
  });

  test('are cut', () => {
    const long = 'x'.repeat(POLICY_LIMITS.renderedCharacters);
    expect(said('{{ title }}', { title: long })).toBe(long);
    expect(said('{{ title }}y', { title: long })).toBe(long);
  });

  test('never break off within a character that takes two places', () => {
    expect(said('{{ title | slice: 0, 1 | url_encode }}', { title: '😀' })).toBe(
      encodeURIComponent('\ufffd'),
    );
    expect(said('{{ title | slice: 0, 1 }}', { title: '😀' })).toBe('\ufffd');
  });

  test('are no longer than their template and values allow, whatever they do', () => {
    const values = { a: 'ab'.repeat(100), b: null };
    const filter = fc.constantFrom(...LIQUID_FILTERS).map((name) => {
      const argument = { append: ': a', prepend: ': a', remove: ': "b"', slice: ': 0, 9', default: ': a' }[
        name
      ];
      return `| ${name}${argument ?? ''}`;
    });
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 12 }), (filters) => {
        const text = `{{ a ${filters.join(' ')} }}`;
        expect(liquidFaults(text, ['a', 'b'])).toEqual([]);
        expect(said(text, values).length).toBeLessThanOrEqual(POLICY_LIMITS.renderedCharacters);
      }),
    );
  });
});

describe('what is no Liquid that can be used', () => {
  const faultsOf = (text: string) => liquidFaults(text, ['title', 'stock']);

  test.each([
    ['{% for x in (1..9) %}{% endfor %}', 'tag "for" not found; there are case,'],
    ['{% assign x = title %}', 'tag "assign" not found'],
    ['{% capture x %}{% endcapture %}', 'tag "capture" not found'],
    ["{% include 'a' %}", 'tag "include" not found'],
    ["{% render 'a' %}", 'tag "render" not found'],
    ["{% layout 'a' %}", 'tag "layout" not found'],
    ['{{ title | replace: "a", title }}', 'undefined filter: replace; there are append,'],
    ['{{ title | escape }}', 'undefined filter: escape'],
    ['{{ title | where_exp: "x", "y" }}', 'undefined filter: where_exp'],
    ['{{ title', 'output "{{ title" not closed'],
    ['{% if title %}', 'tag {% if title %} not closed'],
  ])('%s', (text, message) => {
    const [fault, ...more] = faultsOf(text);
    expect(more).toEqual([]);
    expect(fault?.message).toContain(message);
    expect(fault?.message).not.toContain('line:');
  });

  test('is told at its place', () => {
    expect(faultsOf('Hello {{ title | shout }}')[0]?.offset).toBe(6);
    expect(faultsOf('Hello {{ titel }}')).toEqual([
      { offset: 9, message: 'names titel, for which there is no slot; did you mean "title"?' },
    ]);
    expect(faultsOf('{% if stok %}{{ title }}{% endif %}')[0]).toMatchObject({ offset: 6 });
    expect(faultsOf('{{ title.first }}')).toEqual([
      { offset: 3, message: 'asks for a part of title, and a slot has none' },
    ]);
  });

  test('any text at all has faults or is rendered', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('{{', '}}', '{%', '%}', ' if ', ' title ', '|', 'endif', '.size', '[0]', '"'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        if (faultsOf(text).length > 0) return;
        expect(typeof said(text, { title: 'Coat', stock: null })).toBe('string');
      }),
      { numRuns: 500 },
    );
  });
});
