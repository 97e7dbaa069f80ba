/** The tests that && joins at the top of a condition, each with what it asks, so that people are told which of them is false. */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Condition, ConditionPart, PlainPart, Relation } from '../core/policy/policy.ts';
import { chainOf, conditionClosure, valueClosure } from './condition-closure.ts';
import { constantOf, type Value } from './condition-value.ts';

const MIRRORED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' } as const;
const DENIED: Readonly<Partial<Record<Relation, Relation>>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  in: 'not in',
  'not in': 'in',
};

/** `source`: the text that `ast` was made of. */
export function conditionParts(ast: ASTNode, source: string): readonly ConditionPart[] {
  return chainOf(ast, '&&').map((node) => ({
    source: source.slice(node.range.start, node.range.end),
    test: conditionClosure(node) as Condition['test'],
    plain: plainOf(node, source),
  }));
}

/** Undefined: it is put together of more. */
function plainOf(node: ASTNode, source: string): PlainPart | undefined {
  switch (node.op) {
    case '!_': {
      const inner = plainOf(node.args, source);
      const relation = inner && DENIED[inner.relation];
      return inner === undefined || relation === undefined ? undefined : { ...inner, relation };
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=': {
      const [left, right] = node.args;
      return asks(left, node.op, right, source) ?? asks(right, MIRRORED[node.op], left, source);
    }
    case 'in': {
      const [item, list] = node.args;
      return asks(item, 'in', list, source) ?? asks(list, 'in', item, source);
    }
    // A truth by itself.
    case 'id':
    case 'call':
      return isNamed(node) ? { ...named(node, source), relation: '==', against: true } : undefined;
    default:
      return undefined;
  }
}

function asks(node: ASTNode, relation: Relation, other: ASTNode, source: string): PlainPart | undefined {
  const against = constantOf(other);
  if (!isNamed(node) || against === undefined || !isShown(against)) return undefined;
  return { ...named(node, source), relation, against };
}

function isNamed({ op }: ASTNode): boolean {
  return op === 'id' || op === 'call';
}

function named(node: ASTNode, source: string): Pick<PlainPart, 'name' | 'read'> {
  const { start, end } = node.range;
  return { name: source.slice(start, end), read: valueClosure(node) as PlainPart['read'] };
}

function isShown(value: Value): value is PlainPart['against'] {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
  return typeof value !== 'bigint';
}
