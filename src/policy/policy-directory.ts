import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { PolicyFiles } from '../core/policy/policy-bytes.ts';
import { POLICY_LIMITS } from '../core/policy/policy-limits.ts';
import { type ParsedPolicy, parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';

/** A directory that cannot be read as a policy at all; the message is a sentence for its user. */
export class PolicyDirectoryError extends Error {
  override readonly name = 'PolicyDirectoryError';
}

/** UTF-8 needs at most three bytes for what counts as one character. */
const BYTES_MAX = POLICY_LIMITS.characters * 3;

/**
 * The YAML files of a policy's directory, by their names relative to it with forward slashes. Hidden files and files of
 * other kinds are left out. Throws `PolicyDirectoryError` when the directory is missing, is none, holds no YAML, or holds
 * more than a policy may.
 */
export function readPolicyDirectory(directory: string): PolicyFiles {
  if (!isDirectory(directory)) throw new PolicyDirectoryError(`${directory} is not a directory.`);
  const names = ['', 'actions']
    .filter((folder) => isDirectory(join(directory, folder)))
    .flatMap((folder) =>
      readdirSync(join(directory, folder), { withFileTypes: true })
        .filter((entry) => !entry.isDirectory() && /^[^.].*\.ya?ml$/.test(entry.name))
        .map((entry) => join(directory, folder, entry.name)),
    );
  if (names.length === 0) throw new PolicyDirectoryError(`${directory} holds no YAML file.`);
  if (names.length > POLICY_LIMITS.files) {
    throw new PolicyDirectoryError(
      `${directory} holds ${names.length} YAML files; the limit is ${POLICY_LIMITS.files}.`,
    );
  }
  const bytes = names.reduce((sum, name) => sum + statSync(name).size, 0);
  if (bytes > BYTES_MAX)
    throw new PolicyDirectoryError(`${directory} holds ${bytes} bytes of YAML; the limit is ${BYTES_MAX}.`);
  return new Map(
    names.map((name) => [relative(directory, name).split(sep).join('/'), readFileSync(name, 'utf8')]),
  );
}

/** The policy in a directory, or all its faults. Throws as `readPolicyDirectory` does. */
export function parsePolicyDirectory(directory: string): ParsedPolicy {
  return parsePolicy(readPolicyDirectory(directory), policyContext);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
