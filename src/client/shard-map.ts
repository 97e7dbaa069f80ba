/** Which node serves a customer, as one of them said it last. A wrong answer costs the way round: every node sends on what is another one's. */
import { murmur3x128 } from '../base/hash.ts';

/** What a service said of who serves whom. */
export interface OwnerMap {
  /** Addresses of nodes that serve a shard, `host:port`. */
  readonly nodes: readonly string[];
  /** Of each shard, the address of its node; '': nobody is known to serve it. */
  readonly owners: readonly string[];
  /** Kinds of identifiers, the strongest first. */
  readonly kinds: readonly string[];
}

/** What names the customer of a request, where something does. */
export interface CustomerHint {
  readonly identifiers?: readonly { readonly kind?: string; readonly value?: string }[] | undefined;
  readonly customerId?: string | undefined;
  /** The token of a feedback. */
  readonly tracking?: string | undefined;
}

/** As in AdminService.GetShardMap. */
interface ShardMapReply {
  readonly nodes: readonly string[];
  readonly owners: readonly number[];
  readonly identifierKinds: readonly string[];
}

/** A service names no more nodes than shards; this is beyond any deployment. */
const NODES_MAX = 1_024;
const ADDRESS = /^[^\s/]{1,255}:\d{1,5}$/;
/** A customer's id: 128 bits in base64url, with the hash of their key in front. Tokens begin with it. */
const ID = /^[\w-]{22}/;

/** Undefined where the service is alone, or says what cannot be. */
export function ownerMapOf({ nodes, owners, identifierKinds }: ShardMapReply): OwnerMap | undefined {
  if (nodes.length === 0 || nodes.length > NODES_MAX || owners.length === 0) return undefined;
  if (!nodes.every((address) => ADDRESS.test(address))) return undefined;
  return { nodes, owners: owners.map((place) => nodes[place - 1] ?? ''), kinds: identifierKinds };
}

/** The shard of a request's customer; undefined where nothing in it tells. */
export function shardOf(map: OwnerMap, target: CustomerHint): number | undefined {
  const hash = hashOf(map, target);
  return hash === undefined ? undefined : hash % map.owners.length;
}

function hashOf(
  { kinds }: OwnerMap,
  { identifiers = [], customerId, tracking }: CustomerHint,
): number | undefined {
  let rank = Number.POSITIVE_INFINITY;
  let key: string | undefined;
  for (const { kind = '', value = '' } of identifiers) {
    const found = kinds.indexOf(kind);
    if (found < 0 || found >= rank) continue;
    rank = found;
    key = `${kind}:${value}`;
  }
  if (key !== undefined) return murmur3x128(key)[0];
  const id = customerId || tracking || '';
  return ID.test(id) ? Buffer.from(id.slice(0, 6), 'base64url').readUInt32BE(0) : undefined;
}
