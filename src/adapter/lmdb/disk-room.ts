import { statfsSync } from 'node:fs';
import { PortError } from '../../port/port-error.ts';

/** How much of the reserve a write may eat into: what frees room or leads to freeing it goes on when appends must not. */
export type RoomNeed = 'growth' | 'upkeep' | 'freeing';

const SHARE_KEPT: Readonly<Record<RoomNeed, number>> = { growth: 1, upkeep: 0.25, freeing: 0 };
/** The disk is asked at most so often; between two looks a full speed disk writes less than the reserve. */
const LOOK_MS = 100;

/**
 * Refuses writes while the disk of `directory` has less than a reserve. LMDB must not be the one to notice: when a write of
 * its pages fails it puts a message of more than 100 characters into 100 bytes of heap (lmdb 3.5.6, mdb.c), and the process
 * dies of that sooner or later.
 */
export class DiskRoom {
  readonly #directory: string;
  readonly #reserveBytes: number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #freeBytes = 0;

  constructor(directory: string, reserveBytes: number) {
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
  }

  /** The fault to answer a write with, undefined when there is room. */
  refusal(need: RoomNeed): PortError | undefined {
    const now = performance.now();
    if (now - this.#lookedAt >= LOOK_MS) {
      const { bavail, bsize } = statfsSync(this.#directory);
      this.#freeBytes = bavail * bsize;
      this.#lookedAt = now;
    }
    const keptBytes = this.#reserveBytes * SHARE_KEPT[need];
    if (this.#freeBytes >= keptBytes) return undefined;
    return new PortError(
      'full',
      `the disk of ${this.#directory} has ${mebibytes(this.#freeBytes)} MiB left and ${mebibytes(keptBytes)} are kept in reserve; free some space`,
    );
  }
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}
