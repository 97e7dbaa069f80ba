import type { Command } from 'commander';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions } from '../../node/command/command-line.ts';
import { addCustomerFlags } from './customer-flags.ts';

const JSON_HELP = 'Print one JSON object (proto-JSON of the reply).';

/** `attune link` and `attune unlink`. */
export function registerLinkCommands(program: Command): void {
  const link = program
    .command('link')
    .description("Say that keys are one person's: from then on they lead to one customer.");
  addSaidFlags(addCustomerFlags(link, false));
  addExamples(link, ['attune link --id crm=c42 --id email_sha256=9f86d0… --why "called us"']).action(
    async (flags) => (await import('./link.ts')).linkCommand(flags),
  );
  const unlink = program
    .command('unlink <link-id>')
    .description(
      'Undo a link within 30 days: each customer gets back what is theirs. `attune get` shows the links.',
    );
  addSaidFlags(unlink);
  addExamples(unlink, ['attune unlink 1-2c-1-0 --why "a shared tablet"']).action(
    async (linkId: string, flags) => (await import('./link.ts')).unlinkCommand(linkId, flags),
  );
}

function addSaidFlags(command: Command): void {
  command
    .option('--why <sentence>', 'Why, for the record.')
    .option('--by <name>', 'Who does it (the user of this machine without it).')
    .option('--json', JSON_HELP);
  addOptions(command, CLIENT_OPTIONS);
}
