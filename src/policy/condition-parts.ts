/** The tests that && joins at the top of a condition, each with what it asks, so that people are told which of them is false. */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { AttributeSpec } from '../core/attribute/attribute.ts';
import type { Condition, ConditionPart, PlainPart, Relation } from '../core/policy/policy.ts';
import { chainOf, conditionClosure, valueClosure } from './condition-closure.ts';
import { attributesIn } from './condition-language.ts';
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

/** Where a part stands. */
interface Place {
  /** The text that the condition was made of. */
  readonly source: string;
  readonly attributes: readonly AttributeSpec[];
}

/** `source`: the text that `ast` was made of; `attributes`: those that the policy declares. */
export function conditionParts(
  ast: ASTNode,
  source: string,
  attributes: readonly AttributeSpec[],
): readonly ConditionPart[] {
  return chainOf(ast, '&&').map((node) => ({
    source: source.slice(node.range.start, node.range.end),
    test: conditionClosure(node, attributes) as Condition['test'],
    plain: plainOf(node, { source, attributes }),
  }));
}

/** Undefined: it is put together of more, or asks of a personal attribute, whose value is in no record of a decision. */
function plainOf(node: ASTNode, place: Place): PlainPart | undefined {
  switch (node.op) {
    case '!_': {
      const inner = plainOf(node.args, place);
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
      return asks(left, node.op, right, place) ?? asks(right, MIRRORED[node.op], left, place);
    }
    case 'in': {
      const [item, list] = node.args;
      return asks(item, 'in', list, place) ?? asks(list, 'in', item, place);
    }
    // A truth by itself.
    case 'id':
    case 'call':
    case '.':
      return isNamed(node, place) ? { ...named(node, place), relation: '==', against: true } : undefined;
    default:
      return undefined;
  }
}

function asks(node: ASTNode, relation: Relation, other: ASTNode, place: Place): PlainPart | undefined {
  const against = constantOf(other);
  if (!isNamed(node, place) || against === undefined || !isShown(against)) return undefined;
  return { ...named(node, place), relation, against };
}

function isNamed(node: ASTNode, { attributes }: Place): boolean {
  if (node.op !== 'id' && node.op !== 'call' && node.op !== '.') return false;
  return attributesIn(node).every((asked) => !attributes.find(({ name }) => name === asked)?.isPersonal);
}

function named(node: ASTNode, { source, attributes }: Place): Pick<PlainPart, 'name' | 'read'> {
  const { start, end } = node.range;
  return { name: source.slice(start, end), read: valueClosure(node, attributes) as PlainPart['read'] };
}

function isShown(value: Value): value is PlainPart['against'] {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
  return typeof value !== 'bigint';
}
