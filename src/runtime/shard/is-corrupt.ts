import { StoredBytesError } from '../../codec/stored/stored-bytes-error.ts';
import { PortError } from '../../port/port-error.ts';

/** What is stored cannot be true, and will not be when it is read again; any other fault of a store may pass. */
export function isCorrupt(fault: unknown): boolean {
  return fault instanceof StoredBytesError || (fault instanceof PortError && fault.kind === 'corrupt');
}
