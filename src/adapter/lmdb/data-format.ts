import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PortError } from '../../port/port-error.ts';

/** What a data directory was made for; fixed for its life. */
export interface DataFormat {
  /** Version of the layout of this directory's files. */
  readonly format: number;
  /** Which life of the deployment's data this is: part of every decision's id, so ids of an older life never match. */
  readonly generation: number;
  readonly shards: number;
}

/** 3: shards adopt a core revision, and snapshots name theirs. */
export const FORMAT_NOW = 3;

/** Released versions that wrote another format, by it. */
const WRITTEN_BY: Readonly<Record<number, string>> = { 2: 'version 0.1.0' };

/**
 * The format of `directory`, which must exist and be locked; a new one gets `wanted`, durably. Throws PortError: `corrupt`
 * for a FORMAT that cannot be read or is of another version, `conflict` for another number of shards.
 */
export function openFormat(
  directory: string,
  wanted: { readonly generation: number; readonly shards: number },
): DataFormat {
  const file = join(directory, 'FORMAT');
  if (!existsSync(file)) {
    if (['state.mdb', 'log'].some((name) => existsSync(join(directory, name)))) {
      throw new PortError(
        'corrupt',
        `${directory} holds data but no FORMAT file: restore it from the backup of the data`,
      );
    }
    const made = { format: FORMAT_NOW, ...wanted };
    writeDurably(directory, file, `${JSON.stringify(made)}\n`);
    return made;
  }
  const found = parsed(readFileSync(file, 'utf8'));
  if (found === undefined)
    throw new PortError('corrupt', `${file} cannot be read as {format, generation, shards}`);
  if (found.format !== FORMAT_NOW) {
    throw new PortError(
      'corrupt',
      `${directory} was written in format ${found.format}, and this version reads format ${FORMAT_NOW} only: keep using ${WRITTEN_BY[found.format] ?? 'the version that wrote it'} for it, or begin with an empty directory`,
    );
  }
  if (found.shards !== wanted.shards) {
    throw new PortError(
      'conflict',
      `${directory} was made for ${found.shards} shards and cannot be opened with ${wanted.shards}: the number is fixed for the data's life`,
    );
  }
  return found;
}

function writeDurably(directory: string, file: string, text: string): void {
  const draft = `${file}.tmp`;
  const out = openSync(draft, 'w');
  try {
    writeSync(out, text);
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
  renameSync(draft, file);
  const folder = openSync(directory, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function parsed(text: string): DataFormat | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    const { format, generation, shards } = value ?? {};
    if (!isCount(format) || !isCount(generation) || !isCount(shards)) return undefined;
    return { format, generation, shards };
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
