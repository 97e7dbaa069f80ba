/** Ways to harm a file of a data directory. */
import { cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rng } from '../../base/rng.ts';

export const HARM_KINDS = ['lost', 'cut', 'flipped', 'older'] as const;
export type HarmKind = (typeof HARM_KINDS)[number];

export interface Harm {
  /** Relative to the directory; a folder too, '.' for all of it, for `lost` and `older`. */
  readonly file: string;
  readonly kind: HarmKind;
  /** Of `cut`: the length that is left; of `flipped`: where, a byte and a bit. */
  readonly places: readonly number[];
}

/** Which files are of one kind, by their path; the report counts by these. */
export function classOf(file: string): string {
  return file
    .replace(/^\.$/, 'everything/')
    .replace(/^(log|archive|images)$/, '$1/')
    .replace(/^archive\/.*\.seg$/, 'archive/*.seg')
    .replace(/^log\/\d+\./, 'log/*.')
    .replace(/^images\/[^/]+(\/.*)?\.(\w+)$/, 'images/*.$2');
}

/** A harm of `file`, with places drawn within it. */
export function drawHarm(directory: string, file: string, kind: HarmKind, rng: Rng): Harm {
  const path = join(directory, file);
  const size = statSync(path).isDirectory() ? 0 : statSync(path).size;
  if (kind === 'cut') return { file, kind, places: [size === 0 ? 0 : rng.intBelow(size)] };
  if (kind !== 'flipped') return { file, kind, places: [] };
  const end = usedOf(path, size);
  const places: number[] = [];
  // Most of a prepared log file is zeros that nobody reads: the place is drawn from what is used.
  for (let i = rng.intBelow(3); i >= 0 && end > 0; i--) places.push(rng.intBelow(end) * 8 + rng.intBelow(8));
  return { file, kind, places };
}

export function doHarm(directory: string, older: string, { file, kind, places }: Harm): void {
  const path = join(directory, file);
  if (kind === 'lost') rmSync(path, { recursive: true, force: true });
  if (kind === 'cut' && existsSync(path)) truncateSync(path, places[0] ?? 0);
  if (kind === 'flipped' && existsSync(path)) {
    const bytes = readFileSync(path);
    for (const place of places) {
      const at = Math.floor(place / 8);
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << (place % 8));
    }
    writeFileSync(path, bytes);
  }
  if (kind !== 'older') return;
  rmSync(path, { recursive: true, force: true });
  if (existsSync(join(older, file))) cpSync(join(older, file), path, { recursive: true });
}

/** Where the last byte that is not zero stands. */
function usedOf(path: string, size: number): number {
  if (size === 0) return 0;
  const bytes = readFileSync(path);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
