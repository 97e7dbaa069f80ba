/** Stored bytes that cannot be what they should be. Callers at a port's edge turn it into PortError `corrupt`. */
export class StoredBytesError extends Error {
  override readonly name = 'StoredBytesError';
  /** Byte in the stored value at which reading failed. */
  readonly offset: number;
  /** What was expected there. */
  readonly what: string;

  constructor(offset: number, what: string) {
    super(`stored bytes are damaged at byte ${offset}: ${what}`);
    this.offset = offset;
    this.what = what;
  }
}
