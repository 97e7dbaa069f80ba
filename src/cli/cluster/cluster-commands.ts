import type { Command } from 'commander';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions } from '../../node/command/command-line.ts';

/** `attune cluster status`. */
export function registerClusterCommands(program: Command): void {
  const cluster = program.command('cluster').description('The nodes that share the shards of a deployment.');
  const status = cluster
    .command('status')
    .description(
      'Show which node serves how many shards, which are recovering, and which nobody serves: exit code 1 then. Any node can be asked.',
    )
    .option('--json', 'Print one JSON object.');
  addOptions(status, CLIENT_OPTIONS);
  addExamples(status, [
    'attune cluster status',
    'attune cluster status --address 127.0.0.1:7421 --json',
  ]).action(async (flags) => (await import('./cluster-status.ts')).clusterStatus(flags));
}
