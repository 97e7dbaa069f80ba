/** How a shard whose snapshots are lost gets them back from its images. */
import { storedAudiences } from '../../codec/stored/profile-codec.ts';
import { decodeShardState } from '../../codec/stored/shard-state-codec.ts';
import { LIMITS } from '../../config/limits.ts';
import type { ImageContent, ImageHead, ImageRow } from '../../port/images.ts';
import { PortError } from '../../port/port-error.ts';
import type { SnapshotPut, SnapshotStore } from '../../port/snapshot-store.ts';
import type { Runtime } from '../runtime.ts';
import { isCorrupt } from './is-corrupt.ts';

/** An image that can be read. */
export interface ReadImage {
  readonly head: ImageHead;
  readonly content: ImageContent;
  /** Of the fence in force at its record. */
  readonly epoch: number;
}

/** Whose images are looked at. */
export interface ImagedShard {
  readonly id: number;
  readonly runtime: Pick<Runtime, 'images' | 'observer' | 'generation'>;
}

/**
 * The newest image of which nothing is damaged; those passed over are told. Undefined: there is none. Throws
 * `corrupt` when the log, which ends at `last`, lacks records that an image has seen.
 */
export async function newestImage(
  { id, runtime: { images, observer, generation } }: ImagedShard,
  last: number,
): Promise<ReadImage | undefined> {
  for (const head of await images.list(id)) {
    try {
      await images.check(head);
      const content = await images.open(head);
      // One of an earlier generation is of what this one began with: those that were ahead of it are set aside.
      if (content.generation > generation)
        throw new PortError(
          'corrupt',
          `the image of shard ${id} at record ${head.sequence} is of generation ${content.generation}, and the data of ${generation}`,
        );
      const { epoch } = decodeShardState(content.state);
      if (content.through > last) throw new LogEndsBefore(id, last, content.through);
      return { head, content, epoch };
    } catch (fault) {
      if (fault instanceof LogEndsBefore || !isCorrupt(fault)) throw fault;
      observer.fault(`shard ${id}: its image at record ${head.sequence} can not be read`, fault);
      observer.count('attune_images_damaged_total', 1);
    }
  }
  return undefined;
}

class LogEndsBefore extends PortError {
  constructor(shard: number, last: number, through: number) {
    super(
      'corrupt',
      `shard ${shard}: its log ends at record ${last}, and its image has record ${through}: the log lost records; restore the data directory from its backup`,
    );
  }
}

/**
 * Puts an image into a store that has nothing of its shard (or was cleared), with the checkpoint that it was written at.
 * `stillWanted` throws to break off. Throws PortError.
 */
export async function restoreImage(
  snapshots: SnapshotStore,
  { head, content }: Pick<ReadImage, 'head' | 'content'>,
  stillWanted: () => void = () => {},
): Promise<void> {
  const { shard, sequence } = head;
  let { counter } = await snapshots.load(shard);
  for await (const page of content.read()) {
    for (let at = 0; at < page.length; at += LIMITS.snapshotBatchMax) {
      stillWanted();
      const puts = page.slice(at, at + LIMITS.snapshotBatchMax).map(withAudiences);
      counter = await snapshots.write(shard, puts, counter);
    }
  }
  stillWanted();
  await snapshots.checkpoint(shard, { sequence, counter, state: content.state });
}

/** An image holds no indices: who is in an audience is read from their profile. */
function withAudiences(row: ImageRow): SnapshotPut {
  const audiences = storedAudiences(row.bytes);
  return audiences.length === 0 ? row : { ...row, audiences };
}
