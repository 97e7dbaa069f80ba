import type { ASTNode } from '@marcbachmann/cel-js';
import { categoryFunction } from '../../core/trait/category-functions.ts';
import { constantOf, type Value } from '../condition-value.ts';
import { type Operator, rangeOf } from '../number-range.ts';
import { bools, lists, numbers, type Possible, texts, textsBut } from './possible-values.ts';
import { narrowed, ofCategoryName, possibleOf, type World } from './world.ts';

/** More ways than these to make a condition true are not told apart: what it says is then left out. */
const WORLDS_MAX = 16;

const MIRRORED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' } as const;
const OPPOSITE = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '==': '!=', '!=': '==' } as const;

/**
 * The worlds, among those given, in which a part of a condition is true (or, with `truth` false, false). What is not understood
 * narrows nothing, so no customer of whom it is true is ever left out. Numbers are taken for numbers: no trait is a NaN.
 */
export function assume(node: ASTNode, truth: boolean, worlds: readonly World[]): readonly World[] {
  if (worlds.length === 0) return worlds;
  switch (node.op) {
    case 'value':
      return typeof node.args !== 'boolean' || node.args === truth ? worlds : [];
    case 'id':
    case 'call': {
      const name = nameOf(node);
      return name === undefined ? worlds : narrowAll(worlds, name, [bools(truth)]);
    }
    case '!_':
      return assume(node.args, !truth, worlds);
    case '&&':
    case '||': {
      const [left, right] = node.args;
      return (node.op === '&&') === truth
        ? assume(right, truth, assume(left, truth, worlds))
        : either(worlds, assume(left, truth, worlds), assume(right, truth, worlds));
    }
    case '?:': {
      const [test, yes, no] = node.args;
      const whenTrue = assume(yes, truth, assume(test, true, worlds));
      return either(worlds, whenTrue, assume(no, truth, assume(test, false, worlds)));
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=':
      return compared(truth ? node.op : OPPOSITE[node.op], node.args, worlds);
    case 'in':
      return member(node.args, truth, worlds);
    case 'rcall':
      return textMethod(node.args, truth, worlds);
    default:
      return worlds;
  }
}

function either(all: readonly World[], some: readonly World[], others: readonly World[]): readonly World[] {
  return some.length + others.length > WORLDS_MAX ? all : [...some, ...others];
}

/** Each world once for each of the alternatives that it allows. */
function narrowAll(
  worlds: readonly World[],
  trait: string,
  alternatives: readonly Possible[],
): readonly World[] {
  if (worlds.length * alternatives.length > WORLDS_MAX) return worlds;
  return worlds.flatMap((world) => alternatives.flatMap((allowed) => narrowed(world, trait, allowed) ?? []));
}

function compared(
  operator: Operator,
  [left, right]: [ASTNode, ASTNode],
  worlds: readonly World[],
): readonly World[] {
  const [first, second] = [constantOf(left), constantOf(right)];
  if (first !== undefined && second !== undefined) return holds(operator, first, second) ? worlds : [];
  const [asked, mirrored] = [nameOf(left), nameOf(right)];
  if (asked !== undefined && second !== undefined) return against(worlds, asked, operator, second);
  if (mirrored !== undefined && first !== undefined)
    return against(worlds, mirrored, MIRRORED[operator], first);
  return worlds;
}

/** The name by which worlds know a trait, or what is asked of a category; undefined: it is neither. */
function nameOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args;
  if (node.op !== 'call') return undefined;
  const [asked, [first]] = node.args;
  const category = first === undefined ? undefined : constantOf(first);
  return typeof category === 'string' && categoryFunction(asked) !== undefined
    ? ofCategoryName(asked, category)
    : undefined;
}

function against(
  worlds: readonly World[],
  trait: string,
  operator: Operator,
  value: Value,
): readonly World[] {
  return worlds.flatMap((world) => {
    const known = possibleOf(world, trait);
    if (known === undefined) return [world];
    const alternatives = alternativesOf(known, operator, value);
    return alternatives === undefined ? [world] : narrowAll([world], trait, alternatives);
  });
}

/** What a trait may be when it compares so with `value`; undefined: not understood. */
function alternativesOf(known: Possible, operator: Operator, value: Value): readonly Possible[] | undefined {
  if (known.kind === 'number' && typeof value === 'number') {
    if (operator === '!=') return ranges('<', value).concat(ranges('>', value));
    return ranges(operator, value);
  }
  if (known.kind === 'text' && typeof value === 'string') {
    if (operator === '==') return [texts(value)];
    if (operator === '!=') return [textsBut(value)];
    return known.among === undefined ? undefined : [matching(known.among, operator, value)];
  }
  if (known.kind === 'bool' && typeof value === 'boolean') {
    if (operator === '==') return [bools(value)];
    if (operator === '!=') return [bools(!value)];
  }
  return undefined;
}

function matching(among: ReadonlySet<string>, operator: Operator, value: string): Possible {
  return texts(...[...among].filter((text) => holds(operator, text, value)));
}

function ranges(operator: Operator, limit: number): Possible[] {
  const { low, high } = rangeOf(operator, limit);
  return low <= high ? [numbers(low, high)] : [];
}

/** Values of the traits' own types; of others only what surely does not hold is said not to. */
function holds(operator: Operator, left: Value, right: Value): boolean {
  if (typeof left !== typeof right || typeof left === 'object' || typeof left === 'bigint') return true;
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '==':
      return left === right;
    case '!=':
      return left !== right;
  }
}

/** `trait in ["a", "b"]`, `"a" in trait`. */
function member(
  [item, list]: [ASTNode, ASTNode],
  truth: boolean,
  worlds: readonly World[],
): readonly World[] {
  if (item.op === 'id') {
    const values = constantOf(list);
    return Array.isArray(values) ? among(worlds, item.args, values as readonly Value[], truth) : worlds;
  }
  const value = constantOf(item);
  if (list.op !== 'id' || typeof value !== 'string') return worlds;
  return worlds.flatMap((world) =>
    possibleOf(world, list.args)?.kind === 'list'
      ? narrowAll([world], list.args, [truth ? lists([value]) : lists([], [value])])
      : [world],
  );
}

function among(
  worlds: readonly World[],
  trait: string,
  values: readonly Value[],
  truth: boolean,
): readonly World[] {
  return worlds.flatMap((world) => {
    const known = possibleOf(world, trait);
    if (known?.kind === 'text' && values.every((value) => typeof value === 'string'))
      return narrowAll([world], trait, [truth ? texts(...values) : textsBut(...values)]);
    if (known?.kind === 'number' && values.every((value) => typeof value === 'number') && truth)
      return narrowAll(
        [world],
        trait,
        values.map((value) => numbers(value, value)),
      );
    return [world];
  });
}

/** `stage.startsWith("l")`: only of texts from a closed set is there anything to say. */
function textMethod(
  [name, receiver, args]: [string, ASTNode, ASTNode[]],
  truth: boolean,
  worlds: readonly World[],
): readonly World[] {
  const part = args[0] === undefined ? undefined : constantOf(args[0]);
  const test = TEXT_TESTS[name];
  if (receiver.op !== 'id' || typeof part !== 'string' || test === undefined) return worlds;
  const trait = receiver.args;
  return worlds.flatMap((world) => {
    const known = possibleOf(world, trait);
    if (known?.kind !== 'text' || known.among === undefined) return [world];
    const left = [...known.among].filter((text) => test(text, part) === truth);
    return narrowAll([world], trait, [texts(...left)]);
  });
}

const TEXT_TESTS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};
