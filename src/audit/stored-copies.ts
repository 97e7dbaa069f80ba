/** What is stored of the customers of one shard beside the log: their snapshots, and what the images have of them. */
import { decodeProfile, encodeProfile } from '../codec/stored/profile-codec.ts';
import type { Stores } from '../node/stores.ts';
import type { LogBounds } from '../port/fact-log.ts';
import type { ImageHead, ImageRow } from '../port/images.ts';
import { PortError } from '../port/port-error.ts';
import { firstDifference } from './first-difference.ts';
import { differ, isIncomplete, type Known, type StoredCopy, type VerifyContext } from './verify-context.ts';

export const SNAPSHOT = 'the snapshot';

/** The rows of a shard's images, in memory while the shard is verified. */
export class ImageRows {
  readonly #images: { readonly of: string; readonly rows: ReadonlyMap<string, ImageRow> }[] = [];

  /**
   * Of those that can be read: damage is told by the scrub. An image that has records behind the end of the log is passed over, and `ahead` is told of it.
   * Throws PortError other than `corrupt`.
   */
  static async read(
    { images }: Pick<Stores, 'images'>,
    heads: readonly ImageHead[],
    { last }: LogBounds,
    ahead: (sentence: string) => void,
  ): Promise<ImageRows> {
    const read = new ImageRows();
    for (const head of heads) {
      const rows = new Map<string, ImageRow>();
      try {
        const content = await images.open(head);
        if (content.through > last) {
          ahead(
            `the image of shard ${head.shard} at record ${head.sequence} has record ${content.through}, and the log ends at record ${last}: the log lost records`,
          );
          continue;
        }
        for await (const page of content.read()) for (const row of page) rows.set(row.id, row);
      } catch (fault) {
        if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
        continue;
      }
      read.#images.push({ of: `their row in the image of record ${head.sequence}`, rows });
    }
    return read;
  }

  of(customer: string): StoredCopy[] {
    return this.#images.flatMap(({ of, rows }) => {
      const row = rows.get(customer);
      return row === undefined ? [] : [{ of, seq: row.seq, revision: row.revision, bytes: row.bytes }];
    });
  }

  /** Everybody who is in one of them. */
  *ids(): Generator<{ readonly of: string; readonly id: string }> {
    for (const { of, rows } of this.#images) for (const id of rows.keys()) yield { of, id };
  }
}

/** A copy holds everything up to its sequence: it is compared when the next fact would go beyond. */
export function compareCopies(context: VerifyContext, entry: Known, upTo: number): void {
  const due = entry.copies.filter(({ seq }) => seq <= upTo);
  if (due.length === 0 || entry.foreign) return;
  entry.copies = entry.copies.filter(({ seq }) => seq > upTo);
  for (const copy of due) compareCopy(context, entry, copy);
}

function compareCopy(context: VerifyContext, entry: Known, { of, seq, revision, bytes }: StoredCopy): void {
  const { profile } = entry;
  const stored = decodeProfile(bytes);
  if (isIncomplete(entry, stored.version)) return;
  if (of === SNAPSHOT) context.verified.snapshots++;
  else context.verified.imageRows++;
  if (revision !== entry.revision)
    differ(
      context,
      `customer ${profile.id}: ${of} at record ${seq} names core revision ${revision}, in force was ${entry.revision}`,
    );
  const folded = encodeProfile(profile);
  if (Buffer.compare(folded, bytes) === 0) return;
  const found = firstDifference(stored, decodeProfile(folded));
  const what =
    found === undefined ? 'its bytes' : `${found.path}: ${found.before} stored, ${found.after} folded`;
  differ(
    context,
    `customer ${profile.id}: ${of} at record ${seq} (version ${stored.version}) is not the fold (${what})`,
  );
}
