/** What a node says of itself to load balancers and people; never anything about a customer. */

/** 'degraded': it serves, and somebody should look. */
export type NodeStatus = 'serving' | 'degraded' | 'not_serving';

export const NODE_STATUSES: readonly NodeStatus[] = ['serving', 'degraded', 'not_serving'];

export const HEALTH_CODES = [
  'draining',
  'no_policy',
  'disk_full',
  'memory_short',
  'commits_stalled',
  'shards_down',
  'shards_recovering',
  'quarantined',
  'snapshots_failing',
  'archive_failing',
  'scorer_late',
  'scorer_refused',
  'channel_unserved',
  'channel_failing',
  'paused',
  'shared_stale',
  'policy_unread',
  'model_unread',
] as const;

export type HealthCode = (typeof HEALTH_CODES)[number];

export interface HealthReason {
  readonly code: HealthCode;
  /** A sentence with its numbers. */
  readonly message: string;
}

export interface NodeState {
  readonly status: NodeStatus;
  /** Why it is not 'serving', the gravest first, and what is worth knowing while it is. */
  readonly reasons: readonly HealthReason[];
}

export interface NodeHealth {
  /** Whether to send requests here. Cheap: may be asked for every probe. */
  state(): NodeState;
  /** Why only a new process can help; undefined: it lives. A stopped event loop answers nothing, which says the same. */
  stalled(): HealthReason | undefined;
}
