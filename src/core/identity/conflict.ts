/** Whether two sets of keys can be one person's. */
import { BOUNDS } from '../bounds.ts';

interface Key {
  readonly kind: string;
  readonly value: string;
}

/** What holds for one kind of identifier. */
export interface IdentifierRule {
  readonly kind: string;
  /** How many of the kind one person may have. */
  readonly max: number;
}

/**
 * The first kind, in the order of `rules`, of which the two together have more than one person may have; '' when there is none.
 * Symmetric, so that it does not matter who claims whom. Kinds without a rule forbid nothing.
 */
export function conflictingKind(
  a: readonly Key[],
  b: readonly Key[],
  rules: readonly IdentifierRule[],
): string {
  for (const { kind, max } of rules) {
    const own = valuesOf(a, kind);
    const others = valuesOf(b, kind);
    if (own.size === 0 || others.size === 0) continue;
    if (new Set([...own, ...others]).size > max) return kind;
  }
  return '';
}

/** Whether one profile has room for the keys of both. */
export function haveRoom(a: readonly Key[], b: readonly Key[]): boolean {
  let more = 0;
  for (const { kind, value } of b) if (!a.some((one) => one.value === value && one.kind === kind)) more++;
  return a.length + more <= BOUNDS.identifiers;
}

function valuesOf(keys: readonly Key[], kind: string): Set<string> {
  return new Set(keys.filter((key) => key.kind === kind).map(({ value }) => value));
}

/** Of the strongest kind a person has one; of every other as many as there is room for. */
export function identifierRules(kinds: readonly string[]): readonly IdentifierRule[] {
  const [strongest] = kinds;
  return strongest === undefined ? [] : [{ kind: strongest, max: 1 }];
}
