/**
 * The shapes that nearly all conditions of a policy are made of, a trait against something written in the policy, as closures
 * that read that trait and nothing else. What is here is also said by `condition-closure.ts`, only slower.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import { numberTraitRange } from '../core/trait/number-trait-range.ts';
import { traitReader } from '../core/trait/trait-reader.ts';
import type { Traits } from '../core/trait/trait-spec.ts';
import { constantOf, type Test, type Value } from './condition-value.ts';
import { type Operator, rangeOf } from './number-range.ts';

type TextReader = (traits: Traits) => string;
type TextsReader = (traits: Traits) => readonly string[];

const MIRRORED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' } as const;

/** `trait < 3.0`, `"gold" == trait`; undefined: the comparison is of another shape. */
export function plainComparison(operator: Operator, left: ASTNode, right: ASTNode): Test | undefined {
  if (left.op === 'id') return traitAgainst(left.args, operator, constantOf(right));
  return right.op === 'id' ? traitAgainst(right.args, MIRRORED[operator], constantOf(left)) : undefined;
}

function traitAgainst(name: string, operator: Operator, limit: Value | undefined): Test | undefined {
  const inRange = numberTraitRange(name);
  if (inRange !== undefined && typeof limit === 'number') {
    const { low, high } = rangeOf(operator, limit);
    return operator === '!='
      ? (traits) => !inRange(traits, low, high)
      : (traits) => inRange(traits, low, high);
  }
  if (typeof limit !== 'string' || (operator !== '==' && operator !== '!=')) return undefined;
  const read = traitReader(name) as TextReader | undefined;
  if (read === undefined) return undefined;
  return operator === '==' ? (traits) => read(traits) === limit : (traits) => read(traits) !== limit;
}

/** `trait in ["a", "b"]`, `"a" in trait`; undefined: the question is of another shape. */
export function plainMembership(item: ASTNode, list: ASTNode): Test | undefined {
  if (item.op === 'id') return traitAmong(item.args, constantOf(list));
  const value = constantOf(item);
  if (list.op !== 'id' || typeof value !== 'string') return undefined;
  const read = traitReader(list.args) as TextsReader | undefined;
  return read === undefined ? undefined : (traits) => read(traits).indexOf(value) >= 0;
}

function traitAmong(name: string, list: Value | undefined): Test | undefined {
  if (!isTexts(list)) return undefined;
  const read = traitReader(name) as TextReader | undefined;
  if (read === undefined) return undefined;
  const [first, second] = list;
  if (list.length === 2) {
    return (traits) => {
      const value = read(traits);
      return value === first || value === second;
    };
  }
  return (traits) => list.indexOf(read(traits)) >= 0;
}

function isTexts(value: Value | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
