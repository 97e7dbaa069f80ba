import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';

/** Writes a policy's files into a directory. */
export function writePolicy(directory: string, files: PolicyFiles): void {
  for (const [name, text] of files) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
