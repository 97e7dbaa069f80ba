import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';

/** Milliseconds since 1970 UTC as the contract carries them; 0, which stands for "never", is left out. */
export function instant(ms: number): Timestamp | undefined {
  return ms === 0 ? undefined : timestampFromMs(ms);
}
