/** What a trait may still be, and the two ways of putting such knowledge together. */
export type Possible = PossibleNumber | PossibleText | PossibleBool | PossibleList;

/** Every number from `low` to `high`, both included; only whole ones where `isWhole`. */
export interface PossibleNumber {
  readonly kind: 'number';
  readonly low: number;
  readonly high: number;
  readonly isWhole: boolean;
}

/** One of `among`, or where that is undefined any text but those of `not`. */
export interface PossibleText {
  readonly kind: 'text';
  readonly among: ReadonlySet<string> | undefined;
  readonly not: ReadonlySet<string>;
}

export interface PossibleBool {
  readonly kind: 'bool';
  readonly canBe: readonly boolean[];
}

/** A list that holds all of `has` and none of `hasNot`; `isEmpty`: that holds nothing. */
export interface PossibleList {
  readonly kind: 'list';
  readonly has: ReadonlySet<string>;
  readonly hasNot: ReadonlySet<string>;
  readonly isEmpty: boolean;
}

const NO_TEXTS: ReadonlySet<string> = new Set();

export function numbers(low: number, high: number, isWhole = false): PossibleNumber {
  return { kind: 'number', low, high, isWhole };
}

export function texts(...among: readonly string[]): PossibleText {
  return { kind: 'text', among: new Set(among), not: NO_TEXTS };
}

export function textsBut(...not: readonly string[]): PossibleText {
  return { kind: 'text', among: undefined, not: new Set(not) };
}

export function bools(...canBe: readonly boolean[]): PossibleBool {
  return { kind: 'bool', canBe };
}

export function lists(
  has: readonly string[] = [],
  hasNot: readonly string[] = [],
  isEmpty = false,
): PossibleList {
  return { kind: 'list', has: new Set(has), hasNot: new Set(hasNot), isEmpty };
}

/** What both allow; undefined: nothing. The two are of one kind. */
export function meet(a: Possible, b: Possible): Possible | undefined {
  if (a.kind === 'number' && b.kind === 'number') return meetNumbers(a, b);
  if (a.kind === 'text' && b.kind === 'text') return meetTexts(a, b);
  if (a.kind === 'bool' && b.kind === 'bool') {
    const canBe = a.canBe.filter((value) => b.canBe.includes(value));
    return canBe.length === 0 ? undefined : { kind: 'bool', canBe };
  }
  if (a.kind === 'list' && b.kind === 'list') {
    const has = union(a.has, b.has);
    const hasNot = union(a.hasNot, b.hasNot);
    const isEmpty = a.isEmpty || b.isEmpty;
    const isNever = shared(has, hasNot).size > 0 || (isEmpty && has.size > 0);
    return isNever ? undefined : { kind: 'list', has, hasNot, isEmpty };
  }
  return a;
}

/** What either allows, and perhaps more. The two are of one kind. */
export function hull(a: Possible, b: Possible): Possible | undefined {
  if (a.kind === 'number' && b.kind === 'number')
    return numbers(Math.min(a.low, b.low), Math.max(a.high, b.high), a.isWhole && b.isWhole);
  if (a.kind === 'text' && b.kind === 'text') return hullOfTexts(a, b);
  if (a.kind === 'bool' && b.kind === 'bool') return bools(...new Set([...a.canBe, ...b.canBe]));
  if (a.kind === 'list' && b.kind === 'list') {
    // An empty list lacks whatever the other one lacks.
    const hasNot = a.isEmpty ? b.hasNot : b.isEmpty ? a.hasNot : shared(a.hasNot, b.hasNot);
    return { kind: 'list', has: shared(a.has, b.has), hasNot, isEmpty: a.isEmpty && b.isEmpty };
  }
  return undefined;
}

function meetNumbers(a: PossibleNumber, b: PossibleNumber): PossibleNumber | undefined {
  const isWhole = a.isWhole || b.isWhole;
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  const met = isWhole ? numbers(Math.ceil(low), Math.floor(high), true) : numbers(low, high);
  return met.low <= met.high ? met : undefined;
}

function meetTexts(a: PossibleText, b: PossibleText): PossibleText | undefined {
  const not = union(a.not, b.not);
  const both = a.among === undefined || b.among === undefined ? undefined : shared(a.among, b.among);
  const given = both ?? a.among ?? b.among;
  if (given === undefined) return { kind: 'text', among: undefined, not };
  const among = without(given, not);
  return among.size === 0 ? undefined : { kind: 'text', among, not: NO_TEXTS };
}

function hullOfTexts(a: PossibleText, b: PossibleText): PossibleText {
  if (a.among !== undefined && b.among !== undefined)
    return { kind: 'text', among: union(a.among, b.among), not: NO_TEXTS };
  if (a.among !== undefined) return { kind: 'text', among: undefined, not: without(b.not, a.among) };
  if (b.among !== undefined) return { kind: 'text', among: undefined, not: without(a.not, b.among) };
  return { kind: 'text', among: undefined, not: shared(a.not, b.not) };
}

type Texts = ReadonlySet<string>;

function union(a: Texts, b: Texts): Texts {
  return new Set([...a, ...b]);
}

function shared(a: Texts, b: Texts): Texts {
  return new Set([...a].filter((text) => b.has(text)));
}

function without(a: Texts, b: Texts): Texts {
  return new Set([...a].filter((text) => !b.has(text)));
}
