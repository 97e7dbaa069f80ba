import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listFiles, ROOT, readText } from './repository.ts';

const STAMP = join(ROOT, 'node_modules', '.cache', 'attune', 'self-tested');
/** What the checks are made of. */
const CHECKS =
  /^(\.ci\/|\.dependency-cruiser\.cjs$|biome\.json$|knip\.json$|tsconfig\.json$|buf\.yaml$|package\.json$)/;

/** Whether the checks, as they are now, have found all planted faults before, on this machine. */
export function isSelfTested(): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hashOfChecks();
}

export function noteSelfTested(): void {
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, hashOfChecks());
}

function hashOfChecks(): string {
  const hash = createHash('sha256');
  for (const path of listFiles(ROOT).filter((each) => CHECKS.test(each))) {
    hash.update(`${path}\n${readText(ROOT, path)}\n`);
  }
  return hash.digest('hex');
}
