import { isMap, parseDocument } from 'yaml';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';

/** The policy's files, in which no action has a `cap` of its own; the guardrails' caps stay. What is no policy stays as it is. */
export function withoutActionCaps(files: PolicyFiles): Map<string, string> {
  const changed = new Map(files);
  for (const [file, text] of files) {
    const document = parseDocument(text);
    const actions: unknown = document.get('actions');
    if (!isMap(actions)) continue;
    for (const { value } of actions.items) if (isMap(value)) value.delete('cap');
    changed.set(file, document.toString());
  }
  return changed;
}
