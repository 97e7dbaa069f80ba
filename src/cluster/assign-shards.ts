/**
 * Which node serves which shard: rendezvous hashing (Thaler and Ravishankar 1998) with a bound on how many a node has, and with as few moves as
 * keep that bound. Pure: who sees the same members works out the same map.
 *
 * I1  A shard stays where it is while its node lives, does not drain, and has no more than one shard more than any other.
 * I2  What a living node has moves by a handoff, at most HANDOFFS_MAX at once; what a dead node had moves at once.
 * I3  A node that an operator drained has no shards, unless nobody else is left who could have them.
 */
import { murmur3 } from '../base/hash.ts';
import type { NodeProgram, ShardMap } from '../port/membership.ts';
import { carriesCore } from './node-program.ts';

/** A node that lives. */
export interface AssignedNode {
  readonly id: string;
  /** It is about to end: it gives away what it has, and takes nothing. */
  readonly isDraining: boolean;
  readonly program?: NodeProgram;
}

/** Each costs its customers some ten milliseconds; more at once are in each other's way. */
export const HANDOFFS_MAX = 4;

/** Undefined where there is nobody to serve anything. The same map where nothing is to change. */
export function assignShards(
  map: ShardMap | undefined,
  shards: number,
  nodes: readonly AssignedNode[],
): ShardMap | undefined {
  const living = new Set(nodes.map(({ id }) => id));
  const takers = takersOf(map, nodes)
    .map(({ id }) => id)
    .sort();
  const [first] = takers;
  // Nobody else is there: who ends serves until then.
  if (first === undefined) return map;
  const plan = new Plan(map, shards, living, takers);
  plan.placeOrphans();
  plan.emptyDraining();
  plan.balance();
  return plan.result(map);
}

/** Who may be given shards. */
export function takersOf<Node extends AssignedNode>(
  map: Pick<ShardMap, 'drained' | 'core'> | undefined,
  nodes: readonly Node[],
): readonly Node[] {
  const staying = nodes.filter(({ isDraining, program }) => !isDraining && carriesCore(program, map?.core));
  const open = staying.filter(({ id }) => map?.drained?.[id] === undefined);
  // I3
  return open.length > 0 ? open : staying;
}

class Plan {
  readonly #owners: string[];
  readonly #handoffs: Map<number, string>;
  readonly #takers: readonly string[];
  /** Of each taker, how many it will have. */
  readonly #counts = new Map<string, number>();

  constructor(
    map: ShardMap | undefined,
    shards: number,
    living: ReadonlySet<string>,
    takers: readonly string[],
  ) {
    this.#takers = takers;
    this.#owners = Array.from({ length: shards }, (_, shard) => {
      const owner = map?.owners[shard] ?? '';
      return living.has(owner) ? owner : '';
    });
    this.#handoffs = new Map();
    for (const [key, to] of Object.entries(map?.handoffs ?? {})) {
      const shard = Number(key);
      if (!takers.includes(to) || shard >= shards) continue;
      if (this.#owners[shard] === '') this.#owners[shard] = to;
      else if (this.#owners[shard] !== to) this.#handoffs.set(shard, to);
    }
    for (const taker of takers) this.#counts.set(taker, 0);
    for (let shard = 0; shard < shards; shard++)
      this.#count(this.#handoffs.get(shard) ?? this.#owners[shard], 1);
  }

  /** Those of dead nodes. */
  placeOrphans(): void {
    for (const [shard, owner] of this.#owners.entries()) {
      if (owner !== '') continue;
      const to = this.#bestFor(shard);
      this.#owners[shard] = to;
      this.#count(to, 1);
    }
  }

  emptyDraining(): void {
    for (const [shard, owner] of this.#owners.entries()) {
      if (this.#handoffs.size >= HANDOFFS_MAX) return;
      if (this.#counts.has(owner) || this.#handoffs.has(shard)) continue;
      const to = this.#bestFor(shard);
      this.#handoffs.set(shard, to);
      this.#count(to, 1);
    }
  }

  /** I1 */
  balance(): void {
    while (this.#handoffs.size < HANDOFFS_MAX) {
      const byCount = [...this.#counts].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
      const [least, few] = byCount[0] as [string, number];
      const [, many] = byCount.at(-1) as [string, number];
      if (many - few <= 1) return;
      const full = byCount.filter(([, count]) => count === many).map(([id]) => id);
      let best = -1;
      for (const [shard, owner] of this.#owners.entries()) {
        if (this.#handoffs.has(shard) || !full.includes(owner)) continue;
        if (best < 0 || weight(least, shard) > weight(least, best)) best = shard;
      }
      // All that they have too many are on their way.
      if (best < 0) return;
      this.#count(this.#owners[best], -1);
      this.#handoffs.set(best, least);
      this.#count(least, 1);
    }
  }

  result(before: ShardMap | undefined): ShardMap {
    const shards = [...this.#handoffs.keys()].sort((a, b) => a - b);
    const handoffs = Object.fromEntries(shards.map((shard) => [shard, this.#handoffs.get(shard) as string]));
    const map = { ...before, owners: this.#owners, handoffs };
    return before !== undefined && isSame(before, map) ? before : map;
  }

  /** The taker with the highest weight of those who have the fewest, give or take one. */
  #bestFor(shard: number): string {
    const quota = Math.ceil(this.#owners.length / this.#takers.length);
    const open = this.#takers.filter((id) => (this.#counts.get(id) as number) < quota);
    const among = open.length > 0 ? open : this.#takers;
    return among.reduce((best, id) => (weight(id, shard) > weight(best, shard) ? id : best));
  }

  #count(id: string | undefined, by: number): void {
    const count = id === undefined ? undefined : this.#counts.get(id);
    if (id !== undefined && count !== undefined) this.#counts.set(id, count + by);
  }
}

function weight(id: string, shard: number): number {
  return murmur3(`${id} ${shard}`);
}

function isSame(a: ShardMap, b: ShardMap): boolean {
  const entries = Object.entries(a.handoffs);
  return (
    a.owners.length === b.owners.length &&
    a.owners.every((owner, shard) => owner === b.owners[shard]) &&
    entries.length === Object.keys(b.handoffs).length &&
    entries.every(([shard, to]) => b.handoffs[shard] === to)
  );
}
