import { addresseeOfKey } from '../../core/identity/customer.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Runtime } from '../runtime.ts';
import type { Actor } from '../shard/actor.ts';
import { profileOfSnapshot } from '../shard/carried-revision.ts';
import { isCorrupt } from '../shard/is-corrupt.ts';

const IDS_PAGE = 256;

/**
 * Ids of the actors that lead to a customer whose own profile, which would tell, cannot be read: looked for among all who are in memory or stored. Takes some
 * 10 s for a million of them, page by page, beside what else is done. What cannot be read itself leads nowhere. Throws PortError.
 */
export async function actorsLeadingTo(
  {
    runtime,
    shards,
  }: {
    readonly runtime: Pick<Runtime, 'snapshots' | 'revisions' | 'clock'>;
    readonly shards: readonly { readonly id: number; readonly actorsById: ReadonlyMap<string, Actor> }[];
  },
  customer: string,
): Promise<readonly string[]> {
  const found = new Set<string>();
  const look = ({ id, moved }: Pick<Profile, 'id' | 'moved'>): void => {
    if (moved !== undefined && addresseeOfKey(moved.to).id === customer) found.add(id);
  };
  for (const shard of shards) {
    for (const { profile } of shard.actorsById.values()) look(profile);
    for (let after = ''; ; ) {
      const page = await runtime.snapshots.ids(shard.id, after, IDS_PAGE);
      for (const id of page) {
        if (shard.actorsById.has(id)) continue;
        const profile = await readProfile(runtime, shard.id, id);
        if (profile !== undefined) look(profile);
      }
      after = page.at(-1) ?? '';
      if (page.length < IDS_PAGE) break;
      await new Promise<void>((resolve) => runtime.clock.soon(resolve));
    }
  }
  return [...found];
}

async function readProfile(
  { snapshots, revisions }: Pick<Runtime, 'snapshots' | 'revisions'>,
  shard: number,
  id: string,
): Promise<Profile | undefined> {
  try {
    const snapshot = await snapshots.get(shard, id);
    return snapshot === undefined ? undefined : profileOfSnapshot(revisions, snapshot);
  } catch (fault) {
    if (!isCorrupt(fault)) throw fault;
    return undefined;
  }
}
