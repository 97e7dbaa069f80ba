import { EXIT } from '../node/command/command-line.ts';
import { commit, machine } from '../node/command/machine.ts';
import { startProgress } from '../node/command/progress.ts';
import { verifyDirectory } from './verify.ts';

/** `attune verify DIR`: what was verified, and every difference; exit code 1 when there is one. */
export async function verify(directory: string, flags: { readonly json?: boolean }): Promise<void> {
  const progress = startProgress('verifying shards');
  const verified = await verifyDirectory(directory, (done, of) => progress.update(done, of));
  progress.end();
  const {
    facts,
    decisions,
    outcomes,
    handOvers,
    customers,
    snapshots,
    rescored,
    different,
    incomplete,
    skipped,
    future,
    differences,
    findings,
  } = verified;
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ ...verified, machine: machine(), commit: commit() })}\n`);
  } else {
    const lines = [
      `${directory}: ${facts} facts of ${customers} customers folded again, ${snapshots} snapshots compared, ${decisions} decisions, ${outcomes} outcomes and ${handOvers} late contents derived again, ${rescored} scored again`,
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
