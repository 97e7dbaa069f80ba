import { decodeRecord } from '../codec/stored/record-codec.ts';
import { LIMITS } from '../config/limits.ts';
import type { FactLog } from '../port/fact-log.ts';

/** A record that was written at a time that is still to come. */
export interface FutureRecord {
  readonly shard: number;
  readonly sequence: number;
  /** By the clock of its writer. */
  readonly at: number;
}

/** Of the shards' last records the one that lies furthest ahead of `now`, beyond what the clocks of two machines differ by. */
export async function lastOfTheFuture(
  log: Pick<FactLog, 'bounds' | 'get'>,
  shards: number,
  now: number,
): Promise<FutureRecord | undefined> {
  let found: FutureRecord | undefined;
  for (let shard = 0; shard < shards; shard++) {
    const { last } = await log.bounds(shard);
    const bytes = last === 0 ? undefined : await log.get(shard, last);
    if (bytes !== undefined)
      found = furtherAhead(found, { shard, sequence: last, at: decodeRecord(bytes).header.at }, now);
  }
  return found;
}

/** The one that lies further ahead of `now`; `record` counts when it is more than clocks differ by. */
export function furtherAhead(
  found: FutureRecord | undefined,
  record: FutureRecord,
  now: number,
): FutureRecord | undefined {
  return record.at - now > LIMITS.logAheadMsMax && record.at > (found?.at ?? 0) ? record : found;
}

/** What people are told of it. */
export function futureSentence({ shard, sequence, at }: FutureRecord, now: number): string {
  return (
    `the log lies in the future: record ${sequence} of shard ${shard} was written at ${new Date(at).toISOString()}, ` +
    `${aheadText(at - now)} from now (${new Date(now).toISOString()}). The clock of this machine is behind, or was ahead then. ` +
    'Until that time caps, cooldowns and expiries count from facts that are dated too late; a "no" counts at once.'
  );
}

/** Days, hours or minutes, whichever is the largest of which there are two. */
function aheadText(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes >= 2 * 1_440) return `${Math.round(minutes / 1_440)} days`;
  return minutes >= 120 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes)} minutes`;
}
