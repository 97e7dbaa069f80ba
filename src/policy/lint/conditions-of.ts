import type { ASTNode } from '@marcbachmann/cel-js';
import { conditionEnvironment } from '../condition-environment.ts';
import type { SourceEntry } from '../policy-source.ts';
import { valueAt } from '../shape-faults.ts';
import type { YamlPath } from '../yaml-source.ts';

/** A condition as it stands in a file. */
export interface WrittenCondition {
  /** From the file's top. */
  readonly path: YamlPath;
  readonly text: string;
  readonly ast: ASTNode;
}

/** That of an action itself, and those of its variants. The action has no fault. */
export function conditionsOf(entry: SourceEntry): {
  readonly own: WrittenCondition | undefined;
  readonly ofVariants: readonly WrittenCondition[];
} {
  const variants = valueAt(entry.raw, ['variants']);
  const ids = typeof variants === 'object' && variants !== null ? Object.keys(variants) : [];
  return {
    own: written(entry, ['when']),
    ofVariants: ids.flatMap((id) => written(entry, ['variants', id, 'when']) ?? []),
  };
}

function written(entry: SourceEntry, field: YamlPath): WrittenCondition | undefined {
  const text = valueAt(entry.raw, field);
  if (typeof text !== 'string') return undefined;
  return { path: [...entry.path, ...field], text, ast: conditionEnvironment.parse(text).ast };
}
