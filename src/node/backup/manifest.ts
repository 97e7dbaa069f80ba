import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../adapter/disk/sync-directory.ts';
import { CommandError, EXIT } from '../command/command-line.ts';

const NAME = 'BACKUP';
const FORMAT = 1;

/** What a backup says of itself, in its file BACKUP, which is written last: a backup without it was cut short. */
export interface Manifest {
  readonly format: number;
  readonly generation: number;
  readonly shards: number;
  /** What was acknowledged before it began is in it. ISO 8601, as of this machine's clock. */
  readonly beganAt: string;
  readonly endedAt: string;
  /** Per shard the last record that is in it. */
  readonly lasts: readonly number[];
  /** SHA-256 of every file by its path. */
  readonly files: Readonly<Record<string, string>>;
}

/** Durable when it resolves. */
export async function writeManifest(directory: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  const draft = join(directory, `${NAME}.tmp`);
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(`${JSON.stringify({ format: FORMAT, ...manifest }, null, 1)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(directory, NAME));
  await syncDirectory(directory);
}

/** Throws CommandError when `directory` holds no whole backup, or one of a later version. */
export function readManifest(directory: string): Manifest {
  const file = join(directory, NAME);
  if (!existsSync(directory)) throw new CommandError(`${directory} does not exist`, EXIT.usage);
  if (!existsSync(file))
    throw new CommandError(
      `${directory} holds no backup: it has no file ${NAME}, which "attune backup" writes last. One that was cut short is of no use.`,
      EXIT.usage,
    );
  const found = parsed(readFileSync(file, 'utf8'));
  if (found === undefined) throw new CommandError(`${file} cannot be read: restore another backup`);
  if (found.format !== FORMAT)
    throw new CommandError(
      `${directory} was written in format ${found.format} of backups, and this version reads ${FORMAT} only: restore it with the version that wrote it`,
    );
  return found;
}

function parsed(text: string): Manifest | undefined {
  try {
    const value = JSON.parse(text) as Partial<Manifest> | null;
    const { format, generation, shards, lasts, files, beganAt, endedAt } = value ?? {};
    if (typeof format !== 'number' || typeof generation !== 'number' || typeof shards !== 'number')
      return undefined;
    if (!Array.isArray(lasts) || typeof files !== 'object' || files === null) return undefined;
    if (typeof beganAt !== 'string' || typeof endedAt !== 'string') return undefined;
    return { format, generation, shards, lasts, files, beganAt, endedAt };
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
