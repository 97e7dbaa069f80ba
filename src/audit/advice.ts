/** `ok`: nothing to do. `look`: it works, and somebody should decide. `bad`: it loses or stops something, or soon will. */
export interface Advice {
  readonly level: 'ok' | 'look' | 'bad';
  /** What was found, a noun phrase with its numbers. */
  readonly what: string;
  /** What to do; '' for `ok`. */
  readonly todo: string;
}

export function fine(what: string): Advice {
  return { level: 'ok', what, todo: '' };
}

export function concern(what: string, todo: string): Advice {
  return { level: 'look', what, todo };
}

export function danger(what: string, todo: string): Advice {
  return { level: 'bad', what, todo };
}

/** One line for people. */
export function adviceLine({ level, what, todo }: Advice): string {
  return `${level.padEnd(5)} ${what}${todo === '' ? '' : `: ${todo}`}`;
}
