import type { LogRecord } from './fact-log.ts';
import type { Follow } from './follow.ts';

/** The product catalogue's one log; records are opaque bytes, sequence counts from 1. */
export interface CatalogLog {
  last(): Promise<number>;
  /** Durable when it resolves with the sequence of the last record written. */
  append(records: readonly Uint8Array[]): Promise<number>;
  read(from: number, limit: number): Promise<LogRecord[]>;
  follow?: Follow;
  close(): Promise<void>;
}
