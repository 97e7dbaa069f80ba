/** The support cases of a customer, complaints among them, as their news told them in whatever order. Rows are never changed once made. */
import { BOUNDS } from '../bounds.ts';
import { compareText } from './order-telling.ts';

export interface SupportCase {
  readonly id: string;
  /** When it was last told to have been opened, and to have been closed; 0: never. */
  readonly openedAt: number;
  readonly closedAt: number;
}

export const NO_CASES: readonly SupportCase[] = [];

/**
 * The cases after one was opened or closed at `at`. The latest news of each kind counts. At most BOUNDS.supportCases: closed ones give
 * way before open ones, older ones before later ones.
 */
export function withCaseNews(
  cases: readonly SupportCase[],
  id: string,
  at: number,
  closes: boolean,
): readonly SupportCase[] {
  const known = cases.find((one) => one.id === id) ?? { id, openedAt: 0, closedAt: 0 };
  const openedAt = closes ? known.openedAt : later(known.openedAt, at);
  const closedAt = closes ? later(known.closedAt, at) : known.closedAt;
  return [...cases.filter((one) => one !== known), { id, openedAt, closedAt }]
    .sort((a, b) => Number(isOpen(a)) - Number(isOpen(b)) || latest(a) - latest(b) || compareText(a.id, b.id))
    .slice(-BOUNDS.supportCases);
}

/** The cases of two who are one. */
export function uniteCases(
  cases: readonly SupportCase[],
  others: readonly SupportCase[],
): readonly SupportCase[] {
  let united = cases;
  for (const { id, openedAt, closedAt } of others) {
    if (openedAt > 0) united = withCaseNews(united, id, openedAt, false);
    if (closedAt > 0) united = withCaseNews(united, id, closedAt, true);
  }
  return united;
}

/** Of the cases that are open, for `openMs` since they were opened at most, the one that was opened last; undefined: none is. */
export function openCase(
  cases: readonly SupportCase[],
  now: number,
  openMs: number,
): SupportCase | undefined {
  let last: SupportCase | undefined;
  for (let i = 0; i < cases.length; i++) {
    const one = cases[i] as SupportCase;
    if (!isOpen(one) || now >= one.openedAt + openMs) continue;
    if (last === undefined || one.openedAt > last.openedAt) last = one;
  }
  return last;
}

/** What is told to have been closed when it was opened is closed. */
function isOpen({ openedAt, closedAt }: SupportCase): boolean {
  return openedAt > closedAt;
}

function latest({ openedAt, closedAt }: SupportCase): number {
  return later(openedAt, closedAt);
}

/** The later of two times; NaN is none. */
function later(known: number, told: number): number {
  return told > known ? told : known;
}
