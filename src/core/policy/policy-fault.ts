/** What is wrong with a policy, and where: a sentence that names the field, the rule and the value. */
export interface PolicyFault {
  /** Name of the file as it was given, such as "actions/checkout.yaml". */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Keys from the file's top, such as "actions.recover_cart.lift.mean"; '' for the file itself. */
  readonly path: string;
  readonly message: string;
}

/** `file:line:column: sentence`, as editors and terminals link it. */
export function renderFault(fault: PolicyFault): string {
  return `${fault.file}:${fault.line}:${fault.column}: ${fault.message}`;
}

/** In the order in which a reader meets them; exact repeats are dropped. */
export function sortFaults<F extends PolicyFault>(faults: readonly F[]): F[] {
  const sorted = [...faults].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.message, b.message),
  );
  return sorted.filter((fault, at) => {
    const before = sorted[at - 1];
    return before === undefined || renderFault(before) !== renderFault(fault);
  });
}

/** A value as a sentence shows it: texts in quotes, long ones cut at 40 characters, collections by their kind. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return String(value);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
