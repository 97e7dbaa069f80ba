import { z } from 'zod';
import { FILE_SHAPES, type FileKind } from './policy-shape.ts';

/** JSON Schema (draft 2020-12) per kind of policy file, for editors: file name without folder → text with a final newline. */
export function policyJsonSchemas(): ReadonlyMap<string, string> {
  const kinds = Object.keys(FILE_SHAPES) as FileKind[];
  return new Map(
    kinds.map((kind) => {
      const { $schema, ...rest } = z.toJSONSchema(FILE_SHAPES[kind], {
        io: 'input',
        target: 'draft-2020-12',
      });
      const schema = { $schema, title: titleOf(kind), ...rest };
      return [`${kind}.json`, `${JSON.stringify(schema, undefined, 2)}\n`];
    }),
  );
}

function titleOf(kind: FileKind): string {
  return kind === 'actions' ? 'Attune policy: actions/*.yaml' : `Attune policy: ${kind}.yaml`;
}
