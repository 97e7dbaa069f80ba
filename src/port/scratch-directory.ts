import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty directory for one test, removed by `remove`. */
export function scratchDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'attune-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
