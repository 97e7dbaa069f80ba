import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { applyEdits } from './apply-edits.ts';
import { RECIPES } from './recipes.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const section = /\n## Recipes\n([\s\S]*?)\n## /.exec(read('ARCHITECTURE.md'))?.[1] ?? '';

describe('an edit', () => {
  it('takes the place of its anchor, and says so when the anchor is gone or stands twice', () => {
    expect(applyEdits('a.ts', 'one two', [{ find: 'two', put: '$& three' }])).toBe('one $& three');
    for (const text of ['one', 'two two'])
      expect(() => applyEdits('a.ts', text, [{ find: 'two', put: '' }])).toThrow(
        'The recipe is stale: a.ts holds',
      );
  });
});

describe.each(RECIPES)('the recipe of a $name', ({ name, files }) => {
  test('still fits the repository', () => {
    for (const file of files) {
      expect([file.path, existsSync(join(ROOT, file.path))]).toEqual([file.path, file.kind !== 'new']);
      if (file.kind === 'edit')
        expect(() => applyEdits(file.path, read(file.path), file.edits)).not.toThrow();
    }
  });

  test('names the same files as ARCHITECTURE.md, in the same order', () => {
    const rows = section.split(`\`--only ${name}\``)[1]?.split('\n### ')[0] ?? '';
    const named = [...rows.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path]) => path);
    expect(named).toEqual(
      files.map(({ path, kind }) => (kind === 'new' ? path.replace(/[^/]+$/, '') : path)),
    );
  });

  test('names what notices each forgotten file', () => {
    for (const { forgotten } of files)
      if (forgotten.kind === 'test')
        expect([forgotten.path, existsSync(join(ROOT, forgotten.path))]).toEqual([forgotten.path, true]);
  });
});
