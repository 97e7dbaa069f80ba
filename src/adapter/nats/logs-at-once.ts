/**
 * Where the logs of all shards were at one moment, so that what one shard wrote because of another one's record is never without it.
 *
 * I1  Whatever was acknowledged before the question is in it.
 * I2  The moment is the time of the youngest record that a first look sees. What any shard stored up to it, a second look behind the first one sees: by the
 *     clock of the servers, which is one where a single server stores, and as far apart as theirs are where several do.
 */
import type { JetStreamManager } from '@nats-io/jetstream';
import { PortError } from '../../port/port-error.ts';
import type { NatsDoor } from './nats-door.ts';
import { infoOf, type StreamOptions, streamName } from './shard-stream.ts';

interface End {
  readonly last: number;
  /** Of the last record, ns since the epoch; 0 without one. */
  readonly at: bigint;
}

/** The last sequence of each shard at one moment. Throws PortError. */
export function logsAtOnce(
  door: Pick<NatsDoor, 'ask'>,
  options: StreamOptions,
  shards: number,
): Promise<number[]> {
  return door.ask('the ends of the logs', async ({ manager }) => {
    const names = Array.from({ length: shards }, (_, shard) => streamName(options, shard));
    const first = await Promise.all(names.map((name) => endOf(manager, name)));
    const moment = first.reduce((youngest, { at }) => (at > youngest ? at : youngest), 0n);
    const second = await Promise.all(names.map((name) => endOf(manager, name)));
    const lasts: number[] = [];
    for (const [shard, name] of names.entries()) {
      let last = (first[shard] as End).last;
      for (; last < (second[shard] as End).last; last++) {
        const next = await manager.streams.getMessage(name, { seq: last + 1 });
        if (next === null || nanos(next.timestamp) > moment) break;
      }
      lasts.push(last);
    }
    return lasts;
  });
}

async function endOf(manager: JetStreamManager, name: string): Promise<End> {
  const info = await infoOf(manager, name);
  if (info === undefined) throw new PortError('corrupt', `stream ${name} is gone`);
  const { last_seq: last, last_ts: at } = info.state;
  return { last, at: last === 0 ? 0n : nanos(at) };
}

/** Of a time with up to nine digits behind the second, ns since the epoch. */
export function nanos(iso: string): bigint {
  const [, second = iso, fraction = ''] = /^([^.]*)\.(\d+)Z$/.exec(iso) ?? [];
  const ms = Date.parse(second.endsWith('Z') ? second : `${second}Z`);
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
