import { join } from 'node:path';
import { expect, test } from 'vitest';
import { propertyFiles } from './property-files.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

test('files with properties are found, by themselves and by the contract suites that they call', () => {
  const files = propertyFiles(ROOT);
  expect(files.length).toBeGreaterThan(35);
  expect(files).toContain('src/base/hash.test.ts');
  expect(files).toContain('src/adapter/memory/memory-fact-log.test.ts');
  expect(files).not.toContain('src/base/assert.test.ts');
});
