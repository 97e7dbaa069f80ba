/** Every leaf of the policy schema, found by walking its shapes: nobody lists them. */
import type { z } from 'zod';

export interface Leaf {
  /** Keys joined by dots, from the kind of file on; `*` stands for any name, `0` for any place in a list. */
  readonly path: string;
  /** The words that it may be (or hold, where it is a list of them); none where it is free. */
  readonly words: readonly string[];
}

/** The leaves of every kind of file. Throws on a kind of shape that it does not know, so that none is passed over. */
export function leavesOf(shapes: Readonly<Record<string, z.ZodType>>): Leaf[] {
  const leaves = Object.entries(shapes).flatMap(([kind, shape]) => walk(shape, kind));
  const byPath = new Map(leaves.map((leaf) => [leaf.path, leaf]));
  return [...byPath.values()];
}

/** The part of zod's definition of a shape that the walk reads. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly entries?: Readonly<Record<string, string>>;
}

function walk(shape: z.ZodType, path: string): Leaf[] {
  const definition = shape.def as Definition;
  const {
    type,
    shape: keys = {},
    valueType,
    innerType,
    element,
    in: before,
    options = [],
    entries,
  } = definition;
  switch (type) {
    case 'object':
      return Object.entries(keys).flatMap(([key, inner]) => walk(inner, `${path}.${key}`));
    case 'record':
      return walk(known(valueType, path), `${path}.*`);
    case 'array': {
      // A list of texts or words is one leaf, a list of mappings has their leaves.
      const inner = walk(known(element, path), `${path}.0`);
      return inner.map((leaf) => (leaf.path === `${path}.0` ? { ...leaf, path } : leaf));
    }
    case 'optional':
    case 'prefault':
      return walk(known(innerType, path), path);
    case 'pipe':
      return walk(known(before, path), path);
    case 'union':
      return options.flatMap((option) => walk(option, path));
    case 'enum':
      return [{ path, words: Object.values(entries ?? {}) }];
    case 'string':
    case 'number':
    case 'boolean':
      return [{ path, words: [] }];
    default:
      throw new Error(`${path} is a ${type}, which the walk does not know`);
  }
}

function known(inner: z.ZodType | undefined, path: string): z.ZodType {
  if (inner === undefined) throw new Error(`${path} has no inner shape where one was expected`);
  return inner;
}
