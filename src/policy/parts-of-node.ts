import type { ASTNode } from '@marcbachmann/cel-js';

/** The parts that a part of a condition is directly made of, in order; none of a name or a literal. */
export function partsOfNode({ args }: ASTNode): readonly ASTNode[] {
  return Array.isArray(args) ? (args as unknown[]).flat().filter(isNode) : isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value;
}
