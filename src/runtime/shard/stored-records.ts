import type { LogRecord } from '../../port/fact-log.ts';
import type { Runtime } from '../runtime.ts';

/** Where the store stands. */
export interface StoredState {
  /** Sequence of the last checkpoint and the epoch in force there; 0: there is none. */
  readonly checkpoint: { readonly sequence: number; readonly epoch: number };
  /** The store's own count of batches: what it must be at the next one. */
  readonly counter: number;
}

/** A shard's records as they are stored. */
export interface StoredShard {
  readonly id: number;
  readonly runtime: Pick<Runtime, 'log' | 'archive'>;
}

/** Records from `from` on, `limit` at most: the archive's where the log was trimmed. Throws PortError. */
export async function readRecords(
  { id, runtime: { log, archive } }: StoredShard,
  from: number,
  limit: number,
): Promise<LogRecord[]> {
  const { first } = await log.bounds(id);
  if (from >= first) return log.read(id, from, limit);
  return archive.read(id, from, Math.min(limit, first - from));
}
