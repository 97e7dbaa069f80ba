import type { ShardStatus } from '../../port/customers.ts';

/** The contract's word for each state of a shard. */
const STATES: Readonly<Record<string, string>> = {
  idle: 'serving',
  turning: 'serving',
  opening: 'recovering',
  suspended: 'suspended',
  closed: 'not_owned',
  lost: 'not_owned',
};

/** As WatchShards calls the state of a shard. */
export function stateWord({ state }: ShardStatus): string {
  return STATES[state] ?? state;
}

/** The node that serves a shard, where clients reach it; '': nobody is known to. `address`: of this node. */
export function ownerAddress(shard: ShardStatus, address: string): string {
  return stateWord(shard) === 'not_owned' ? (shard.owner ?? '') : address;
}
