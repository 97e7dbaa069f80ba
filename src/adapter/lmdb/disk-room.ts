import { statfsSync } from 'node:fs';
import { PortError } from '../../port/port-error.ts';

/** How much of the reserve a write may eat into: what frees room or leads to freeing it goes on when what only grows must not. */
export type RoomNeed = 'growth' | 'upkeep' | 'freeing';

const SHARE_KEPT: Readonly<Record<RoomNeed, number>> = { growth: 1, upkeep: 0.25, freeing: 0 };
const RESERVE_BYTES = 134_217_728;
/** The disk is asked at most so often; between two looks a full speed disk writes less than the reserve. */
const LOOK_MS = 100;

export interface DiskWorld {
  readonly freeBytes: (directory: string) => number;
  readonly now: () => number;
}

/**
 * Refuses writes while the disk of `directory` has less than a reserve. LMDB must not be the one to notice: when a write of
 * its pages fails it puts a message of more than 100 characters into 100 bytes of heap (lmdb 3.5.6, mdb.c), and the process
 * dies of that sooner or later.
 */
export class DiskRoom {
  readonly #directory: string;
  readonly #reserveBytes: number;
  readonly #free: (directory: string) => number;
  readonly #now: () => number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #freeBytes = 0;

  /** `world`: who says how many bytes are free for us, and a clock in ms, for tests. */
  constructor(directory: string, reserveBytes = RESERVE_BYTES, world: Partial<DiskWorld> = {}) {
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
    this.#free = world.freeBytes ?? freeBytesOf;
    this.#now = world.now ?? (() => performance.now());
  }

  /** The fault to answer a write with, undefined when there is room; `bytes`: what it is to take at least. */
  refusal(need: RoomNeed, bytes = 0): PortError | undefined {
    const now = this.#now();
    if (now - this.#lookedAt >= LOOK_MS) {
      try {
        this.#freeBytes = this.#free(this.#directory);
      } catch (cause) {
        const sentence = `the disk of ${this.#directory} does not say how much room it has`;
        return new PortError('unavailable', sentence, { outcome: 'nothing_written', cause });
      }
      this.#lookedAt = now;
    }
    const keptBytes = this.#reserveBytes * SHARE_KEPT[need];
    if (this.#freeBytes >= keptBytes + bytes) return undefined;
    const wanted = bytes === 0 ? '' : `, ${mebibytes(bytes)} are needed`;
    return new PortError(
      'full',
      `the disk of ${this.#directory} has ${mebibytes(this.#freeBytes)} MiB left${wanted} and ${mebibytes(keptBytes)} are kept in reserve; free some space`,
    );
  }
}

function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}
