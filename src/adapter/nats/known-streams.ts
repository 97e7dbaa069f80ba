/** The streams that a deployment may never be without: its logs, and the buckets that nothing else has a copy of. */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsDoor } from './nats-door.ts';
import { infoOf, openLogStream, type StreamOptions, streamName, subjectOf } from './shard-stream.ts';

/** A stream as it was found. */
export interface FoundStream {
  /** As the server tells it; another one is another stream of the name. */
  readonly created: string;
  /** Of all messages that it has ever had. */
  readonly last: number;
}

const BUCKETS = ['editions', 'erasures'] as const;

/** By name; undefined: there is none. Throws PortError. */
export function findStreams(
  door: NatsDoor,
  options: StreamOptions,
  shards: number,
): Promise<ReadonlyMap<string, FoundStream | undefined>> {
  return door.ask('the look at its streams', async ({ manager }) => {
    const found = new Map<string, FoundStream | undefined>();
    for (const name of namesOf(options, shards)) found.set(name, await foundAs(manager, name));
    return found;
  });
}

/** Makes the log of each shard that has none; `begins`: the first sequence of each that is made, default 1. Throws PortError `corrupt` for one that is set otherwise than a log needs. */
export function openLogs(
  door: NatsDoor,
  options: StreamOptions,
  shards: number,
  begins: readonly number[] = [],
): Promise<void> {
  return door.ask('the opening of the logs', async ({ manager }) => {
    for (let shard = 0; shard < shards; shard++) {
      const [name, subject] = [streamName(options, shard), subjectOf(options, shard)];
      await openLogStream(manager, options, { name, subject, begin: begins[shard] ?? 1 });
    }
  });
}

/** Names of the streams of a deployment of so many shards that are there, with whatever they hold. Throws PortError. */
export function streamsThere(door: NatsDoor, options: StreamOptions, shards: number): Promise<string[]> {
  const { prefix } = options;
  const folders = ['shared', ...Array.from({ length: shards }, (_, shard) => String(shard))];
  const names = [
    ...namesOf(options, shards),
    ...['deployment', 'members'].map((bucket) => `KV_${prefix}-${bucket}`),
    ...folders.map((folder) => `OBJ_${prefix}-files-${folder}`),
    `${prefix}-catalog`,
  ];
  return door.ask('the look at its streams', async ({ manager }) => {
    const infos = await Promise.all(names.map((name) => infoOf(manager, name)));
    return names.filter((_, at) => infos[at] !== undefined);
  });
}

/** Whether a bucket of key-value entries is there. Throws PortError. */
export function hasBucket(door: NatsDoor, { prefix }: StreamOptions, name: string): Promise<boolean> {
  return door.ask(`${prefix}-${name}: the look at it`, async ({ manager }) => {
    return (await infoOf(manager, `KV_${prefix}-${name}`)) !== undefined;
  });
}

function namesOf(options: StreamOptions, shards: number): string[] {
  const logs = Array.from({ length: shards }, (_, shard) => streamName(options, shard));
  return [...logs, ...BUCKETS.map((bucket) => `KV_${options.prefix}-${bucket}`)];
}

async function foundAs(manager: JetStreamManager, name: string): Promise<FoundStream | undefined> {
  const info = await infoOf(manager, name);
  return info === undefined ? undefined : { created: info.created, last: info.state.last_seq };
}
