/** Which core revisions a process takes on: a shard of one that it does not carry is refused, and so is a later snapshot. */
import { decodeProfile } from '../../codec/stored/profile-codec.ts';
import type { CoreRevisions } from '../../core/core-revision.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { PortError } from '../../port/port-error.ts';
import type { Snapshot } from '../../port/snapshot-store.ts';

/**
 * Throws PortError `conflict` unless `revision`, which a shard has adopted, is carried: what was made under another one can
 * be neither folded nor folded anew from the archive, which has only the facts and not the code.
 */
export function requireCarried({ carried }: CoreRevisions, shard: number, revision: number): void {
  if (carried.has(revision)) return;
  const has = [...carried].join(', ');
  const way =
    revision > Math.max(...carried)
      ? 'use a version that carries it'
      : 'start it with the version that wrote it, stop it cleanly, and start this one then';
  throw new PortError(
    'conflict',
    `shard ${shard} works under core revision ${revision}, and this version carries ${has} only: ${way}`,
  );
}

/**
 * The same for a shard of which nothing is left to fold, because its log ends where its snapshots do, as after a clean stop: an
 * earlier revision is taken on as it stands.
 */
export function requireCarriedOrDone(
  revisions: CoreRevisions,
  shard: number,
  revision: number,
  isDone: boolean,
): void {
  if (isDone && revision < revisions.current) return;
  requireCarried(revisions, shard, revision);
}

/**
 * The profile that a snapshot holds. An earlier revision's is used as it stands, carried or not: nothing is folded under
 * it any more, and its bytes are upgraded by their format. Throws StoredBytesError, and PortError `corrupt` for a later
 * one than any that is carried.
 */
export function profileOfSnapshot({ carried }: CoreRevisions, { revision, bytes }: Snapshot): Profile {
  if (!carried.has(revision) && revision > Math.max(...carried)) {
    const has = [...carried].join(', ');
    throw new PortError(
      'corrupt',
      `the snapshot is of core revision ${revision}, and this version carries ${has} only`,
    );
  }
  return decodeProfile(bytes);
}
