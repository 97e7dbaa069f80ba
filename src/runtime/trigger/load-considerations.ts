import { LIMITS } from '../../config/limits.ts';
import { considerationDue } from '../../core/profile/next-due.ts';
import type { DueCustomer } from '../../port/snapshot-store.ts';
import { considerationLane, instantInLane, isApart } from './due-lanes.ts';
import type { TimerSource } from './load-timers.ts';

/**
 * Queues who is considered next, `considerationsAheadMax` of the store's at most: the horizon is where they end. Throws PortError; the
 * horizon is as before then.
 */
export async function loadConsiderations(source: TimerSource, now: number): Promise<void> {
  const { actors, timers } = source;
  const from = timers.horizon;
  const horizon = now + LIMITS.timerHorizonMs;
  timers.horizon = horizon;
  // Before the store is asked, since who is saved and dropped meanwhile is in neither answer.
  for (const actor of actors.values()) {
    if (!isApart(actor.profile)) continue;
    const due = considerationDue(actor.profile);
    if (due >= from && timers.add(due, actor.profile.id)) actor.considerAt = due;
  }
  try {
    const { found, end } = await nextOf(source, from, horizon);
    for (const { due, id } of found) if (!actors.has(id)) timers.put(instantInLane(due), id);
    timers.horizon = end;
  } catch (fault) {
    timers.horizon = from;
    throw fault;
  }
}

/** Those of the lane between two instants, or the first of them, and the instant before which they are all. */
async function nextOf(
  { shard, snapshots, storeCounter }: TimerSource,
  from: number,
  to: number,
): Promise<{ readonly found: readonly DueCustomer[]; readonly end: number }> {
  const most = LIMITS.considerationsAheadMax;
  const found = await snapshots.due(
    shard,
    considerationLane(from),
    considerationLane(to),
    most,
    storeCounter,
  );
  const last = found.at(-1)?.due;
  if (last === undefined || found.length < most) return { found, end: to };
  // Behind the last one there may be more of the same millisecond.
  const whole = found.filter(({ due }) => due < last);
  const same = await snapshots.due(shard, last, last + 1, Number.MAX_SAFE_INTEGER, storeCounter);
  return { found: [...whole, ...same], end: instantInLane(last) + 1 };
}
