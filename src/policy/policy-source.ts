import { suggestName } from '../base/nearest-name.ts';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';
import { POLICY_LIMITS } from '../core/policy/policy-limits.ts';
import { FILE_SHAPES, type FileKind, REQUIRED_FILES } from './policy-shape.ts';
import { shapeFaults, valueAt } from './shape-faults.ts';
import { type YamlPath, YamlSource } from './yaml-source.ts';

/** One declared thing and where it is declared. */
export interface SourceEntry {
  readonly id: string;
  readonly source: YamlSource;
  readonly path: YamlPath;
  /** Raw and unchecked: what the file says. */
  readonly raw: unknown;
}

/** A policy's files, read as YAML and sorted by what they hold; shapes are checked, references not yet. */
export interface PolicySource {
  readonly byKind: ReadonlyMap<FileKind, readonly YamlSource[]>;
  readonly faults: readonly PolicyFault[];
  /** Kinds with a file that could not be read: what it declares is unknown, so no name may be called undeclared. */
  readonly unreadable: ReadonlySet<FileKind>;
  /** Everything declared under one top key of one kind of file, faulty entries too, in the order of the files. */
  entries(kind: FileKind, key: string): readonly SourceEntry[];
}

/** Reads all files; faults of form, of shape, of unknown and missing files. */
export function readPolicySource(files: PolicyFiles): PolicySource {
  const faults: PolicyFault[] = [];
  const byKind = new Map<FileKind, YamlSource[]>();
  const unreadable = new Set<FileKind>();
  const refuse = (file: string, message: string): void => {
    faults.push({ file, line: 1, column: 1, path: '', message });
  };
  const characters = [...files.values()].reduce((sum, text) => sum + text.length, 0);
  if (files.size > POLICY_LIMITS.files || characters > POLICY_LIMITS.characters) {
    refuse(
      'policy.yaml',
      `the policy has ${files.size} files with ${characters} characters; the limits are ${POLICY_LIMITS.files} and ${POLICY_LIMITS.characters}`,
    );
    return { byKind, faults, unreadable: new Set(), entries: () => [] };
  }
  for (const name of [...files.keys()].sort()) {
    const kind = fileKind(name);
    if (kind === undefined) {
      refuse(name, `${showValue(name)} is not a file of a policy${suggestName(name, knownFiles)}`);
      continue;
    }
    const source = new YamlSource(name, files.get(name) ?? '');
    faults.push(...source.faults);
    if (source.data !== undefined) faults.push(...shapeFaults(source, FILE_SHAPES[kind]));
    else unreadable.add(kind);
    byKind.set(kind, [...(byKind.get(kind) ?? []), source]);
  }
  for (const kind of REQUIRED_FILES) {
    if (!byKind.has(kind)) refuse(`${kind}.yaml`, `the file ${kind}.yaml is missing; every policy needs it`);
  }
  if (!byKind.has('actions'))
    refuse('actions', 'there is no file in actions/; a policy needs at least one action');
  return {
    byKind,
    faults,
    unreadable,
    entries: (kind, key) => (byKind.get(kind) ?? []).flatMap((source) => entriesOf(source, key)),
  };
}

const knownFiles = [
  ...(Object.keys(FILE_SHAPES) as FileKind[])
    .filter((kind) => kind !== 'actions')
    .map((kind) => `${kind}.yaml`),
  'actions/*.yaml',
];

function fileKind(name: string): FileKind | undefined {
  if (/^actions\/[^/]+\.yaml$/.test(name)) return 'actions';
  const kind = name.replace(/\.yaml$/, '');
  return name.endsWith('.yaml') && kind !== 'actions' && Object.hasOwn(FILE_SHAPES, kind)
    ? (kind as FileKind)
    : undefined;
}

function entriesOf(source: YamlSource, key: string): SourceEntry[] {
  const section = valueAt(source.data, [key]);
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return [];
  return Object.entries(section).map(([id, raw]) => ({ id, source, path: [key, id], raw }));
}
