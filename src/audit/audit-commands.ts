import type { Command } from 'commander';
import { addExamples } from '../node/command/command-line.ts';

/** `attune inspect` and `attune verify`: what reads a data directory that no service holds. */
export function registerAuditCommands(program: Command): void {
  const inspect = program
    .command('inspect <directory>')
    .description(
      'Show what a data directory holds, and where it is damaged (exit code 1). No service may hold it.',
    )
    .option('--json', 'Print one JSON object, with every shard.');
  addExamples(inspect, ['attune inspect .attune/data', 'attune inspect .attune/data --json']).action(
    async (directory: string, flags: { json?: boolean }) => {
      process.exitCode = await (await import('./inspect.ts')).inspect(directory, flags);
    },
  );
  const verify = program
    .command('verify <directory>')
    .description(
      'Fold the log again and compare with the snapshots; derive every decision again and compare bytes. Exit code 1 on a difference, and where something is damaged or missing.',
    )
    .option('--json', 'Print one JSON object.');
  addExamples(verify, ['attune verify .attune/data', 'attune verify .attune/data --json']).action(
    async (directory: string, flags: { json?: boolean }) =>
      (await import('./verify-command.ts')).verify(directory, flags),
  );
}
