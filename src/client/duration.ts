import type { Duration } from '@bufbuild/protobuf/wkt';

/** A duration of the contract in milliseconds; 0 when it is absent. */
export function msOf(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}
