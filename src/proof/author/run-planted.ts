/** Policies with one planted fault each, as authors make them: `planted/<lint>.yaml`, changes of the starter policy. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { KnownGoods } from '../../core/catalog/known-goods.ts';
import { renderFault } from '../../core/policy/policy-fault.ts';
import { renderWarning } from '../../core/policy/policy-warning.ts';
import { changedPolicy, type PolicyChanges } from '../../policy/changed-policy.ts';
import { policyWarnings } from '../../policy/lint/policy-warnings.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { policyContext } from '../../policy/policy-context.ts';
import { readPolicyDirectory } from '../../policy/policy-directory.ts';
import { REPOSITORY } from './scratch-root.ts';

const PLANTED = 'src/proof/author/planted';

interface Planted {
  /** File → keys of it, as `policy_changes` of a scenario; null: the file goes. */
  readonly changes: Readonly<Record<string, PolicyChanges[string] | null>>;
  /** The path at which its lint must warn. */
  readonly at: string;
  /** Categories of the catalogue; absent: there is none. */
  readonly catalog?: readonly string[];
}

export interface LintReport {
  readonly name: string;
  readonly planted: number;
  readonly found: number;
}

/** Every lint with how many of its planted faults it finds; a sentence for each that it does not, and for what is warned of besides. */
export function runPlanted(): { lints: LintReport[]; sentences: string[] } {
  const lints: LintReport[] = [];
  const sentences: string[] = [];
  for (const file of readdirSync(join(REPOSITORY, PLANTED)).sort()) {
    const name = basename(file, '.yaml');
    const planted = parse(readFileSync(join(REPOSITORY, PLANTED, file), 'utf8')) as readonly Planted[];
    let found = 0;
    for (const one of planted) {
      const said = sentencesOf(name, one);
      if (said.length === 0) found++;
      sentences.push(...said.map((sentence) => `${PLANTED}/${file}: ${one.at}: ${sentence}`));
    }
    lints.push({ name, planted: planted.length, found });
  }
  return { lints, sentences };
}

function sentencesOf(name: string, { changes, at, catalog }: Planted): string[] {
  const starter = new Map(readPolicyDirectory(join(REPOSITORY, 'policies/starter')));
  const kept: Record<string, PolicyChanges[string]> = {};
  for (const [file, keys] of Object.entries(changes)) {
    if (keys === null) starter.delete(file);
    else kept[file] = keys;
  }
  const parsed = parsePolicy(changedPolicy(starter, kept), policyContext);
  if (!parsed.ok) return parsed.faults.map(renderFault);
  const warnings = policyWarnings(parsed, catalog === undefined ? undefined : shop(catalog));
  const others = warnings.filter(({ id }) => id !== name);
  return [
    ...(warnings.some(({ id, path }) => id === name && path === at) ? [] : ['is not found']),
    ...others.map((warning) => `warns besides: ${renderWarning(warning)}`),
  ];
}

/** One product a category. */
function shop(categories: readonly string[]): KnownGoods {
  const ids = new Set(categories.map((category) => `${category}-1`));
  return { size: ids.size, categories: new Set(categories), has: (id) => ids.has(id) };
}
