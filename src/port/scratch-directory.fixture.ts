import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ScratchDirectory {
  readonly path: string;
  remove(): void;
}

/** A new empty directory for one test. */
export function scratchDirectory(): ScratchDirectory {
  const path = mkdtempSync(join(tmpdir(), 'attune-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
