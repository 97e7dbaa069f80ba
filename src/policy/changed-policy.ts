import { type Document, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';

/** File → keys of it and what becomes of them. */
export type PolicyChanges = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The policy's files with some keys changed: mappings are merged, null removes, everything else replaces. Comments stay; a
 * file that is not there begins empty.
 */
export function changedPolicy(files: PolicyFiles, changes: PolicyChanges): Map<string, string> {
  const changed = new Map(files);
  for (const [file, keys] of Object.entries(changes)) {
    const document: Document = parseDocument(files.get(file) ?? '');
    if (!isMap(document.contents)) document.contents = document.createNode({});
    merge(document, document.contents as YAMLMap, keys);
    changed.set(file, document.toString());
  }
  return changed;
}

function merge(document: Document, into: YAMLMap, keys: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(keys)) {
    const before: unknown = into.get(key, true);
    if (value === null) into.delete(key);
    else if (isMapping(value) && isMap(before)) merge(document, before, value);
    else if (isScalar(before) && typeof value !== 'object') before.value = value;
    else into.set(key, document.createNode(isMapping(value) ? withoutNulls(value) : value));
  }
}

/** A new mapping has nothing that could be removed. */
function withoutNulls(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, isMapping(inner) ? withoutNulls(inner) : inner]),
  );
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
