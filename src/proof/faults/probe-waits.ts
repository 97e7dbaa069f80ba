import type { ProbeEvent } from './probe.ts';

export interface ProbeWaits {
  /** The longest that a customer waited for an event to be acknowledged. */
  readonly unavailableMsMax: number;
  /** Events that the client of the probe gave up, after its usual tries. */
  readonly errors: number;
}

/** Of the probe's events that ended since then; given up and sent anew they are one wait. */
export function waitedSince(asked: readonly ProbeEvent[], from: number): ProbeWaits {
  let [longest, errors] = [0, 0];
  const waitsSince = new Map<number, number>();
  for (const { shard, sentAt, endedAt, fault } of asked) {
    if (endedAt < from) continue;
    const since = Math.max(from, waitsSince.get(shard) ?? sentAt);
    longest = Math.max(longest, endedAt - since);
    if (fault === '') waitsSince.delete(shard);
    else {
      errors++;
      waitsSince.set(shard, since);
    }
  }
  return { unavailableMsMax: Math.round(longest), errors };
}
