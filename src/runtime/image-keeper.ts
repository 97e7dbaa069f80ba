/**
 * Sees to it that every shard has its two images: looks at those that are there, writes new ones when their hour has come or
 * somebody wants them, and lets the archive go behind them. One shard after the other, at a bounded rate. Made by the
 * composition root.
 *
 * I1  One pass at a time; all who want images while one is under way wait for it and share the next.
 * I2  The archive goes only behind the older of the images that are there, once each of them was read: with archive and log
 *     each is the whole shard.
 */
import { INTERVALS } from '../config/limits.ts';
import { type ImageHead, SHARED_IMAGE } from '../port/images.ts';
import { PortError } from '../port/port-error.ts';
import type { Runtime } from './runtime.ts';
import { isCorrupt } from './shard/is-corrupt.ts';
import { type ImageOrigin, writeImage } from './shard/write-image.ts';

/** What the keeper asks of a shard. */
export interface KeptShard extends ImageOrigin {
  readonly isServing: boolean;
}

export interface ImageKeeperParts {
  readonly shards: readonly KeptShard[];
  readonly runtime: Pick<Runtime, 'archive' | 'images' | 'clock' | 'observer' | 'bounds'>;
  /** Writes the image of what the shards share. */
  readonly writeShared: (at: number) => Promise<unknown>;
  /** Images are due once every `everyMs`, counted from `hour` of a day in UTC. */
  readonly everyMs: number;
  readonly hour: number;
  /** Everything is in memory and ends with it: images would copy it for nothing, and the archive goes without them. */
  readonly isVolatile?: boolean;
}

const HOUR_MS = 3_600_000;

export class ImageKeeper {
  readonly #parts: ImageKeeperParts;
  #pass: Promise<void> | undefined;
  /** What somebody waits for and has not begun. */
  #wanted: Promise<void> | undefined;
  #sharedWanted: Promise<void> | undefined;
  /** Up to which due time all is done. */
  #doneFor = 0;
  #isLookedAt = false;
  #isStopped = false;
  #disarm: () => void = () => {};
  #wake: () => void = () => {};

  constructor(parts: ImageKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#arm(INTERVALS.imageFirstMs);
  }

  /** Breaks off what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#disarm();
    this.#wake();
    await this.#pass?.catch(() => {});
  }

  /** Writes images of all shards now, and reads them back. Throws the first PortError once all were tried. */
  writeAll(): Promise<void> {
    this.#wanted ??= this.#inTurn(() => {
      this.#wanted = undefined;
      return this.#look(Number.POSITIVE_INFINITY);
    });
    return this.#wanted;
  }

  /** Writes the image of what the shards share. Throws PortError. */
  writeShared(): Promise<void> {
    const { writeShared, runtime } = this.#parts;
    this.#sharedWanted ??= this.#inTurn(async () => {
      this.#sharedWanted = undefined;
      await writeShared(runtime.clock.now());
    });
    return this.#sharedWanted;
  }

  /** I1 */
  async #inTurn(write: () => Promise<void>): Promise<void> {
    // Waits at least once: whoever calls keeps the promise before what it waits for begins and lets go of it.
    do await this.#pass?.catch(() => {});
    while (this.#pass !== undefined);
    if (this.#isStopped) throw stopped();
    this.#pass = write();
    try {
      await this.#pass;
    } finally {
      this.#pass = undefined;
    }
  }

  /** The last time, at `now` or before, at which images were due, ms. */
  #dueAt(now: number): number {
    const { everyMs, hour } = this.#parts;
    const from = hour * HOUR_MS;
    return Math.floor((now - from) / everyMs) * everyMs + from;
  }

  /** Looks again in `ms`, or when images are due, whatever is sooner. */
  #arm(ms = Number.POSITIVE_INFINITY): void {
    if (this.#isStopped) return;
    const { clock } = this.#parts.runtime;
    const now = clock.now();
    const untilDue = this.#dueAt(now) + this.#parts.everyMs - now;
    this.#disarm = clock.after(Math.max(1, Math.min(ms, untilDue)), () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const { clock, observer } = this.#parts.runtime;
    const dueAt = this.#dueAt(clock.now());
    try {
      if (dueAt > this.#doneFor) await this.#inTurn(() => this.#look(dueAt));
      this.#doneFor = dueAt;
      this.#arm();
    } catch (fault) {
      if (this.#isStopped) return;
      observer.fault('not every shard has its new image', fault);
      this.#arm(INTERVALS.imageRetryMs);
    }
  }

  async #look(dueAt: number): Promise<void> {
    const { shards, writeShared, runtime, isVolatile } = this.#parts;
    if (isVolatile === true) {
      const before = runtime.clock.now() - runtime.bounds.archiveMs;
      for (const { id } of shards) await runtime.archive.expire(id, before, Number.POSITIVE_INFINITY);
      return;
    }
    const faults: unknown[] = [];
    let written = 0;
    const keep = async (shard: number, write: (at: number) => Promise<unknown>): Promise<void> => {
      try {
        const kept = this.#isLookedAt ? await runtime.images.list(shard) : await this.#sound(shard);
        if ((kept[0]?.at ?? 0) >= dueAt) return;
        await write(runtime.clock.now());
        written++;
      } catch (fault) {
        faults.push(fault);
      }
    };
    await keep(SHARED_IMAGE, writeShared);
    for (const shard of shards) {
      if (this.#isStopped) throw stopped();
      if (!shard.isServing) {
        faults.push(new PortError('unavailable', `shard ${shard.id} is not served: it has no new image`));
        continue;
      }
      await keep(shard.id, async (at) => {
        await writeImage(shard, at, (bytes) => this.#pause(bytes));
        await this.#expire(shard.id, at);
      });
    }
    this.#isLookedAt = true;
    runtime.observer.count('attune_images_written_total', written);
    if (faults.length > 0) throw faults[0];
  }

  /** Those that can be read; the others are told and dropped, and new ones take their place. */
  async #sound(shard: number): Promise<readonly ImageHead[]> {
    const { images, observer } = this.#parts.runtime;
    const sound: ImageHead[] = [];
    for (const image of await images.list(shard)) {
      try {
        await images.check(image);
        sound.push(image);
      } catch (fault) {
        if (!isCorrupt(fault)) throw fault;
        observer.fault('an image can not be read; it is dropped, and a new one written', fault);
        observer.count('attune_images_damaged_total', 1);
        await images.remove(image);
      }
    }
    return sound;
  }

  /** I2 */
  async #expire(shard: number, now: number): Promise<void> {
    const { archive, bounds } = this.#parts.runtime;
    const before = now - bounds.archiveMs;
    if (!(await archive.segments(shard)).some(({ to }) => to < before)) return;
    const through = (await this.#sound(shard)).at(-1)?.sequence ?? 0;
    await archive.expire(shard, before, through);
  }

  /** As long as so many bytes take at the bounded rate. */
  async #pause(bytes: number): Promise<void> {
    if (this.#isStopped) throw stopped();
    const { clock } = this.#parts.runtime;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(Math.ceil((bytes * 1_000) / INTERVALS.imageBytesPerSecond), resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

function stopped(): PortError {
  return new PortError('unavailable', 'the service stops; images are written again after the next start');
}
