/** A shard's image, written while the shard serves: from the snapshot store, at its last checkpoint. */
import { LIMITS } from '../../config/limits.ts';
import type { ImageHead, ImageRow } from '../../port/images.ts';
import { PortError } from '../../port/port-error.ts';
import { expectKnown } from '../../port/snapshot-counter.ts';
import type { SnapshotStore } from '../../port/snapshot-store.ts';
import type { Runtime } from '../runtime.ts';
import { isCorrupt } from './is-corrupt.ts';

/** Of which shard, and who is told of damage. */
export interface ImageOrigin {
  readonly id: number;
  /** Of its fence: another one at the end means that its snapshots may have been begun anew. */
  readonly epoch: number;
  readonly runtime: Pick<Runtime, 'snapshots' | 'images' | 'generation'>;
  /** Of a shard that serves: the batches that it knows of now. */
  readonly storeCounter?: number;
  /** The stored profile of a customer is damaged. */
  noteDamaged?(customer: string, fault: unknown): void;
}

/**
 * Writes an image, unless both are of the last checkpoint already: of a shard in which nothing happens the older one goes too. Undefined when there is no checkpoint yet. Rows that are
 * saved meanwhile may be newer than the checkpoint, each with its own sequence: a fold passes over what a row has. A store that
 * lost rows, or was cleared, until the last page was read is a `conflict`: the image would lack customers, and lets the archive go.
 * `pause` is awaited after every so many bytes. Throws PortError.
 */
export async function writeImage(
  origin: ImageOrigin,
  at: number,
  pause: (bytes: number) => Promise<void> = async () => {},
): Promise<ImageHead | undefined> {
  const { id, epoch, runtime } = origin;
  const { snapshots, images, generation } = runtime;
  const { checkpoint, counter } = await snapshots.load(id);
  if (checkpoint === undefined) return undefined;
  const { sequence, state } = checkpoint;
  const [newest, older] = await images.list(id);
  if (newest?.sequence === sequence && older?.sequence === sequence) return newest;
  const rows = async function* (): AsyncGenerator<readonly ImageRow[]> {
    for (let after = ''; ; ) {
      const page = await scanned(origin, after);
      // Behind another fence the store may have been cleared between two pages.
      if (origin.epoch !== epoch)
        throw new PortError('conflict', `shard ${id} was opened anew while its image was written`);
      yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < LIMITS.snapshotBatchMax) {
        expectKnown(id, origin.storeCounter ?? counter, (await snapshots.load(id)).counter);
        return;
      }
      after = last.id;
      await pause(page.reduce((sum, { bytes }) => sum + bytes.length, 0));
    }
  };
  return images.write({ shard: id, generation, sequence, at, state, rows: rows() });
}

/** Damaged rows end the image, for it would lack their customers; each of them is told. */
async function scanned(origin: ImageOrigin, after: string): ReturnType<SnapshotStore['scan']> {
  const { id, runtime } = origin;
  const { snapshots } = runtime;
  try {
    return await snapshots.scan(id, after, LIMITS.snapshotBatchMax);
  } catch (fault) {
    if (!isCorrupt(fault)) throw fault;
    for (const customer of await snapshots.ids(id, after, LIMITS.snapshotBatchMax)) {
      try {
        await snapshots.get(id, customer);
      } catch (damage) {
        if (!isCorrupt(damage)) throw damage;
        origin.noteDamaged?.(customer, damage);
      }
    }
    throw fault;
  }
}
