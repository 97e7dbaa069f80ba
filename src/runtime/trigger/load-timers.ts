import { LIMITS } from '../../config/limits.ts';
import type { SnapshotStore } from '../../port/snapshot-store.ts';
import type { Actor } from '../shard/actor.ts';
import { instantDue } from './due-lanes.ts';
import type { TimerQueue } from './timer-queue.ts';

export interface TimerSource {
  readonly shard: number;
  readonly snapshots: SnapshotStore;
  /** The batches of the store that are known of. */
  readonly storeCounter: number;
  /** Customers in memory by their id. */
  readonly actors: ReadonlyMap<string, Actor>;
  readonly timers: TimerQueue;
}

/** Queues everybody who is due before a new horizon, `timerHorizonMs` ahead. Throws PortError; the horizon is as before then. */
export async function loadTimers(
  { shard, snapshots, storeCounter, actors, timers }: TimerSource,
  now: number,
): Promise<void> {
  const from = timers.horizon;
  const horizon = now + LIMITS.timerHorizonMs;
  timers.horizon = horizon;
  // Before the store is asked, since who is saved and dropped meanwhile is in neither answer.
  for (const actor of actors.values()) {
    const due = instantDue(actor.profile);
    if (due !== 0 && due >= from && timers.add(due, actor.profile.id)) actor.timerAt = due;
  }
  try {
    const most = Number.MAX_SAFE_INTEGER;
    for (const { due, id } of await snapshots.due(shard, from, horizon, most, storeCounter)) {
      if (!actors.has(id)) timers.add(due, id);
    }
  } catch (fault) {
    // Nothing was loaded: the next beat asks again.
    timers.horizon = from;
    throw fault;
  }
}
