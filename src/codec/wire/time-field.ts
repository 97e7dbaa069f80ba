import type { WireReader } from './wire-reader.ts';

/** 2100-01-01, the first second that the contract refuses. */
const TIME_END_MS = 4_102_444_800_000;
const SECOND_MS = 1_000;
const NANOS_PER_MS = 1_000_000;
const NANOS_PER_SECOND = 1_000_000_000;

/**
 * Reads a google.protobuf.Timestamp as milliseconds since 1970 UTC, finer digits cut off; NaN after a violation. Nanos
 * outside a second are one too.
 */
export function readTime(reader: WireReader, field: string): number {
  const outer = reader.enter();
  let seconds = 0;
  let nanos = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 8) seconds = reader.int64();
    else if (tag === 16) nanos = reader.int32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  const ms = seconds * SECOND_MS + Math.floor(nanos / NANOS_PER_MS);
  if (seconds >= 0 && ms < TIME_END_MS && nanos >= 0 && nanos < NANOS_PER_SECOND) return ms;
  reader.fault(field, 'timestamp.gte_lt', `${seconds} s ${nanos} ns`);
  return Number.NaN;
}

/** Reads a google.protobuf.Duration as milliseconds, with fractions. */
export function readDuration(reader: WireReader): number {
  const outer = reader.enter();
  let seconds = 0;
  let nanos = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 8) seconds = reader.int64();
    else if (tag === 16) nanos = reader.int32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return seconds * SECOND_MS + nanos / NANOS_PER_MS;
}
