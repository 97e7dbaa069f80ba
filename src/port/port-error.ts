/** The world's faults in the runtime's terms; every adapter turns its driver's errors into these at its edge. */
export type PortErrorKind =
  /** Try again later; whether it took effect may be unknown (`outcome`). */
  | 'unavailable'
  /** A compare-and-set lost: somebody else wrote. Definite: nothing was written. */
  | 'conflict'
  /** No room. Definite: nothing was written. */
  | 'full'
  /** What is stored cannot be true; the message says where. */
  | 'corrupt';

export class PortError extends Error {
  override readonly name = 'PortError';
  readonly kind: PortErrorKind;
  /** For a write: is it certain that nothing was written? */
  readonly outcome: 'nothing_written' | 'unknown';

  constructor(
    kind: PortErrorKind,
    message: string,
    options: { outcome?: 'nothing_written' | 'unknown'; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.outcome =
      options.outcome ?? (kind === 'conflict' || kind === 'full' ? 'nothing_written' : 'unknown');
  }
}
