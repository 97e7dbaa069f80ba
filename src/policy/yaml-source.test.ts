import { describe, expect, it } from 'vitest';
import { YamlSource } from './yaml-source.ts';

const text = `# a comment
top:
  name: shoes
  list: [one, two]
  quoted: "a > 1"
  folded: >
    first &&
    second
  literal: |-
      deep
      deeper
  empty:
`;

describe('a YAML file', () => {
  const source = new YamlSource('a.yaml', text);
  const place = ({ line, column }: { line: number; column: number }): string => `${line}:${column}`;

  it('knows the line and column of its values, its keys, and what is missing', () => {
    expect(place(source.faultAt(['top', 'name'], ''))).toBe('3:9');
    expect(place(source.faultAtKey(['top', 'name'], ''))).toBe('3:3');
    expect(place(source.faultAt(['top', 'list', 1], ''))).toBe('4:15');
    expect(place(source.faultAt(['top', 'missing', 'deeper'], ''))).toBe('2:1');
    expect(place(source.faultAt(['nowhere'], ''))).toBe('2:1');
    expect(source.faultAt(['top', 'list', 1], '').path).toBe('top.list.1');
  });

  it('knows where inside of a text something is, in each of the styles', () => {
    expect(place(source.faultInside(['top', 'name'], 2, ''))).toBe('3:11');
    expect(place(source.faultInside(['top', 'quoted'], 4, ''))).toBe('5:16');
    expect(place(source.faultInside(['top', 'folded'], 'first && '.length, ''))).toBe('8:5');
    expect(place(source.faultInside(['top', 'literal'], 'deep\ndee'.length, ''))).toBe('11:10');
  });

  it('without any text has no data and points at its first line', () => {
    const empty = new YamlSource('b.yaml', '');
    expect(empty.data).toBe(null);
    expect(place(empty.faultAt(['top'], ''))).toBe('1:1');
  });

  it('with a repeated key is readable, with broken syntax it is not', () => {
    const repeated = new YamlSource('c.yaml', 'a: 1\nb: 2\na: 3\n');
    expect(repeated.faults.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '3 the key "a" is given twice',
    ]);
    expect(repeated.data).toEqual({ a: 3, b: 2 });
    const broken = new YamlSource('d.yaml', 'a: [1\nb: 2\n');
    expect(broken.data).toBeUndefined();
    expect(broken.faults[0]?.message).toMatch(/^the file is not well-formed YAML: /);
  });
});
