import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Test files below `src` of `root` that run properties: by themselves, or by a contract suite that they call. Sorted. */
export function propertyFiles(root: string): string[] {
  return globSync('src/**/*.test.ts', { cwd: root })
    .filter((path) => runsProperties(join(root, path)))
    .sort();
}

function runsProperties(path: string): boolean {
  const source = readFileSync(path, 'utf8');
  if (source.includes('fc.assert(')) return true;
  return [...source.matchAll(/ from '(\.[^']+\.contract\.ts)'/g)].some(([, contract]) =>
    runsProperties(join(dirname(path), contract as string)),
  );
}
