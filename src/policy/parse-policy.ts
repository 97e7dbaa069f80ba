import type { Policy } from '../core/policy/policy.ts';
import { encodePolicyFiles, type PolicyFiles } from '../core/policy/policy-bytes.ts';
import { type PolicyFault, sortFaults } from '../core/policy/policy-fault.ts';
import { buildPolicy } from './build-policy.ts';
import { ConditionTable } from './compile-condition.ts';
import { declaredAttributes } from './declared-attributes.ts';
import { referenceFaults } from './policy-references.ts';
import { type PolicySource, readPolicySource, type SourceEntry } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';
import type { YamlPath } from './yaml-source.ts';

/** What parsing needs of the world. */
export interface PolicyContext {
  /** The sha256 of bytes in lower-case hexadecimal; given the policy's canonical bytes. */
  readonly sha256: (bytes: Uint8Array) => string;
  /** Whether an IANA time zone exists. */
  readonly zoneExists: (zone: string) => boolean;
  readonly localeExists: (locale: string) => boolean;
}

/** A policy without a fault, and the files that say it. */
export interface SoundPolicy {
  readonly policy: Policy;
  readonly source: PolicySource;
}

export type ParsedPolicy =
  | ({ readonly ok: true } & SoundPolicy)
  | { readonly ok: false; readonly faults: readonly PolicyFault[] };

/**
 * The policy in `files` (name relative to the policy's directory → text), or every fault in them at once. Any input gives
 * an answer; nothing is thrown.
 */
export function parsePolicy(files: PolicyFiles, context: PolicyContext): ParsedPolicy {
  const source = readPolicySource(files);
  const attributes = declaredAttributes(source);
  const conditions = new ConditionTable(attributes);
  const faults = [
    ...source.faults,
    ...referenceFaults(source, context.zoneExists, context.localeExists),
    ...conditionFaults(source, conditions, attributes !== undefined),
  ];
  if (faults.length > 0) return { ok: false, faults: sortFaults(faults) };
  return {
    ok: true,
    policy: buildPolicy(source, conditions, context.sha256(encodePolicyFiles(files)), (text) =>
      context.sha256(new TextEncoder().encode(text)),
    ),
    source,
  };
}

function conditionFaults(
  source: PolicySource,
  table: ConditionTable,
  knowsAttributes: boolean,
): PolicyFault[] {
  return source.entries('actions', 'actions').flatMap((entry) => {
    const variants = valueAt(entry.raw, ['variants']);
    const ids = typeof variants === 'object' && variants !== null ? Object.keys(variants) : [];
    return [['when'], ...ids.map((id) => ['variants', id, 'when'])].flatMap((field) =>
      oneCondition(entry, field, table, knowsAttributes),
    );
  });
}

function oneCondition(
  entry: SourceEntry,
  field: YamlPath,
  table: ConditionTable,
  knowsAttributes: boolean,
): PolicyFault[] {
  const text = valueAt(entry.raw, field);
  if (typeof text !== 'string') return [];
  // What is faulty where they are declared is told there.
  if (!knowsAttributes && text.includes('attributes.')) return [];
  const found = table.intern(text);
  if ('test' in found) return [];
  const path = [...entry.path, ...field];
  return found.map(({ offset, message }) =>
    entry.source.faultInside(path, offset, `${path.join('.')} ${message}`),
  );
}
