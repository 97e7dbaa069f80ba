/** What a directory says when it is asked: every profile, every record that it keeps, editions and catalogue. */
import { createHash } from 'node:crypto';
import type { Node } from '../../node/open-node.ts';
import { DAMAGE_SHARDS } from './damaged-data.ts';

export interface Contents {
  /** Hash of each profile, by shard and customer. */
  readonly profiles: Readonly<Record<string, string>>;
  /** Hash of editions and catalogue. */
  readonly shared: string;
}

/** Of a node; it is closed for it, since then all that is in memory is saved. `reopen` gives its directory's stores. */
export async function contentsOf(
  node: Node,
  reopen: () => Promise<Pick<Node['stores'], 'snapshots' | 'editions' | 'catalogLog' | 'close'>>,
): Promise<Contents> {
  await node.close();
  const stores = await reopen();
  try {
    const profiles: Record<string, string> = {};
    for (let shard = 0; shard < DAMAGE_SHARDS; shard++)
      for (let after = ''; ; ) {
        const page = await stores.snapshots.scan(shard, after, 256);
        for (const { id, bytes } of page) {
          after = id;
          profiles[`${shard}/${id}`] = hashOf(bytes);
        }
        if (page.length < 256) break;
      }
    const shared = createHash('sha256');
    for (const kind of ['policy', 'model'] as const) {
      shared.update(await stores.editions.current(kind));
      for (const { version, sha256 } of await stores.editions.versions(kind)) shared.update(version + sha256);
    }
    for (const { bytes } of await stores.catalogLog.read(1, Number.MAX_SAFE_INTEGER)) shared.update(bytes);
    return { profiles, shared: shared.digest('hex') };
  } finally {
    await stores.close();
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
}
