import type { Command } from 'commander';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions } from '../../node/command/command-line.ts';
import { registerAudienceCommands } from './audience-commands.ts';
import { addCustomerFlags } from './customer-flags.ts';
import { registerLinkCommands } from './link-commands.ts';
import { registerPauseCommands } from './pause-commands.ts';

const JSON_HELP = 'Print one JSON object (proto-JSON of the reply).';

/** The commands that call a running service. */
export function registerCallCommands(program: Command): void {
  registerDecide(program);
  registerExplain(program);
  registerWhyNot(program);
  registerGet(program);
  registerWatch(program);
  registerExport(program);
  registerErase(program);
  registerTail(program);
  registerRejected(program);
  registerPauseCommands(program);
  registerLinkCommands(program);
  registerAudienceCommands(program);
  registerSend(program);
  registerCatalog(program);
}

function registerDecide(program: Command): void {
  const command = program
    .command('decide')
    .description('Ask for one decision: for places on a page, or for a message.');
  addCustomerFlags(command, false)
    .option('--placement <name...>', 'Places to fill, as the policy names them; several make a slate.')
    .option('--dispatch', 'Let a channel system send something instead; the policy picks the channel.')
    .option('--channel <name>', 'Where the customer is now, such as web or app.')
    .option('--time-zone <zone>', 'Their time zone, such as Europe/Berlin.')
    .option('--locale <locale>', 'Their language, such as de-DE.')
    .option('--device <name>', 'Their device, such as mobile.')
    .option(
      '--alternatives [n]',
      'Show what could have been chosen instead, at most so many (5 without a number).',
    )
    .option('--request-id <id>', 'The same id again gets the same decision again, for 24 hours.')
    .option('--dry-run', 'Decide, but record and send nothing.')
    .option('--explain', 'Say at once why it came out so: a dry run cannot be explained later.')
    .option('--json', JSON_HELP);
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, [
    'attune decide --id crm=c42 --placement home_hero',
    'attune decide --id loyalty=L1 --placement home_hero cart_banner --alternatives',
    'attune decide --id crm=c42 --dispatch --dry-run --json',
  ]).action(async (flags) => (await import('./decide.ts')).decide(flags));
}

function registerExplain(program: Command): void {
  const command = program
    .command('explain <decision-id>')
    .description('Say why a decision came out as it did, on a page, and derive it again from the log.')
    .option('--no-replay', 'Do not derive it again.')
    .option('--json', JSON_HELP);
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, ['attune explain 1-2c-1-0', 'attune explain 1-2c-1-0 --json']).action(
    async (decisionId: string, flags) => (await import('./explain.ts')).explainCommand(decisionId, flags),
  );
}

function registerWhyNot(program: Command): void {
  const command = program
    .command('why-not')
    .description('Say in a sentence why a customer did not get an action.');
  addCustomerFlags(command, true)
    .requiredOption('--action <id>', 'The action as the policy names it.')
    .option('--at <time>', 'The moment in question: the day around it is searched. Without any time: now.')
    .option('--from <time>', 'Start of the time in question.')
    .option('--to <time>', 'Its end; without it: now.')
    .option('--json', JSON_HELP);
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, [
    'attune why-not --id crm=c42 --action win_back_reason',
    'attune why-not --id crm=c42 --action season_code --at 2026-03-06T12:00',
    'attune why-not --id crm=c42 --action season_code --from 2026-03-01 --to 2026-03-08 --json',
  ]).action(async (flags) => (await import('./why-not.ts')).whyNotCommand(flags));
}

function registerGet(program: Command): void {
  const command = program.command('get').description('Show everything known of a customer.');
  addCustomerFlags(command, true).option('--json', JSON_HELP);
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, ['attune get --id crm=c42', 'attune get --id crm=c42 --json']).action(async (flags) =>
    (await import('./get.ts')).getCustomer(flags),
  );
}

function registerWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('Show how what is known of a customer changes, until Ctrl-C.');
  addCustomerFlags(command, true).option('--json', 'Print one JSON object a line.');
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, ['attune watch --id crm=c42']).action(async (flags) =>
    (await import('./watch.ts')).watchCustomer(flags),
  );
}

function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description(
      'Write everything held of a customer into files that they can read: profile.json, and history.jsonl with every fact that log and archive have.',
    );
  addCustomerFlags(command, true)
    .requiredOption('--to <directory>', 'Where the files go; made when it is not there.')
    .option('--json', 'Print one JSON object: the files and their sizes.');
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, ['attune export --id crm=c42 --to export-c42']).action(async (flags) =>
    (await import('./export.ts')).exportCustomer(flags),
  );
}

function registerErase(program: Command): void {
  const command = program
    .command('erase')
    .description('Forget a customer, under each of their keys, and print the receipt. It cannot be undone.');
  addCustomerFlags(command, true)
    .option('--case <id>', "The shop's own case, for its list of erasures.")
    .option('--json', JSON_HELP);
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, [
    'attune erase --id crm=c42',
    'attune erase --id crm=c42 --case DSR-2026-7 --json',
  ]).action(async (flags) => (await import('./erase.ts')).eraseCustomer(flags));
}

function registerTail(program: Command): void {
  const command = program
    .command('tail')
    .description('Show decisions as they are made, until Ctrl-C. Under load some are left out.')
    .option('--sample <share>', 'Share of the decisions to show, 0 to 1.')
    .option('--per-second <n>', 'At most so many a second (100 without it).')
    .option('--count <n>', 'End after so many.')
    .option('--json', 'Print one JSON object a line.');
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, ['attune tail', 'attune tail --sample 0.1 --json', 'attune tail --count 1']).action(
    async (flags) => (await import('./tail.ts')).tail(flags),
  );
}

function registerRejected(program: Command): void {
  const command = program
    .command('rejected')
    .description(
      'Show what was refused for good last: events, feedback and decides, with rule, field and source.',
    )
    .option('--limit <n>', 'At most so many, up to 1,000 (100 without it).')
    .option('--source <name>', 'Only of this producer, or channel.')
    .option('--rule <id>', 'Only what broke this rule, such as event.amount.')
    .option('--json', JSON_HELP);
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, ['attune rejected', 'attune rejected --source web-shop --rule event.consent']).action(
    async (flags) => (await import('./rejected.ts')).rejected(flags),
  );
}

function registerSend(program: Command): void {
  const command = program
    .command('send [file]')
    .description(
      "Send events, one JSON object a line: Segment's track calls, or attune.v1.Event as JSON. Without a file, or with -, from stdin.",
    )
    .option('--source <name>', 'The producer that events without one are from.', 'send')
    .option('--user-kind <kind>', "The identifier kind of Segment's userId.", 'crm')
    .option(
      '--country <code>',
      'Where telephone numbers without a country code are from (ISO 3166), such as DE.',
    )
    .option(
      '--historical',
      'Fold only: no trigger, no decision, no age limit. For the first import of a history.',
    )
    .option('--json', 'Print one JSON object at the end.');
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, [
    'attune send events.jsonl',
    'zcat history.jsonl.gz | attune send - --historical',
    `echo '{"type":"track","event":"Product Viewed","userId":"c42","properties":{"product_id":"p1"}}' | attune send`,
  ]).action(async (file: string | undefined, flags) =>
    (await import('../send/send.ts')).send(file ?? '-', flags),
  );
}

function registerCatalog(program: Command): void {
  const command = program
    .command('catalog [file]')
    .description(
      'Add or replace products, one attune.v1.CatalogProduct as JSON a line. Without a file, or with -, from stdin.',
    )
    .option('--json', 'Print one JSON object at the end.');
  addOptions(command, CLIENT_OPTIONS);
  addExamples(command, [
    'attune catalog products.jsonl',
    `echo '{"product_id":"p1","title":"Wool coat","category":"coats","price":180,"variants":[{"size":"M","stock":3}]}' | attune catalog`,
  ]).action(async (file: string | undefined, flags) =>
    (await import('../catalog/catalog.ts')).catalog(file ?? '-', flags),
  );
}
