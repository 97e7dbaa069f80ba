import { setTimeout as pause } from 'node:timers/promises';
import { damageOfRecord } from '../codec/stored/damaged-record.ts';
import { RecordCursor } from '../codec/stored/record-codec.ts';
import { SHARED_IMAGE } from '../port/images.ts';
import { PortError } from '../port/port-error.ts';
import type { Stores } from './stores.ts';

/** Records that are read before others get their turn. */
const BATCH = 256;

export interface ScrubPace {
  readonly restMs?: number;
  readonly isWanted?: () => boolean;
}

/**
 * Reads all records of all shards once, archive and log, and all images, and tells each place that is damaged, as
 * `inspect` and `verify` do: what is read only when somebody asks would be found damaged only then. Rests `restMs` behind
 * every batch, and ends early when `isWanted` turns false. Throws PortError other than `corrupt`.
 */
export async function scrub(
  stores: Pick<Stores, 'log' | 'archive' | 'images'>,
  shards: number,
  onDamage: (sentence: string) => void,
  { restMs = 0, isWanted = () => true }: ScrubPace = {},
): Promise<void> {
  await scrubImages(stores, shards, onDamage, { restMs, isWanted });
  for (let shard = 0; shard < shards; shard++)
    await scrubRecords(stores, shard, onDamage, { restMs, isWanted });
}

/** The images only. */
export async function scrubImages(
  { images }: Pick<Stores, 'images'>,
  shards: number,
  onDamage: (sentence: string) => void,
  { restMs = 0, isWanted = () => true }: ScrubPace = {},
): Promise<void> {
  for (const shard of [SHARED_IMAGE, ...Array.from({ length: shards }, (_, each) => each)])
    for (const image of await images.list(shard)) {
      if (!isWanted()) return;
      const fault = await damageOf(() => images.check(image));
      if (fault !== undefined) onDamage(fault);
      if (restMs > 0) await pause(restMs);
    }
}

async function scrubRecords(
  { log, archive }: Pick<Stores, 'log' | 'archive'>,
  shard: number,
  onDamage: (sentence: string) => void,
  { restMs, isWanted }: { readonly restMs: number; readonly isWanted: () => boolean },
): Promise<void> {
  let told = '';
  const tell = (fault: string): void => {
    // Every record of a damaged block says so.
    if (fault !== told) onDamage(`shard ${shard}: ${fault}`);
    told = fault;
  };
  const each = async (first: number, last: number, read: Reads): Promise<void> => {
    for (let from = first; from <= last && isWanted(); from += BATCH) {
      const count = Math.min(BATCH, last - from + 1);
      const whole = await damageOf(async () => looked(await read.range(from, count)));
      for (let at = from; whole !== undefined && at < from + count; at++) {
        const fault = await damageOf(async () => {
          const bytes = await read.one(at);
          if (bytes !== undefined) looked([{ sequence: at, bytes }]);
        });
        if (fault !== undefined) tell(fault);
      }
      if (restMs > 0) await pause(restMs);
    }
  };
  for (const { first, last } of await archive.segments(shard))
    await each(first, last, {
      range: (from, count) => archive.read(shard, from, count),
      one: (at) => archive.get(shard, at),
    });
  const bounds = await log.bounds(shard);
  await each(bounds.first, bounds.last, {
    range: (from, count) => log.read(shard, from, count),
    one: (at) => log.get(shard, at),
  });
}

interface Reads {
  readonly range: (
    from: number,
    count: number,
  ) => Promise<readonly { readonly sequence: number; readonly bytes: Uint8Array }[]>;
  readonly one: (at: number) => Promise<Uint8Array | undefined>;
}

/** Throws StoredBytesError, with its place, for bytes that were written so and are no record. */
function looked(records: readonly { readonly sequence: number; readonly bytes: Uint8Array }[]): void {
  for (const { bytes } of records) {
    const damage = damageOfRecord(bytes);
    if (damage !== undefined)
      throw new PortError('corrupt', `a record was damaged and is set aside: ${damage}`);
    const cursor = new RecordCursor(bytes);
    while (cursor.next());
  }
}

/** The sentence of what is damaged, undefined: nothing is. Other faults are thrown. */
async function damageOf(look: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await look();
    return undefined;
  } catch (fault) {
    if (fault instanceof PortError && fault.kind === 'corrupt') return fault.message;
    if (fault instanceof Error && fault.name === 'StoredBytesError') return fault.message;
    throw fault;
  }
}
