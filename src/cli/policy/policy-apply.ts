import { join } from 'node:path';
import { renderWarning } from '../../core/policy/policy-warning.ts';
import type { ApplyPolicyReply } from '../../gen/attune/v1/admin_pb.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { PolicyDirectoryError, readPolicyDirectory } from '../../policy/policy-directory.ts';
import { callService, type Flags } from '../call/call-service.ts';

/** `attune policy apply DIR`: puts a directory's policy in force in a running service. Throws CommandError. */
export async function policyApply(directory: string, flags: Flags): Promise<void> {
  const files = readFiles(directory);
  const expected = typeof flags['expected'] === 'string' ? flags['expected'] : '';
  const reply = await callService(flags, (client) => client.admin.applyPolicy(files, expected));
  if (flags['json'] === true) {
    const { applied, version, previousVersion, faults, warnings, note } = reply;
    const plain = faults.map(({ file, line, column, path, message }) => ({
      file,
      line,
      column,
      path,
      message,
    }));
    const told = warnings.map(({ id, file, line, column, path, message }) => ({
      id,
      file,
      line,
      column,
      path,
      message,
    }));
    const answer = {
      applied,
      version,
      previous_version: previousVersion,
      faults: plain,
      warnings: told,
      note,
    };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  if (!reply.applied) throw new CommandError(refusalText(directory, reply), EXIT.found);
  if (flags['json'] !== true) {
    for (const warning of reply.warnings) {
      const line = renderWarning({ ...warning, file: join(directory, warning.file) });
      process.stderr.write(`${line}\n`);
    }
    process.stdout.write(`${takenText(reply)}\n`);
  }
  if (reply.note !== '') process.stderr.write(`${reply.note}\n`);
}

function readFiles(directory: string): Record<string, string> {
  try {
    return Object.fromEntries(readPolicyDirectory(directory));
  } catch (error) {
    if (error instanceof PolicyDirectoryError) throw new CommandError(error.message, EXIT.usage);
    throw error;
  }
}

function takenText({ version, previousVersion }: ApplyPolicyReply): string {
  if (version === previousVersion) return `${version} is in force already; nothing changed`;
  return `${version} is in force (before: ${previousVersion || 'none'})`;
}

function refusalText(directory: string, { faults, version }: ApplyPolicyReply): string {
  const lines = faults.map(
    ({ file, line, column, message }) => `${directory}/${file}:${line}:${column}: ${message}`,
  );
  return [
    ...lines,
    `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}; ${version || 'no policy'} stays in force`,
  ].join('\n');
}
