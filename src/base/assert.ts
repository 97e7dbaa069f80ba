/** A broken assumption of ours, never a caller's fault: the turn is abandoned and the actor rebuilt. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** Throws `AssertionFailure` with `message` unless `condition` holds. Pass a function where the message costs time to build. */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionFailure(typeof message === 'string' ? message : message());
}

/** `value`, which must be there. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AssertionFailure(`${what} is missing`);
  return value;
}

/** Ends an exhaustive switch: the compiler refuses a case that was forgotten, and at run time the value is named. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable value ${JSON.stringify(value)}`);
}
