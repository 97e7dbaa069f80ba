import type { Command } from 'commander';
import { SERVE_OPTIONS } from '../config/options.ts';
import { registerCallCommands } from './call/call-commands.ts';
import { addOptions } from './command-line.ts';
import { registerCrash } from './crash/crash-command.ts';
import { registerFuzz } from './fuzz/fuzz-command.ts';
import { registerLocalCommands } from './local-commands.ts';
import { registerModels } from './models/models-command.ts';
import { registerPolicyCommands } from './policy-commands.ts';

/** Every command, with its help; each runs from a module of its own that is loaded when it is called. */
export function registerCommands(program: Command): void {
  addOptions(program.command('serve'), SERVE_OPTIONS)
    .description('Run the service: gRPC, metrics, the embedded store.')
    .addHelpText(
      'after',
      '\nExamples:\n  attune serve\n  attune serve --listen 127.0.0.1:0 --dir /var/lib/attune --policy-dir policies/shop\n  attune serve --store memory',
    )
    .action(async (flags) => (await import('./serve.ts')).serve(flags));
  registerCallCommands(program);
  registerLocalCommands(program);
  registerPolicyCommands(program);
  registerModels(program);
  registerCrash(program);
  registerFuzz(program);
}
