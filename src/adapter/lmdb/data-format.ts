import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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
 * The generation for data that goes on without its end, at `now` in ms. Seconds, so that one backup that is restored twice goes on
 * under two of them; the next number where a clock is beyond what extents hold (2106).
 */
export function generationAfter(generation: number, now: number): number {
  const seconds = Math.floor(now / 1_000);
  return seconds < 2 ** 32 ? Math.max(generation + 1, seconds) : generation + 1;
}

/** What else says what a directory was made for, and whether its file may be written. */
export interface FormatSources {
  /** As noted beside the data; believed where FORMAT is missing or says otherwise: it carries a checksum. */
  readonly known?: DataFormat | undefined;
  readonly isReadOnly?: boolean;
}

export interface OpenedFormat extends DataFormat {
  /** What was wrong with FORMAT, a sentence; it is written again. */
  readonly healed?: string;
  /** FORMAT says that extents are kept beside the data: to miss both is damage. */
  readonly hasExtents: boolean;
  /** A fingerprint of each secret key that was in use when FORMAT was written. */
  readonly keys: readonly string[];
}

/** What a directory with data holds; FORMAT and the lock are in one that is new, too. */
const DATA_NAMES = ['state.mdb', 'log', 'archive', 'images', 'editions.log'];

/** Whether there is data in `directory`, whatever its FORMAT says. */
export function hasData(directory: string): boolean {
  return DATA_NAMES.some((name) => existsSync(join(directory, name)));
}

/**
 * The format of `directory`, which must exist and be locked; a new one gets `wanted`, durably. Throws PortError: `corrupt`
 * for a FORMAT that cannot be read or is of another version, `conflict` for another number of shards.
 */
export function openFormat(
  directory: string,
  wanted: { readonly generation: number; readonly shards: number },
  { known, isReadOnly = false }: FormatSources = {},
): OpenedFormat {
  const file = join(directory, 'FORMAT');
  const isThere = existsSync(file);
  let found = isThere ? parsed(readFileSync(file, 'utf8')) : undefined;
  let healed: string | undefined;
  if (known !== undefined && (found === undefined || !isSame(found, known))) {
    healed = `${file} ${isThere ? 'is damaged' : 'is missing'}: taken from what is noted beside the data`;
    const { format, generation, shards } = known;
    found = { format, generation, shards, hasExtents: true, keys: [] };
  }
  if (!isThere && found === undefined) {
    if (hasData(directory)) {
      throw new PortError(
        'corrupt',
        `${directory} holds data but no FORMAT file: restore it from the backup of the data`,
      );
    }
    found = { format: FORMAT_NOW, ...wanted, hasExtents: false, keys: [] };
    write(directory, file, found);
    return found;
  }
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
  if (healed === undefined) return found;
  if (!isReadOnly) write(directory, file, found);
  return { ...found, healed };
}

/** Writes FORMAT, durably: extents are kept from here on. Throws what the disk throws. */
export function noteExtents(directory: string, format: OpenedFormat): void {
  write(directory, join(directory, 'FORMAT'), { ...format, hasExtents: true });
}

/** What FORMAT notes of secret keys; nothing where it notes none or is not there. */
export function keyFingerprintsOf(directory: string): readonly string[] {
  const file = join(directory, 'FORMAT');
  return existsSync(file) ? (parsed(readFileSync(file, 'utf8'))?.keys ?? []) : [];
}

/** Writes into FORMAT, which is there, which secret keys are in use, durably. Throws what the disk throws. */
export function noteKeys(directory: string, keys: readonly string[]): void {
  const file = join(directory, 'FORMAT');
  const format = parsed(readFileSync(file, 'utf8'));
  if (format === undefined)
    throw new PortError('corrupt', `${file} cannot be read as {format, generation, shards}`);
  write(directory, file, { ...format, keys });
}

/** Writes FORMAT into a directory that nobody has opened yet, durably. Throws what the disk throws. */
export function writeFormat(directory: string, made: Omit<DataFormat, 'format'>): void {
  write(directory, join(directory, 'FORMAT'), { format: FORMAT_NOW, ...made, hasExtents: false, keys: [] });
}

function isSame(a: DataFormat, b: DataFormat): boolean {
  return a.format === b.format && a.generation === b.generation && a.shards === b.shards;
}

function write(
  directory: string,
  file: string,
  { format, generation, shards, hasExtents, keys }: OpenedFormat,
): void {
  const noted = { ...(hasExtents ? { extents: true } : {}), ...(keys.length > 0 ? { keys } : {}) };
  const text = JSON.stringify({ format, generation, shards, ...noted });
  writeDurably(directory, file, `${text}\n`);
}

function writeDurably(directory: string, file: string, text: string): void {
  const draft = `${file}.tmp`;
  const out = openSync(draft, 'w');
  try {
    writeFileSync(out, text);
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

function parsed(text: string): OpenedFormat | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    const { format, generation, shards, extents, keys } = value ?? {};
    if (!isCount(format) || !isCount(generation) || !isCount(shards)) return undefined;
    const noted = Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
    return { format, generation, shards, hasExtents: extents === true, keys: noted };
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
