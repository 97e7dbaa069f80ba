/**
 * Does what is left of erasures: goes on with those that were cut short, tells channel systems again, and rewrites archive segments until no file
 * holds anything of whom is forgotten. Owned by the engine, which calls it every minute.
 *
 * I1  A shard's archive is rewritten once its hot log begins behind the last record to forget and every image is younger: what is folded anew
 *     from image, archive and log then knows nobody who was forgotten, with or without the rewritten records.
 * I2  A record keeps its number, and every other fact in it its place.
 * I3  An id is dropped from the list once its actor is forgotten and no channel is to be told of it any more, at the latest at the receipt's time.
 * I4  What a list replaced is gone from its file with the pass that changed it, or the first one after a start: once a pass, because the file is written
 *     whole for that.
 */

import type { CustomerId } from '../../base/brand.ts';
import { DAY_MS } from '../../base/clock.ts';
import { blankRecord } from '../../codec/stored/blank-record.ts';
import { damageOfRecord } from '../../codec/stored/damaged-record.ts';
import type { Segment } from '../../port/archive.ts';
import type { ErasedActor, Erasure } from '../../port/erasures.ts';
import type { LogRecord } from '../../port/fact-log.ts';
import type { Runtime } from '../runtime.ts';
import type { ChannelErasures } from './channel-erasures.ts';
import { type Eraser, isForgotten } from './eraser.ts';
import { type Boundary, isCovered } from './erasure-book.ts';

/** While somebody is forgotten, records stay in the hot log no longer than this: the receipt's time counts on it. */
export const HOT_MS_MAX = 7 * DAY_MS;

export interface ErasureKeeperParts {
  readonly runtime: Pick<Runtime, 'erasures' | 'log' | 'archive' | 'images' | 'observer' | 'clock'>;
  readonly eraser: Pick<Eraser, 'resume'>;
  readonly channels: Pick<ChannelErasures, 'tellAll'>;
}

export class ErasureKeeper {
  readonly #parts: ErasureKeeperParts;
  /** Last records of shards that hold nothing to forget, by shard. */
  readonly #clean = new Map<number, number>();
  #isFailing = false;
  /** I4 */
  #isCompact = false;

  constructor(parts: ErasureKeeperParts) {
    this.#parts = parts;
  }

  /** One look at all that is left. Never rejects: what fails is told once and tried again. */
  async pass(): Promise<void> {
    const { erasures, observer } = this.#parts.runtime;
    const { pending } = erasures;
    observer.gauge('attune_erasures_pending', pending.length);
    if (erasures.size === 0 || (pending.length === 0 && this.#isCompact)) return;
    try {
      for (const { receipt } of pending.filter((one) => !isForgotten(one)))
        await this.#parts.eraser.resume(receipt);
      this.#parts.channels.tellAll();
      await this.#rewriteAll();
      for (const { receipt } of pending) await this.#close(receipt);
      if (!this.#isCompact) await erasures.compact();
      this.#isCompact = true;
      this.#isFailing = false;
    } catch (fault) {
      if (!this.#isFailing) observer.fault('what is left of erasures could not be done', fault);
      this.#isFailing = true;
    }
  }

  async #rewriteAll(): Promise<void> {
    const lasts = new Map<number, number>();
    for (const { actors } of this.#parts.runtime.erasures.pending)
      for (const { shard, seq } of actors)
        if (seq > 0 && shard >= 0) lasts.set(shard, Math.max(seq, lasts.get(shard) ?? 0));
    for (const [shard, last] of lasts)
      if ((this.#clean.get(shard) ?? 0) < last && (await this.#isReady(shard, last))) {
        await this.#rewrite(shard, last);
        this.#clean.set(shard, last);
      }
  }

  /** I1 */
  async #isReady(shard: number, last: number): Promise<boolean> {
    const { log, images } = this.#parts.runtime;
    const { first } = await log.bounds(shard);
    if (first <= last) return false;
    return (await images.list(shard)).every(({ sequence }) => sequence >= last);
  }

  async #rewrite(shard: number, last: number): Promise<void> {
    const { archive, erasures, observer } = this.#parts.runtime;
    for (const segment of await archive.segments(shard)) {
      if (segment.first > last) return;
      const records = await this.#blanked(shard, segment, erasures);
      if (records === undefined) continue;
      await archive.write(shard, records, segment);
      observer.count('attune_segments_rewritten_total', 1);
    }
  }

  /** Undefined: nothing in it is to be forgotten. */
  async #blanked(
    shard: number,
    { first, last }: Segment,
    erasures: Runtime['erasures'],
  ): Promise<readonly LogRecord[] | undefined> {
    const boundaries = new Map<CustomerId, Boundary | undefined>();
    const boundaryOf = (id: CustomerId): Boundary | undefined => {
      if (!boundaries.has(id)) boundaries.set(id, erasures.boundaryOf(id));
      return boundaries.get(id);
    };
    const records = await this.#parts.runtime.archive.read(shard, first, last - first + 1);
    let isChanged = false;
    const blanked = records.map((record) => {
      if (damageOfRecord(record.bytes) !== undefined) return record;
      const bytes = blankRecord(record.bytes, (customer, generation) => {
        const boundary = boundaryOf(customer);
        return boundary !== undefined && isCovered(boundary, generation, record.sequence);
      });
      if (bytes === undefined) return record;
      isChanged = true;
      return { ...record, bytes };
    });
    return isChanged ? blanked : undefined;
  }

  /** I3 */
  async #close(receipt: string): Promise<void> {
    const { erasures, clock } = this.#parts.runtime;
    const now = clock.now();
    await erasures.change(receipt, (erasure) => {
      const closed = this.#closed(erasure, now);
      if (closed !== erasure) this.#isCompact = false;
      return closed;
    });
  }

  #closed(erasure: Erasure, now: number): Erasure {
    if (!isForgotten(erasure)) return erasure;
    const isLate = now >= erasure.completeBy;
    const untold = isLate ? [] : erasure.untold;
    const isDone = untold.length === 0 && erasure.actors.every((actor) => this.#isClean(actor));
    const actors = erasure.actors.map((actor) =>
      untold.some(({ id }) => id === actor.id) ? actor : { ...actor, id: '' },
    );
    const hasIds = erasure.actors.some(({ id }, at) => id !== actors[at]?.id);
    if (!isDone && !hasIds && untold.length === erasure.untold.length) return erasure;
    return { ...erasure, actors, untold, doneAt: isDone ? now : 0 };
  }

  #isClean({ shard, seq }: ErasedActor): boolean {
    return shard < 0 || (this.#clean.get(shard) ?? 0) >= seq;
  }
}
