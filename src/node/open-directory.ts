import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readExtents } from '../adapter/disk/extents.ts';
import { damageOfRecord } from '../codec/stored/damaged-record.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import { CommandError, EXIT } from './command/command-line.ts';
import { openDiskStores } from './open-disk-stores.ts';
import type { Stores } from './stores.ts';

/** The stores of an existing data directory, for commands that read it while no service does. */
export interface DataDirectory {
  readonly stores: Stores;
  readonly shards: number;
  readonly generation: number;
}

/**
 * Changes nothing; what is wrong is in the findings of the stores. Throws CommandError when there is no data directory, PortError
 * when a service holds it or it cannot be opened at all.
 */
export async function openDirectory(directory: string, observer: Observer): Promise<DataDirectory> {
  const { shards } = readFormat(directory);
  const settings = { dir: directory, shards, acceptLoss: false, mode: 'read' as const };
  const stores = await openDiskStores(settings, observer, () => Date.now());
  return { stores, shards, generation: stores.generation };
}

const PAGE = 1_024;

/** What a data directory was made for, whoever holds it. Throws CommandError when there is none. */
export function readFormat(directory: string): { readonly shards: number; readonly generation: number } {
  const file = join(directory, 'FORMAT');
  const known = existsSync(directory) ? readExtents(directory).extent : undefined;
  if (known !== undefined) return { shards: known.shards.length, generation: known.generation };
  if (!existsSync(file))
    throw new CommandError(`${directory} is no data directory: it has no file FORMAT`, EXIT.usage);
  const format = parsedFormat(readFileSync(file, 'utf8'));
  if (format === undefined) throw new CommandError(`${file} cannot be read as {format, generation, shards}`);
  return format;
}

function parsedFormat(text: string): { readonly shards: number; readonly generation: number } | undefined {
  try {
    const { shards, generation } = (JSON.parse(text) ?? {}) as Record<string, unknown>;
    return isCount(shards) && isCount(generation) ? { shards, generation } : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

/**
 * The records of a shard in order, archive first, each once, from the first one that is kept, or `from`, to `last` (default: the end of the log); faults of the
 * storage come as PortError from the iterator, a gap and a log that ends too early among them: retention takes from the front only. What moves from log
 * to archive meanwhile is read there.
 */
export async function* recordsOf(
  { log, archive }: Pick<Stores, 'log' | 'archive'>,
  shard: number,
  { from = 1, last = Number.MAX_SAFE_INTEGER }: { readonly from?: number; readonly last?: number } = {},
): AsyncGenerator<{ readonly sequence: number; readonly bytes: Uint8Array }> {
  const segments = await archive.segments(shard);
  // Behind the archive: what it has was in the log.
  let bounds = await log.bounds(shard);
  const archived = segments.at(-1)?.last ?? 0;
  if (archived > bounds.last) {
    throw new PortError(
      'corrupt',
      `the log of shard ${shard} ends at record ${bounds.last}, and record ${archived} is in the archive: the log lost records`,
    );
  }
  const end = Math.min(last, bounds.last);
  let at = Math.max(from, Math.min(segments[0]?.first ?? bounds.first, bounds.first));
  while (at <= end) {
    const limit = Math.min(PAGE, end - at + 1);
    let records =
      at < bounds.first
        ? await archive.read(shard, at, Math.min(limit, bounds.first - at))
        : await log.read(shard, at, limit);
    if (records[0]?.sequence !== at && at >= bounds.first) {
      bounds = await log.bounds(shard);
      if (at < bounds.first) records = await archive.read(shard, at, Math.min(limit, bounds.first - at));
    }
    if (records.length === 0) throw gap(shard, at, at < bounds.first ? bounds.first : bounds.last + 1);
    for (const record of records) {
      if (record.sequence !== at) throw gap(shard, at, record.sequence);
      const damage = damageOfRecord(record.bytes);
      if (damage !== undefined) throw setAside(shard, at, damage);
      yield record;
      at = record.sequence + 1;
    }
  }
}

/** It stands in its place in the archive, and what it said is not known. */
function setAside(shard: number, sequence: number, damage: string): PortError {
  return new PortError(
    'corrupt',
    `record ${sequence} of shard ${shard} was damaged and is set aside: ${damage}`,
  );
}

function gap(shard: number, from: number, to: number): PortError {
  return new PortError(
    'corrupt',
    `the records ${from} to ${to - 1} of shard ${shard} are neither in the archive nor in the log`,
  );
}
