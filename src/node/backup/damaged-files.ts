import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '../../adapter/disk/copy-file.ts';
import type { Manifest } from './manifest.ts';

/** A sentence for each file of a backup that is missing or not what was written. Throws PortError. */
export async function damagedFiles(
  backup: string,
  { files }: Manifest,
  progress: (done: number, of: number) => void,
): Promise<string[]> {
  const damage: string[] = [];
  const names = Object.entries(files);
  for (const [done, [name, sha256]] of names.entries()) {
    progress(done, names.length);
    const file = join(backup, name);
    if (!existsSync(file)) damage.push(missing(file));
    else if ((await sha256Of(file)) !== sha256) damage.push(changed(file));
  }
  return damage;
}

export function missing(file: string): string {
  return `${file} is missing`;
}

export function changed(file: string): string {
  return `${file} is not what was written: its SHA-256 differs`;
}
