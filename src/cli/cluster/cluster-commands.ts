import type { Command } from 'commander';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions } from '../../node/command/command-line.ts';

/** `attune cluster status`, `drain` and `finalise`. */
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
  const drain = cluster
    .command('drain <node>')
    .description(
      'Tell a node, by the address that status shows, to give all its shards to others and to go on taking calls; returns when it has none. It holds until --undo, or until the process of the node ends. Any node can be asked.',
    )
    .option('--undo', 'It takes its part of the shards again.')
    .option('--why <sentence>', 'Why, for whoever looks at status.')
    .option('--by <name>', 'Who does it (the user of this machine without it).')
    .option('--json', 'Print one JSON object.');
  addOptions(drain, CLIENT_OPTIONS);
  addExamples(drain, [
    'attune cluster drain 10.0.0.3:7411 --why "new disk"',
    'attune cluster drain 10.0.0.3:7411 --undo',
  ]).action(async (node: string, flags) => (await import('./cluster-drain.ts')).clusterDrain(node, flags));
  const finalise = cluster
    .command('finalise')
    .description(
      'End a rolling upgrade: raise the core revision to the latest that the nodes carry, for good. Refused while a node lives that does not carry it; none of these can serve afterwards.',
    )
    .option('--by <name>', 'Who does it (the user of this machine without it).')
    .option('--json', 'Print one JSON object.');
  addOptions(finalise, CLIENT_OPTIONS);
  addExamples(finalise, ['attune cluster finalise', 'attune cluster finalise --by anna --json']).action(
    async (flags) => (await import('./cluster-finalise.ts')).clusterFinalise(flags),
  );
}
