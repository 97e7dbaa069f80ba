/** The JetStream stream of one shard's log: its name, how it must be set, and how it is made or found. */
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { PortError } from '../../port/port-error.ts';

/** `err_code` of the server. */
const STREAM_NOT_FOUND = 10_059;

export interface StreamOptions {
  /** Of the deployment: letters, digits, `-` and `_`. Two deployments on one NATS differ in it. */
  readonly prefix: string;
  /** Servers that hold a stream: 1, 3 or 5. */
  readonly replicas: number;
  /** Of one shard. A log that is full refuses appends, and drops nothing. */
  readonly maxBytes: number;
  /** For whoever only looks: a stream or bucket that is not there is not made. */
  readonly isReadOnly?: boolean;
}

export function streamName({ prefix }: Pick<StreamOptions, 'prefix'>, shard: number): string {
  return `${prefix}-log-${shard}`;
}

/** Only the owner of the shard publishes to it (deploy's permissions say so). */
export function subjectOf({ prefix }: Pick<StreamOptions, 'prefix'>, shard: number): string {
  return `${prefix}.log.${shard}`;
}

/** What the log's safety rests on: a stream that differs in one of these is not served. */
function lawsOf(subject: string) {
  return {
    subjects: [subject],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    // Full is refused, not made room for.
    discard: DiscardPolicy.New,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_age: 0,
    // A read by any replica may be older than what was acknowledged.
    allow_direct: false,
    // Blocks of compressed and encrypted streams were damaged by servers (nats-server #8312).
    compression: StoreCompression.None,
    deny_delete: true,
  } as const satisfies Partial<StreamConfig>;
}

/** What a log must be without: it would take, drop, move or copy records behind the owner's back, or acknowledge what it has not stored. */
const FORBIDDEN = [
  ...(['mirror', 'sources', 'republish', 'subject_transform', 'allow_rollup_hdrs', 'allow_msg_ttl'] as const),
  ...(['allow_msg_counter', 'allow_msg_schedules', 'no_ack', 'sealed', 'deny_purge'] as const),
] as const satisfies readonly (keyof StreamConfig)[];

/** A log's stream, made where there is none. Throws PortError `corrupt` for one that is set otherwise; what the library throws. */
export async function openLogStream(
  manager: JetStreamManager,
  options: StreamOptions,
  {
    name,
    subject,
    begin = 1,
  }: {
    readonly name: string;
    readonly subject: string;
    /** The first sequence of one that is made. */
    readonly begin?: number;
  },
): Promise<void> {
  const laws = lawsOf(subject);
  const found = await infoOf(manager, name);
  if (found === undefined) {
    const { replicas, maxBytes } = options;
    if (options.isReadOnly === true) throw new PortError('corrupt', `stream ${name} is gone`);
    await manager.streams.add({
      ...{ ...laws, name, num_replicas: replicas, max_bytes: maxBytes },
      ...(begin > 1 ? { first_seq: begin } : {}),
    });
    return;
  }
  const fault = lawFault(found.config, subject);
  if (fault !== undefined) throw new PortError('corrupt', `stream ${name}: ${fault}`);
}

/** What of a stream's settings would lose records of a log, or let others be served; undefined: nothing. */
export function lawFault(config: StreamConfig, subject: string): string | undefined {
  const laws = lawsOf(subject);
  for (const [key, wanted] of Object.entries(laws)) {
    const value = config[key as keyof typeof laws];
    if (JSON.stringify(value) !== JSON.stringify(wanted))
      return `${key} is ${JSON.stringify(value)}, and a log needs ${JSON.stringify(wanted)}`;
  }
  for (const key of FORBIDDEN) {
    const value = config[key];
    if (value !== undefined && value !== false && value !== null)
      return `${key} is ${JSON.stringify(value)}, and a log must be without`;
  }
  const { persist_mode: mode = 'default' } = config;
  return mode === 'default' ? undefined : `persist_mode is "${mode}": it acknowledges what is not stored`;
}

/** `subjects`: those to be counted. Undefined: there is no such stream. Throws PortError `unavailable` while nobody leads it: any replica answers then, with what it happens to have. */
export async function infoOf(
  manager: JetStreamManager,
  name: string,
  subjects?: string,
): Promise<StreamInfo | undefined> {
  try {
    const info = await manager.streams.info(
      name,
      subjects === undefined ? {} : { subjects_filter: subjects },
    );
    if (info.cluster !== undefined && !info.cluster.leader)
      throw new PortError('unavailable', `stream ${name} has no leader now`);
    return info;
  } catch (fault) {
    if (fault instanceof JetStreamApiError && fault.code === STREAM_NOT_FOUND) return undefined;
    throw fault;
  }
}
