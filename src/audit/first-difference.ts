/** Where two values that should be equal first are not. */
export interface Difference {
  /** Such as `choices[0].propensity`. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const SHOWN_MAX = 120;

/** Looks through objects, arrays and typed arrays; undefined: they are equal. */
export function firstDifference(before: unknown, after: unknown, path = ''): Difference | undefined {
  if (Object.is(before, after)) return undefined;
  if (!isContainer(before) || !isContainer(after))
    return { path, before: shown(before), after: shown(after) };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const place = /^\d+$/.test(key) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = firstDifference(before[key], after[key], place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? String(value) : JSON.stringify(value).slice(0, SHOWN_MAX);
}
