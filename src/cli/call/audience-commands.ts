import type { Command } from 'commander';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions } from '../../node/command/command-line.ts';

/** `attune audience list`. */
export function registerAudienceCommands(program: Command): void {
  const audience = program.command('audience').description('Who is in the audiences of ad platforms.');
  const list = audience
    .command('list <name>')
    .description('Show who is in an audience of the policy, with what their ad says and until when.')
    .option('--limit <n>', 'At most so many members (100 without it).')
    .option('--json', 'Print one JSON object a member (proto-JSON).');
  addOptions(list, CLIENT_OPTIONS);
  addExamples(list, [
    'attune audience list retargeting',
    'attune audience list retargeting --limit 1000000 --json > retargeting.jsonl',
  ]).action(async (name: string, flags) => (await import('./audience.ts')).listMembers(name, flags));
}
