/** An expectation that did not hold: what was expected, what was found, and what helps to understand it. */
export interface Complaint {
  readonly expected: string;
  readonly found: string;
  readonly hints: readonly string[];
}

export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';
  readonly complaints: readonly Complaint[];

  constructor(complaints: readonly Complaint[]) {
    super(complaints.map(({ expected, found }) => `expected ${expected}; found ${found}`).join('\n'));
    this.complaints = complaints;
  }
}

export function complaint(expected: string, found: string, hints: readonly string[] = []): Complaint {
  return { expected, found, hints };
}

/** Throws ExpectationError when there are complaints. */
export function failOn(complaints: readonly Complaint[]): void {
  if (complaints.length > 0) throw new ExpectationError(complaints);
}

/** "a", "a or b", "a, b or c". */
export function either(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
