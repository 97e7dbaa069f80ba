import type { ASTNode } from '@marcbachmann/cel-js';
import { assume } from './assume.ts';
import { type TraitLaw, underLaws } from './trait-laws.ts';
import { ANYBODY, type World } from './world.ts';

/** A condition that must be true, as written and as parsed. */
export interface Clause {
  readonly text: string;
  readonly ast: ASTNode;
}

/** Whether no customer can be found of whom all of them are true: sound, so a yes is certain, and a no is not. */
export function neverHold(
  clauses: readonly ASTNode[],
  laws: readonly TraitLaw[],
  world: World = ANYBODY,
): boolean {
  let worlds: readonly World[] = [world];
  for (const clause of clauses) worlds = assume(clause, true, worlds);
  return worlds.every((one) => underLaws(one, laws) === undefined);
}

/** The fewest clauses, in order, that exclude each other in that world; undefined: all of them together are possible. */
export function conflictOf(
  clauses: readonly Clause[],
  laws: readonly TraitLaw[],
  world: World = ANYBODY,
): readonly Clause[] | undefined {
  const excludes = (some: readonly Clause[]): boolean =>
    neverHold(
      some.map(({ ast }) => ast),
      laws,
      world,
    );
  if (!excludes(clauses)) return undefined;
  for (const clause of clauses) if (excludes([clause])) return [clause];
  for (const [at, first] of clauses.entries()) {
    for (const second of clauses.slice(at + 1)) if (excludes([first, second])) return [first, second];
  }
  return clauses;
}

/** The parts of `a && (b && c)` with their texts in `source`. */
export function clausesOf(ast: ASTNode, source: string): readonly Clause[] {
  if (ast.op === '&&') return ast.args.flatMap((part) => clausesOf(part, source));
  return [{ text: textOf(ast, source), ast }];
}

/** The library's ranges leave out brackets at the ends. */
function textOf({ range }: ASTNode, source: string): string {
  let { end } = range;
  const open = (): number =>
    [...source.slice(range.start, end)].reduce((sum, c) => sum + (c === '(' ? 1 : c === ')' ? -1 : 0), 0);
  while (end < source.length && open() > 0) end++;
  return source.slice(range.start, end);
}
