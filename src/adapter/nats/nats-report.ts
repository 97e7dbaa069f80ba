/** How a NATS and the streams of a deployment are, as far as the user of the connection may ask. */
import type { StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { NatsDoor } from './nats-door.ts';
import { lawFault, type StreamOptions } from './shard-stream.ts';

/** What a crash of the machine may take: what was acknowledged since the last sync of its files. */
export interface NatsSync {
  readonly isAlways: boolean;
  readonly intervalMs: number;
}

export interface StreamReport {
  readonly name: string;
  /** Undefined: it is not the log of a shard. */
  readonly shard: number | undefined;
  readonly replicas: number;
  readonly hasLeader: boolean;
  /** Replicas that are away or behind, by the names of their servers. */
  readonly behind: readonly string[];
  readonly bytes: number;
  /** -1: without bound. */
  readonly bytesMax: number;
  /** What is wrong with the settings of a log; undefined: nothing. */
  readonly fault: string | undefined;
}

export interface NatsReport {
  readonly version: string;
  readonly answerMs: number;
  /** Undefined: the user may not ask, or no server lets accounts ask. */
  readonly sync: NatsSync | undefined;
  /** ms of its clock before ours; undefined as above. */
  readonly clockAheadMs: number | undefined;
  readonly streams: readonly StreamReport[];
}

const VARZ = '$SYS.REQ.SERVER.PING.VARZ';
const NS_PER_MS = 1_000_000;
/** Of a server on which nothing is set. */
const SYNC_MS = 120_000;

interface Varz {
  readonly data?: {
    readonly now?: string;
    readonly jetstream?: {
      readonly config?: { readonly sync_always?: boolean; readonly sync_interval?: number };
    };
  };
}

/** `now`: a clock in ms since the epoch. Throws PortError. */
export function readNatsReport(
  door: NatsDoor,
  { prefix }: Pick<StreamOptions, 'prefix'>,
  now: () => number,
): Promise<NatsReport> {
  return door.ask('the look at it', async ({ connection, manager }) => {
    const answerMs = await connection.rtt();
    const { sync, clockAheadMs } = await settingsOf(connection, door.answerMs, now);
    const streams: StreamReport[] = [];
    for await (const info of manager.streams.list())
      if (info.config.name.replace(/^(KV|OBJ)_/, '').startsWith(`${prefix}-`))
        streams.push(reportOf(info, prefix));
    return { version: connection.info?.version ?? '', answerMs, sync, clockAheadMs, streams };
  });
}

/** What a crash of its machine may take; undefined: it does not tell. Throws PortError `unavailable`. */
export function readNatsSync(door: NatsDoor): Promise<NatsSync | undefined> {
  return door.ask('its settings', async ({ connection }) => {
    return (await settingsOf(connection, door.answerMs, () => 0)).sync;
  });
}

async function settingsOf(connection: NatsConnection, timeout: number, now: () => number) {
  const before = now();
  try {
    const { data } = (await connection.request(VARZ, undefined, { timeout })).json<Varz>();
    const config = data?.jetstream?.config;
    const told = Date.parse(data?.now ?? '');
    return {
      sync: config && {
        isAlways: config.sync_always === true,
        intervalMs: config.sync_interval === undefined ? SYNC_MS : config.sync_interval / NS_PER_MS,
      },
      clockAheadMs: Number.isNaN(told) ? undefined : told - (before + now()) / 2,
    };
  } catch {
    // Nobody answers where the account does not import it, and the user may not ask elsewhere.
    return { sync: undefined, clockAheadMs: undefined };
  }
}

function reportOf({ config, cluster, state }: StreamInfo, prefix: string): StreamReport {
  const { name } = config;
  const digits = name.startsWith(`${prefix}-log-`) ? name.slice(prefix.length + 5) : '';
  const shard = /^\d+$/.test(digits) ? Number(digits) : undefined;
  const behind = (cluster?.replicas ?? []).filter(({ current, offline }) => !current || offline === true);
  return {
    ...{ name, shard, replicas: config.num_replicas, bytes: state.bytes, bytesMax: config.max_bytes },
    hasLeader: cluster === undefined || cluster.leader !== '',
    behind: behind.map((replica) => replica.name),
    fault: shard === undefined ? undefined : lawFault(config, `${prefix}.log.${shard}`),
  };
}
