/** Which node serves which shard, as the nodes of a deployment say themselves. */
import type { DeploymentNode, ShardState } from '../../gen/attune/v1/admin_pb.ts';
import { timeText } from '../call/choice-text.ts';

export interface NodeShards {
  /** Where clients reach it, `host:port`. */
  readonly address: string;
  /** Shards that are its, ascending: those that it says it has, and those that only another node says it has. */
  readonly shards: readonly number[];
  /** Of these, those that it opens; who asks for them waits for that. */
  readonly recovering: readonly number[];
  /** Of these, those whose log does not answer. */
  readonly suspended: readonly number[];
  /** Why it did not answer; '': it did, or was not asked. */
  readonly fault: string;
  /** `serves`, `drained` or `ends`; '': no node that was asked knows of it. */
  readonly standing: string;
  /** Of one that is drained: who said so, since when, and why; else ''. */
  readonly drained: string;
}

export interface ClusterState {
  /** By address. */
  readonly nodes: readonly NodeShards[];
  /** Shards that no node says it has, ascending. */
  readonly unserved: readonly number[];
  readonly shardCount: number;
  /** Under which all nodes work; 0: none is noted. */
  readonly coreRevision: number;
  /** The latest that a node carries, where that is a later one; else 0. */
  readonly laterRevision: number;
}

/** What the first node says of all shards, and of all nodes. */
export interface SaidFirst {
  readonly shards: readonly ShardState[];
  readonly nodes: readonly DeploymentNode[];
  /** 0: none is noted. */
  readonly coreRevision: number;
}

/** What a node said of all shards, or why it did not. */
export type Said = readonly ShardState[] | { readonly fault: string };

/**
 * Asks a node, then each one that it names: only the owner of a shard knows how it is. Of two that have a shard the one with the later fence
 * counts. Throws what `ask` throws of the first.
 */
export async function lookAtCluster(
  ask: () => Promise<SaidFirst>,
  askOther: (address: string) => Promise<Said>,
): Promise<ClusterState> {
  const { shards: first, nodes: members, coreRevision } = await ask();
  const latest = Math.max(0, ...members.flatMap(({ coreRevisions }) => coreRevisions));
  const own = new Set(first.filter(isOwned).map(({ owner }) => owner));
  const named = new Map(first.map(({ shard, owner }) => [shard, owner]));
  const others = [...new Set(named.values())].filter((owner) => owner !== '' && !own.has(owner));
  const said = new Map<string, Said>();
  await Promise.all(others.map(async (address) => said.set(address, await askOther(address))));
  const claims = new Map<number, ShardState>();
  for (const states of [first, ...said.values()])
    for (const state of 'fault' in states ? [] : states.filter(isOwned)) {
      const other = claims.get(state.shard);
      if (other === undefined || other.epoch < state.epoch) claims.set(state.shard, state);
    }
  const shards = [...named.keys()].sort((a, b) => a - b);
  const ownerOf = (shard: number): string => claims.get(shard)?.owner ?? named.get(shard) ?? '';
  const addresses = [...new Set([...shards.map(ownerOf), ...members.map(({ address }) => address)])]
    .filter((address) => address !== '')
    .sort();
  return {
    nodes: addresses.map((address) => {
      const its = shards.filter((shard) => ownerOf(shard) === address);
      const inState = (state: string) => its.filter((shard) => claims.get(shard)?.state === state);
      const answer = said.get(address);
      const member = members.find((node) => node.address === address);
      return {
        ...{ address, shards: its, recovering: inState('recovering'), suspended: inState('suspended') },
        fault: answer !== undefined && 'fault' in answer ? answer.fault : '',
        ...{ standing: member?.standing ?? '', drained: member === undefined ? '' : drainedText(member) },
      };
    }),
    unserved: shards.filter((shard) => !claims.has(shard)),
    shardCount: shards.length,
    ...{ coreRevision, laterRevision: coreRevision > 0 && latest > coreRevision ? latest : 0 },
  };
}

function isOwned({ state }: ShardState): boolean {
  return state !== 'not_owned';
}

/** Whether calls for some customers find nobody who could answer them. */
export function isBroken({ nodes, unserved }: ClusterState): boolean {
  return unserved.length > 0 || nodes.some(({ suspended }) => suspended.length > 0);
}

/** A line a node, and one for what is wrong. */
export function clusterText(state: ClusterState): string[] {
  const { nodes, unserved, shardCount, coreRevision, laterRevision } = state;
  const width = Math.max(0, ...nodes.map(({ address }) => address.length));
  return [
    ...nodes.map((node) => `node ${node.address.padEnd(width)}  ${nodeText(node)}`),
    ...(unserved.length > 0 ? [`nobody serves ${shardsText(unserved)}`] : []),
    ...(isBroken(state) ? [] : [`all ${shardCount} shards are served`]),
    ...(laterRevision === 0
      ? []
      : [
          `core revision ${coreRevision} is in force; attune cluster finalise raises it to ${laterRevision}, when all nodes carry that`,
        ]),
  ];
}

/** `since 2026-03-03 10:00 UTC by anna (new disk)`. */
function drainedText({ standing, drainedBy, drainedSince, drainedWhy }: DeploymentNode): string {
  if (standing !== 'drained') return '';
  const because = drainedWhy === '' ? '' : ` (${drainedWhy})`;
  return `since ${timeText(drainedSince)} by ${drainedBy}${because}`;
}

function nodeText({ shards, recovering, suspended, fault, standing, drained }: NodeShards): string {
  return [
    `${shards.length} ${shards.length === 1 ? 'shard' : 'shards'}`,
    ...(recovering.length > 0 ? [`recovering ${shardsText(recovering)}`] : []),
    ...(suspended.length > 0 ? [`the log does not answer for ${shardsText(suspended)}`] : []),
    ...(fault === '' ? [] : [`does not answer: ${fault}`]),
    ...(drained === '' ? [] : [`drained ${drained}`]),
    ...(standing === 'ends' ? ['about to end'] : []),
  ].join(', ');
}

/** `shard 3`, `shards 2, 5-9`. */
function shardsText(shards: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const shard of shards) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === shard - 1) run[1] = shard;
    else runs.push([shard, shard]);
  }
  const text = runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
  return `${shards.length === 1 ? 'shard' : 'shards'} ${text}`;
}
