import { CommandError, EXIT, readSettings } from '../node/command/command-line.ts';
import { commit, machine } from '../node/command/machine.ts';
import { startProgress } from '../node/command/progress.ts';
import { DEPLOYMENT_OPTIONS, settingsToRead } from '../node/deployment-options.ts';
import { verifyDeployment, verifyDirectory } from './verify.ts';

/** `attune verify`: what was verified, and every difference; exit code 1 when there is one. Throws CommandError and PortError. */
export async function verify(
  directory: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const settings = readSettings(DEPLOYMENT_OPTIONS, flags);
  if (directory === undefined && settings.store !== 'cluster')
    throw new CommandError('name a data directory, or a deployment with --store cluster', EXIT.usage);
  if (directory !== undefined && flags['store'] === 'cluster')
    throw new CommandError(
      `--store cluster names a deployment, and ${directory} a directory: verify one of them`,
      EXIT.usage,
    );
  const progress = startProgress('verifying shards');
  const update = (done: number, of: number): void => progress.update(done, of);
  const verified =
    directory === undefined
      ? await verifyDeployment(settingsToRead(settings), update)
      : await verifyDirectory(directory, update);
  progress.end();
  const {
    facts,
    decisions,
    outcomes,
    handOvers,
    customers,
    snapshots,
    imageRows,
    rescored,
    different,
    incomplete,
    skipped,
    future,
    differences,
    findings,
  } = verified;
  if (flags['json'] === true) {
    process.stdout.write(`${JSON.stringify({ ...verified, machine: machine(), commit: commit() })}\n`);
  } else {
    const lines = [
      `${directory ?? settings.deployment}: ${facts} facts of ${customers} customers folded again, ${snapshots} snapshots and ${imageRows} profiles of images compared, ${decisions} decisions, ${outcomes} outcomes and ${handOvers} late contents derived again, ${rescored} scored again`,
      ...(incomplete > 0
        ? [`of ${incomplete} customers the first facts are no longer kept: nothing is said of them`]
        : []),
      ...(skipped > 0
        ? [`${skipped} decisions were skipped: they rest on core revisions that this version does not carry`]
        : []),
      ...(future === '' ? [] : [future]),
      different === 0 ? 'nothing differs' : `${different} differ:`,
      ...differences.map((sentence) => `  ${sentence}`),
      ...(findings.length > 0 ? [`${findings.length} places are damaged or missing:`] : []),
      ...findings.map((sentence) => `  ${sentence}`),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  if (different > 0 || findings.length > 0) process.exitCode = EXIT.found;
}
