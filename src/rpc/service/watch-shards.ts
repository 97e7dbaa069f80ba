import { SECOND_MS } from '../../base/clock.ts';
import { AdminService, type ShardStateSchema } from '../../gen/attune/v1/admin_pb.ts';
import type { ShardStatus } from '../../port/customers.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { type ReplySink, type StreamHandler, streamMethod } from '../stream-method.ts';
import type { OperatorWatchers } from './operator-watchers.ts';
import { ownerAddress, stateWord } from './shard-state.ts';

/** AdminService.WatchShards: all shards asked for, then what changed, once a second. */
export function watchShardsRoute(context: ServiceContext, operators: OperatorWatchers): Route {
  const { customers, clock, address } = context;
  const method = AdminService.method.watchShards;
  const watch: StreamHandler<typeof method.input, typeof method.output> = ({ shards }, out) => {
    const wanted = shards.length === 0 ? undefined : new Set(shards);
    const sent = new Map<number, string>();
    let cancel = (): void => {};
    const look = (): void => {
      if (!out.full) sendChanged(customers.status(), address(), wanted, sent, out);
      cancel = clock.after(SECOND_MS, look);
    };
    look();
    return () => cancel();
  };
  return streamMethod(context, method, operators.bound(watch));
}

function sendChanged(
  status: readonly ShardStatus[],
  address: string,
  wanted: ReadonlySet<number> | undefined,
  sent: Map<number, string>,
  out: ReplySink<typeof ShardStateSchema>,
): void {
  for (const shard of status) {
    if (wanted !== undefined && !wanted.has(shard.shard)) continue;
    const state = stateWord(shard);
    const shown = JSON.stringify({ ...shard, state });
    if (sent.get(shard.shard) === shown) continue;
    sent.set(shard.shard, shown);
    out.send({
      shard: shard.shard,
      state,
      owner: ownerAddress(shard, address),
      generation: shard.generation,
      epoch: BigInt(shard.epoch),
      sequence: BigInt(shard.sequence),
      checkpoint: BigInt(shard.checkpoint),
      activeCustomers: BigInt(shard.resident),
      queued: shard.queued,
      openDispatches: shard.outbox,
      quarantined: shard.quarantined,
      timers: shard.timers,
      shardCount: status.length,
    });
  }
}
