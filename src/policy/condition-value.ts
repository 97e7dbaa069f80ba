import type { ASTNode } from '@marcbachmann/cel-js';
import type { Traits } from '../core/trait/trait-spec.ts';

/**
 * What a part of a condition can be worth. CEL's whole numbers are numbers here as long as these are exact, bigints beyond:
 * so two that are equal are `===`, and each compares with a double as CEL says.
 */
export type Value = string | number | bigint | boolean | readonly Value[];

/** A part of a condition, compiled; `T`: what the type checker found it to be. */
export type Term<T extends Value = Value> = (traits: Traits) => T;
export type Test = Term<boolean>;

/** The value of a part that reads nothing of the customer; undefined: it does, or it is put together by an operator. */
export function constantOf(node: ASTNode): Value | undefined {
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case '-_': {
      const value = constantOf(node.args);
      return typeof value === 'number' || typeof value === 'bigint' ? -value : undefined;
    }
    case 'list': {
      const items: Value[] = [];
      for (const item of node.args) {
        const value = constantOf(item);
        if (value === undefined) return undefined;
        items.push(value);
      }
      return items;
    }
    default:
      return undefined;
  }
}

function literal(value: unknown): Value | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    default:
      return undefined;
  }
}

/** CEL's ==: lists by their items, in order; a NaN is like nothing. */
export function same(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (!isList(left) || !isList(right) || left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) {
    if (!same(left[i] as Value, right[i] as Value)) return false;
  }
  return true;
}

/** CEL's `in`, over a list. */
export function among(value: Value, list: readonly Value[]): boolean {
  for (let i = 0; i < list.length; i++) {
    if (same(value, list[i] as Value)) return true;
  }
  return false;
}

/** CEL's size(): items of a list, code points of a text. */
export function sizeOf(value: string | readonly Value[]): number {
  if (isList(value)) return value.length;
  let count = 0;
  for (const _ of value) count++;
  return count;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
