/** What is odd about an event and harmless: it is accepted, and its sender is told. */
export interface EventWarning {
  /** Path from the event, for example `context.time_zone`; never ''. */
  readonly field: string;
  /** Stable id, for example `event.time_zone`. */
  readonly rule: string;
  /** The value found, cut to 64 characters; '' when missing. */
  readonly value: string;
  /** One sentence that says what became of it. */
  readonly message: string;
}

/** What one event or decision tells at most; what comes behind is left out. */
export const WARNINGS_MAX = 100;

const VALUE_CHARS_MAX = 64;
const NONE: readonly EventWarning[] = [];

/** A warning with its value cut. */
export function warning(field: string, rule: string, value: string, message: string): EventWarning {
  const shown = value.length > VALUE_CHARS_MAX ? `${value.slice(0, VALUE_CHARS_MAX - 1)}…` : value;
  return { field, rule, value: shown, message };
}

/** Both, the first ones first, at most WARNINGS_MAX. */
export function joinWarnings(
  a: readonly EventWarning[] | undefined,
  b: readonly EventWarning[] | undefined,
): readonly EventWarning[] {
  if (b === undefined || b.length === 0) return a ?? NONE;
  if (a === undefined || a.length === 0) return b;
  return [...a, ...b].slice(0, WARNINGS_MAX);
}

/** The same warnings, seen from the message that holds the event at `at`. */
export function warningsWithin(at: string, warnings: readonly EventWarning[]): readonly EventWarning[] {
  return warnings.map((one) => ({ ...one, field: `${at}.${one.field}` }));
}
