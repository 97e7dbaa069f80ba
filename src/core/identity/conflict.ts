/** Whether two sets of keys can be one person's. */
import { BOUNDS } from '../bounds.ts';
import type { IdentifierRule } from './identifier-rule.ts';

/** So many people may become one within a day where nothing is said. */
export const PEOPLE_PER_DAY = 5;

interface Key {
  readonly kind: string;
  readonly value: string;
}

/**
 * The first kind, in the order of `rules`, of which the two together have more than one person may have; '' when there is none.
 * Symmetric, so that it does not matter who claims whom. Kinds without a rule forbid nothing, and neither do keys of devices, which move.
 */
export function conflictingKind(
  a: readonly Key[],
  b: readonly Key[],
  rules: readonly IdentifierRule[],
): string {
  for (const { kind, max, isDevice } of rules) {
    if (isDevice) continue;
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

/** The kind of a key, where it is one that unites nobody; else ''. Keys of devices never unite two. */
export function explicitKind(key: string, rules: readonly IdentifierRule[]): string {
  const found = rules.find(
    ({ kind, isExplicit, isDevice }) =>
      isExplicit && !isDevice && key.startsWith(kind) && key[kind.length] === ':',
  );
  return found?.kind ?? '';
}

/** Kinds that address a device where a policy does not say which do. */
export const DEVICE_KINDS: readonly string[] = ['push_token', 'web_push'];

/** Of `kinds`, the strongest first: where nothing is said, a person has one key of the strongest and as many of others as there is room for. */
export function identifierRules(
  kinds: readonly string[],
  said: {
    readonly keys_max?: Readonly<Record<string, number>> | undefined;
    readonly explicit?: readonly string[] | undefined;
    readonly devices?: readonly string[] | undefined;
  } = {},
): readonly IdentifierRule[] {
  return kinds.map((kind, rank) => ({
    kind,
    max: said.keys_max?.[kind] ?? (rank === 0 ? 1 : BOUNDS.identifiers),
    isExplicit: said.explicit?.includes(kind) ?? false,
    isDevice: (said.devices ?? DEVICE_KINDS).includes(kind),
  }));
}
