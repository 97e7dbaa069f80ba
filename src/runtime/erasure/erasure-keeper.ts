/**
 * Does what is left of erasures: goes on with those that were cut short, tells channel systems again, and rewrites archive segments until no file
 * holds anything of whom is forgotten. Owned by the engine, which calls it every minute; of several nodes the one that serves shard 0 does it for all shards.
 *
 * I1  A shard's archive is rewritten once its hot log begins behind the last record to forget and every image is younger: what is folded anew
 *     from image, archive and log then knows nobody who was forgotten, with or without the rewritten records.
 * I2  A record keeps its number, and every other fact in it its place.
 * I3  An id is dropped from the list once its actor is forgotten and no channel is to be told of it any more, at the latest at the receipt's time.
 * I4  What a list replaced is gone from its file with the pass that changed it, or the first one after a start: once a pass, because the file is written
 *     whole for that.
 * I5  An erasure is done when its records are in no log file, segment or image any more, and the profiles were stored anew since their rows were dropped
 *     (`SnapshotStore.rewrite`): what was dropped or written over would stay in the files for as long as nothing else takes its place.
 */

import type { CustomerId } from '../../base/brand.ts';
import { DAY_MS } from '../../base/clock.ts';
import { blankRecord } from '../../codec/stored/blank-record.ts';
import { damageOfRecord } from '../../codec/stored/damaged-record.ts';
import { INTERVALS } from '../../config/limits.ts';
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
  readonly runtime: Pick<
    Runtime,
    'erasures' | 'log' | 'archive' | 'images' | 'snapshots' | 'observer' | 'clock' | 'bounds'
  >;
  readonly eraser: Pick<Eraser, 'resume'>;
  readonly channels: Pick<ChannelErasures, 'tellAll'>;
}

export class ErasureKeeper {
  readonly #parts: ErasureKeeperParts;
  /** Last records of shards that hold nothing to forget, by shard. */
  readonly #clean = new Map<number, number>();
  /** Erasures, by receipt, since which later records go to another log file, or the profiles were stored anew. */
  readonly #sealed = new Set<string>();
  readonly #storedAnew = new Set<string>();
  #sealedAt = Number.NEGATIVE_INFINITY;
  #storedAnewAt = Number.NEGATIVE_INFINITY;
  /** Receipts whose time is over and that were told of. */
  readonly #overdue = new Set<string>();
  #isFailing = false;
  /** I4 */
  #isCompact = false;
  #isStopped = false;

  constructor(parts: ErasureKeeperParts) {
    this.#parts = parts;
  }

  /** What is under way may fail from now on, and is gone on with after the next start. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * One look at all that is left. `isKeeper`: this node is the one that does it; the others tell the channel systems that are connected to them. Never
   * rejects: what fails is told once and tried again.
   */
  async pass(isKeeper: boolean): Promise<void> {
    const { erasures, observer } = this.#parts.runtime;
    const { pending } = erasures;
    observer.gauge('attune_erasures_pending', pending.length);
    if (!isKeeper) return this.#parts.channels.tellAll();
    if (erasures.size === 0 || (pending.length === 0 && this.#isCompact)) return;
    try {
      for (const { receipt } of pending.filter((one) => !isForgotten(one)))
        await this.#parts.eraser.resume(receipt);
      this.#parts.channels.tellAll();
      await this.#seal();
      await this.#rewriteAll();
      await this.#storeAnew();
      for (const { receipt } of pending) await this.#close(receipt);
      if (!this.#isCompact) await erasures.compact();
      this.#isCompact = true;
      this.#isFailing = false;
    } catch (fault) {
      if (!this.#isFailing && !this.#isStopped)
        observer.fault('what is left of erasures could not be done', fault);
      this.#isFailing = true;
    }
  }

  /** I5: a log file is freed as a whole, and what goes on in it would keep theirs. */
  async #seal(): Promise<void> {
    const { erasures, log, clock } = this.#parts.runtime;
    const now = clock.now();
    const open = erasures.pending.filter((one) => isForgotten(one) && !this.#sealed.has(one.receipt));
    if (open.length === 0 || now - this.#sealedAt < INTERVALS.logSealEveryMs) return;
    await log.seal?.();
    this.#sealedAt = now;
    for (const { receipt } of open) this.#sealed.add(receipt);
  }

  /** I5: once for all whose rows are dropped by now, when it is the last thing that one of them waits for. */
  async #storeAnew(): Promise<void> {
    const { erasures, snapshots, images, clock, bounds, observer } = this.#parts.runtime;
    const open = erasures.pending.filter((one) => isForgotten(one) && !this.#storedAnew.has(one.receipt));
    const isWanted = open.some(({ actors }) => actors.every((actor) => this.#isClean(actor)));
    const now = clock.now();
    if (!isWanted) return;
    // A store that keeps nothing of what was dropped need not spare its work.
    if (snapshots.rewrite !== undefined) {
      if (now - this.#storedAnewAt < INTERVALS.stateRewriteEveryMs) return;
      await snapshots.rewrite();
      observer.count('attune_state_rewrites_total', 1);
    }
    for (let shard = 0; shard < bounds.shards; shard++) await images.removeAside(shard);
    this.#storedAnewAt = now;
    for (const { receipt } of open) this.#storedAnew.add(receipt);
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
    let through = 0;
    for (const segment of await archive.segments(shard)) {
      if (segment.first > last) return;
      // A crash between archive and trim left its beginning in the one before too, from which it is read, blanked by now.
      const isTwice = segment.first <= through;
      through = Math.max(through, segment.last);
      const records = await this.#blanked(shard, segment, erasures, isTwice);
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
    isTwice: boolean,
  ): Promise<readonly LogRecord[] | undefined> {
    const boundaries = new Map<CustomerId, Boundary | undefined>();
    const boundaryOf = (id: CustomerId): Boundary | undefined => {
      if (!boundaries.has(id)) boundaries.set(id, erasures.boundaryOf(id));
      return boundaries.get(id);
    };
    const records = await this.#parts.runtime.archive.read(shard, first, last - first + 1);
    let isChanged = isTwice;
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

  /** I3, I5 */
  async #close(receipt: string): Promise<void> {
    const { erasures, clock } = this.#parts.runtime;
    const before = erasures.get(receipt) as Erasure;
    const left = await this.#leftOf(before);
    const now = clock.now();
    if (left !== undefined && now >= before.completeBy) this.#tellOverdue(before, left);
    const closed = await erasures.change(receipt, (erasure) => {
      const next = this.#closed(erasure, now, left === undefined);
      if (next !== erasure) this.#isCompact = false;
      return next;
    });
    if (closed.doneAt === 0) return;
    for (const done of [this.#sealed, this.#storedAnew, this.#overdue]) done.delete(receipt);
  }

  #closed(erasure: Erasure, now: number, isGone: boolean): Erasure {
    if (!isForgotten(erasure)) return erasure;
    const isLate = now >= erasure.completeBy;
    const untold = isLate ? [] : erasure.untold;
    const isDone = isGone && untold.length === 0;
    const actors = erasure.actors.map((actor) =>
      untold.some(({ id }) => id === actor.id) ? actor : { ...actor, id: '' },
    );
    const hasIds = erasure.actors.some(({ id }, at) => id !== actors[at]?.id);
    if (!isDone && !hasIds && untold.length === erasure.untold.length) return erasure;
    return { ...erasure, actors, untold, doneAt: isDone ? now : 0 };
  }

  /** What files have of them still, as the end of a sentence; undefined: nothing. */
  async #leftOf(erasure: Erasure): Promise<string | undefined> {
    const { log } = this.#parts.runtime;
    if (!isForgotten(erasure)) return 'a customer of theirs does not answer';
    for (const actor of erasure.actors) {
      const { shard, seq } = actor;
      if (shard < 0) continue;
      if ((await log.bounds(shard)).first <= seq) return `records of shard ${shard} are in the hot log still`;
      if (!this.#isClean(actor)) return `shard ${shard} has an image from before`;
      if ((await log.holds?.(shard, seq)) === true)
        return `a log file with records of shard ${shard} is not freed yet, which waits for those of other shards in it`;
    }
    return this.#storedAnew.has(erasure.receipt) ? undefined : 'profiles are not stored anew yet';
  }

  #tellOverdue({ receipt, completeBy }: Erasure, left: string): void {
    if (this.#overdue.has(receipt)) return;
    this.#overdue.add(receipt);
    const by = new Date(completeBy).toISOString();
    this.#parts.runtime.observer.fault(`erasure ${receipt} was to be complete by ${by}, and is not: ${left}`);
  }

  #isClean({ shard, seq }: ErasedActor): boolean {
    return shard < 0 || (this.#clean.get(shard) ?? 0) >= seq;
  }
}
