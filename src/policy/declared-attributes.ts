import type { AttributeSpec } from '../core/attribute/attribute.ts';
import { wordKey } from '../core/event/word-key.ts';
import type { PolicyFault } from '../core/policy/policy-fault.ts';
import { POLICY_LIMITS as LIMITS } from '../core/policy/policy-limits.ts';
import { attributeSpecs, attributesShape } from './attribute-shape.ts';
import type { PolicySource } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';

/** The attributes that a policy declares; undefined where that cannot be read, so that no name can be called undeclared. */
export function declaredAttributes(source: PolicySource): readonly AttributeSpec[] | undefined {
  const file = source.byKind.get('policy')?.[0];
  if (file === undefined || source.unreadable.has('policy')) return undefined;
  const said = valueAt(file.data, ['attributes']);
  if (said === undefined) return [];
  const read = attributesShape.safeParse(said);
  return read.success ? attributeSpecs(read.data) : undefined;
}

/** Too many of them, two that no sender could tell apart, and a bound on what has no length. */
export function attributeFaults(source: PolicySource): PolicyFault[] {
  const file = source.byKind.get('policy')?.[0];
  const entries = source.entries('policy', 'attributes');
  if (file === undefined || entries.length === 0) return [];
  const faults: PolicyFault[] = [];
  if (entries.length > LIMITS.attributes)
    faults.push(
      file.faultAtKey(
        ['attributes'],
        `attributes has ${entries.length} entries; the limit is ${LIMITS.attributes}`,
      ),
    );
  const names = new Map<string, string>();
  for (const { id, path, raw } of entries) {
    const key = wordKey(id);
    const first = names.get(key);
    if (first === undefined) names.set(key, id);
    else
      faults.push(
        file.faultAtKey(
          path,
          `${path.join('.')} is the same name as attributes.${first}: capitals, spaces and _ do not count in what a shop sends`,
        ),
      );
    const type = valueAt(raw, ['type']);
    if (valueAt(raw, ['max_length']) !== undefined && typeof type === 'string' && !type.startsWith('text'))
      faults.push(
        file.faultAtKey(
          [...path, 'max_length'],
          `${path.join('.')}.max_length has a meaning only for text and texts`,
        ),
      );
  }
  return faults;
}
