import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { PolicyFiles } from '../../core/policy/policy-bytes.ts';

export type PolicyChanges = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The policy's files with some keys changed: mappings are merged, null removes, everything else replaces. */
export function changedPolicy(files: PolicyFiles, changes: PolicyChanges): Map<string, string> {
  const changed = new Map(files);
  for (const [file, keys] of Object.entries(changes)) {
    const before: unknown = parse(files.get(file) ?? '{}');
    changed.set(file, stringify(merged(before, keys)));
  }
  return changed;
}

function merged(before: unknown, change: unknown): unknown {
  if (!isMapping(change)) return change;
  const result: Record<string, unknown> = isMapping(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Writes a policy's files into a directory. */
export function writePolicy(directory: string, files: PolicyFiles): void {
  for (const [name, text] of files) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
