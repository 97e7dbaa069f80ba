import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The folder that holds package.json. */
export const ROOT = join(import.meta.dirname, '..');

/**
 * Every file of the repository, relative and sorted: what git tracks or would add; in a copy without git, everything
 * but node_modules.
 */
export function listFiles(root: string): string[] {
  if (!existsSync(join(root, '.git'))) return walk(root, '').sort();
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1_048_576 });
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`);
  return listed.stdout
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .sort();
}

/** TypeScript that people write: not generated. */
export function sourceFiles(root: string): string[] {
  return listFiles(root).filter((path) => path.endsWith('.ts') && !path.startsWith('src/gen/'));
}

export function isTest(path: string): boolean {
  return /\.(test|contract|bench|fixture)\.ts$/.test(path);
}

export function readText(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** A copy of the repository in the system's temporary folder, with node_modules linked. The caller removes it. */
export function copyRepository(keep: (path: string) => boolean = () => true): string {
  const copy = mkdtempSync(join(tmpdir(), 'attune-check-'));
  for (const path of listFiles(ROOT).filter(keep)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(ROOT, path), join(copy, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name === 'node_modules' || entry.name === '.git') return [];
    return entry.isDirectory() ? walk(root, path) : [path];
  });
}
