import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import { generationAt } from '../../core/decide/generation.ts';
import { hashOfId } from '../../core/identity/customer.ts';
import { placeOfSeq } from '../../core/identity/home-seq.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { ShardStatus } from '../../port/customers.ts';

/** How the decisions that a profile holds are named to the world. */
export function placeNamer(
  shards: readonly ShardStatus[],
  { id }: Pick<Profile, 'id'>,
): (seq: number, index: number) => DecisionPlace {
  const shard = hashOfId(id) % Math.max(1, shards.length);
  return (named, index) => {
    const home = placeOfSeq(shard, named);
    const generation = generationAt(shards[home.shard]?.generations ?? [], home.seq);
    return { generation, ...home, index };
  };
}
