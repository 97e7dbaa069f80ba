import type { ServiceError } from '@grpc/grpc-js';
import { AdminService, type ShardState } from '../gen/attune/v1/admin_pb.ts';
import { AttuneError, errorOfCall } from './attune-error.ts';
import type { Connection } from './connection.ts';
import { health } from './health.ts';

/** All shards as a node sees them now, by their number. Throws AttuneError; UNIMPLEMENTED: a node of 0.2, which does not say how many there are. */
export async function allShards(connection: Connection): Promise<ShardState[]> {
  // With the retries of a call.
  await health(connection, '');
  const call = connection.stream(
    AdminService.method.watchShards,
    {},
    { deadlineMs: connection.settings.deadlineMs },
  );
  const states = new Map<number, ShardState>();
  try {
    for await (const reply of call) {
      const state = reply as ShardState;
      if (state.shardCount === 0)
        throw new AttuneError('UNIMPLEMENTED', 'It does not tell how many shards there are: upgrade it.');
      states.set(state.shard, state);
      if (states.size === state.shardCount) return [...states.values()].sort((a, b) => a.shard - b.shard);
    }
  } catch (thrown) {
    throw thrown instanceof AttuneError ? thrown : errorOfCall(thrown as ServiceError);
  } finally {
    call.cancel();
  }
  throw new AttuneError('UNAVAILABLE', 'The service ended the stream.');
}
