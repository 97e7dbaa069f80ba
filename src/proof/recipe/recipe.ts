/** A recipe of ARCHITECTURE.md as data: the files that somebody writes or edits, and what notices a forgotten one. */

/** `find` stands exactly once in the file, and `put` takes its place. */
export interface Edit {
  readonly find: string;
  readonly put: string;
}

/** What turns red: the compiler, a test file, or a step of `npm run check`. */
export type Alarm =
  | { readonly kind: 'types' }
  | { readonly kind: 'test'; readonly path: string }
  | { readonly kind: 'check'; readonly step: string };

/** A file that is edited, a new one with its whole text, or one that `npm run generate` writes. */
export type RecipeFile = { readonly path: string; readonly forgotten: Alarm } & (
  | { readonly kind: 'edit'; readonly edits: readonly Edit[] }
  | { readonly kind: 'new'; readonly text: string }
  | { readonly kind: 'generated' }
);

export interface Recipe {
  readonly name: string;
  /** What the toy is that the recipe adds. */
  readonly adds: string;
  /** In the order in which somebody writes them. */
  readonly files: readonly RecipeFile[];
  /** Test files that must pass once the recipe was followed, beside those that notice a forgotten file. */
  readonly tests: readonly string[];
  /** Steps of `npm run check` that must pass too. */
  readonly checks?: readonly string[];
}

export const TYPES: Alarm = { kind: 'types' };

export function test(path: string): Alarm {
  return { kind: 'test', path };
}

export function check(step: string): Alarm {
  return { kind: 'check', step };
}

export function edit(path: string, forgotten: Alarm, ...edits: readonly Edit[]): RecipeFile {
  return { kind: 'edit', path, forgotten, edits };
}

/** An edit that adds `more` behind `line`, which stands exactly once in the file and stays. */
export function after(line: string, more: string): Edit {
  return { find: line, put: `${line}\n${more}` };
}

/** The alarm in the words of a report. */
export function alarmText(alarm: Alarm): string {
  if (alarm.kind === 'types') return 'tsc';
  return alarm.kind === 'test' ? alarm.path : `check ${alarm.step}`;
}
