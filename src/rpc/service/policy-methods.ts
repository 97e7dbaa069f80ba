import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { LIMITS } from '../../config/limits.ts';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import { type PolicyWarning, renderWarning } from '../../core/policy/policy-warning.ts';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import type { Policies, PolicyApplied, PolicyConflict } from '../../port/policies.ts';
import { type Failure, failure } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { bytesOfFiles, policyFilesOf } from './policy-files.ts';
import { unheldFailure } from './unheld.ts';

/** The files of a policy with their names and gRPC's own bytes around them. */
const POLICY_MESSAGE_BYTES_MAX = LIMITS.policyBytesMax + 256 * 1024;

/** AdminService.CheckPolicy, ApplyPolicy, RollbackPolicy and GetPolicy. */
export function policyRoutes(context: ServiceContext): readonly Route[] {
  const { policies } = context;
  const { checkPolicy, applyPolicy, rollbackPolicy, getPolicy } = AdminService.method;
  return [
    unaryMethod(
      context,
      checkPolicy,
      (request) => {
        const given = policyFilesOf(request.files);
        if ('faults' in given) return { faults: listedFaults(given.faults) };
        const { version, faults, warnings } = policies.check(given.files);
        return { version, faults: listedFaults(faults), warnings: listedWarnings(warnings) };
      },
      { messageBytesMax: POLICY_MESSAGE_BYTES_MAX },
    ),
    unaryMethod(
      context,
      applyPolicy,
      async (request) => {
        const inForce = policies.current?.version ?? '';
        const given = policyFilesOf(request.files);
        if ('faults' in given) return refusedPolicy(given.faults, inForce);
        const outcome = await policies.apply(given.files, request.expectedVersion || undefined);
        if (outcome.kind === 'faulty') return refusedPolicy(outcome.faults, inForce);
        if (outcome.kind === 'conflict') return conflict(outcome);
        if (outcome.kind === 'unheld') return unheldFailure(`Policy ${outcome.version}`, outcome.nodes);
        const { version, previous, warnings } = outcome;
        if (version !== previous) tellApplied(context, outcome);
        return {
          applied: true,
          version,
          previousVersion: previous,
          note: watchNote(policies, version),
          warnings: listedWarnings(warnings),
        };
      },
      { messageBytesMax: POLICY_MESSAGE_BYTES_MAX },
    ),
    unaryMethod(context, rollbackPolicy, async (request) => {
      const outcome = await policies.rollback(request.version || undefined);
      if (outcome.kind === 'conflict') return conflict(outcome);
      if (outcome.kind === 'unknown') return unknownVersion(request.version, 'There is no policy before it.');
      if (outcome.kind === 'unheld') return unheldFailure(`Policy ${outcome.version}`, outcome.nodes);
      const { version, previous } = outcome;
      if (version !== previous) tellApplied(context, { ...outcome, warnings: [] });
      return { version, previousVersion: previous, note: watchNote(policies, version) };
    }),
    unaryMethod(context, getPolicy, async (request) => {
      const edition = await policies.get(request.version || undefined);
      if (edition === undefined) return unknownVersion(request.version, 'No policy was applied yet.');
      const { files, appliedAt, name, version, sha256, inForce } = edition;
      return {
        name,
        version,
        sha256,
        inForce,
        files: bytesOfFiles(files),
        appliedAt: timestampFromMs(appliedAt),
      };
    }),
  ];
}

/** A line in the service's log, and one for each warning. */
function tellApplied(
  { observer, policies }: ServiceContext,
  { version, previous, warnings }: PolicyApplied,
): void {
  const sha256 = policies.current?.version === version ? `; sha256 ${policies.current.sha256}` : '';
  observer.info(`policy ${version} is in force (before: ${previous || 'none'}), applied by a call${sha256}`);
  for (const warning of warnings.slice(0, LIMITS.policyFaultsMax)) observer.info(renderWarning(warning));
}

/** Who wins where a folder is watched that holds another policy. */
function watchNote({ watched }: Policies, version: string): string {
  if (watched === undefined || watched.version === version) return '';
  return `The files in ${watched.directory} (${watched.version}) differ from the policy in force (${version}): the service watches them, and their next change takes the place of this policy. Save the policy there too, or serve with --no-policy-watch.`;
}

function refusedPolicy(faults: readonly PolicyFault[], inForce: string) {
  return { applied: false, faults: listedFaults(faults), version: inForce, previousVersion: inForce };
}

/** The first faults; one more entry says how many are not listed. */
function listedFaults(faults: readonly PolicyFault[]) {
  const shown = faults.slice(0, LIMITS.policyFaultsMax).map(faultMessage);
  const unlistedCount = faults.length - shown.length;
  if (unlistedCount === 0) return shown;
  return [
    ...shown,
    { file: '', line: 0, column: 0, path: '', message: `${unlistedCount} more faults are not listed` },
  ];
}

/** The first warnings: more than that nobody reads. */
function listedWarnings(warnings: readonly PolicyWarning[]) {
  return warnings
    .slice(0, LIMITS.policyFaultsMax)
    .map(({ id, ...place }) => ({ id, ...faultMessage(place) }));
}

function faultMessage({ file, line, column, path, message }: PolicyFault) {
  return { file, line, column, path, message };
}

function conflict({ inForce }: PolicyConflict): Failure {
  const now = inForce === '' ? 'no policy is in force' : `${inForce} is in force`;
  return failure('aborted', `Another policy was expected: ${now}. Nothing changed.`);
}

/** Why there is no policy of this version; `without`: the sentence when no version was named. */
function unknownVersion(version: string, without: string): Failure {
  return version === ''
    ? failure('precondition', without)
    : failure('not_found', `No policy of version "${version}" is kept.`);
}
