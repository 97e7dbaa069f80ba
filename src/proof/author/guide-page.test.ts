import { expect, test } from 'vitest';
import { consoleCommands, guideBlocks, missingLine } from './guide-page.ts';

const page = (...lines: string[]) => guideBlocks('page.md', lines.join('\n'));

test('a page is its fenced blocks, each with its kind, name and line', () => {
  expect(
    page('# A', '```yaml actions/refill.yaml', 'actions: {}', '```', '', '```cel', 'a', 'b', '```'),
  ).toEqual([
    { kind: 'file', name: 'actions/refill.yaml', text: 'actions: {}\n', line: 2 },
    { kind: 'cel', name: '', text: 'a\nb\n', line: 6 },
  ]);
});

test.each(['```yaml', '```', '```bash', '```console twice', '```yaml ../policy.yaml', '```file'])(
  'a block of no kind is a fault, not left out: %s',
  (fence) => {
    expect(() => page(fence, 'x', '```')).toThrow('page.md:1');
  },
);

test('a block that is not closed is a fault', () => {
  expect(() => page('```cel', 'orders == 1.0')).toThrow('not closed');
});

test('commands, their continuation and what they must print', () => {
  expect(consoleCommands('$ a \\\n  b\nsaid\n$ c\n')).toEqual([
    { command: 'a b', expected: ['said'] },
    { command: 'c', expected: [] },
  ]);
});

test('expected lines are found in order, … is anything', () => {
  const output = 'one 1 two\nthree\n';
  expect(missingLine(output, ['one … two', 'three'])).toBeUndefined();
  expect(missingLine(output, ['three', 'one … two'])).toBe('one … two');
  expect(missingLine(output, ['two … one'])).toBe('two … one');
});
