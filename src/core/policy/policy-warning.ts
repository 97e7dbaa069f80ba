import type { PolicyFault } from './policy-fault.ts';

/** What in a sound policy is probably not meant: a place and a sentence that names the value and what to do. It stops nothing. */
export interface PolicyWarning extends PolicyFault {
  /** Stable, in kebab-case: the lint that found it. */
  readonly id: string;
}

/** `file:line:column: warning: sentence [id]`. */
export function renderWarning({ id, file, line, column, message }: PolicyWarning): string {
  return `${file}:${line}:${column}: warning: ${message} [${id}]`;
}
