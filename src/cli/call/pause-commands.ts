import type { Command } from 'commander';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { addExamples, addOptions } from '../../node/command/command-line.ts';

const JSON_HELP = 'Print one JSON object (proto-JSON of the reply).';

/** `attune pause`, `attune resume` and `attune paused`. */
export function registerPauseCommands(program: Command): void {
  const pause = addTargetFlags(
    program
      .command('pause')
      .description('Stop an action, a channel or everything outbound at once, until it is resumed.'),
  )
    .requiredOption('--why <sentence>', 'Why, for whoever asks what became of a message.')
    .option('--by <name>', 'Who does it (the user of this machine without it).')
    .option(
      '--pending <fate>',
      'What becomes of messages that wait for a channel system: wait or withdraw.',
      'wait',
    )
    .option('--json', JSON_HELP);
  addOptions(pause, CLIENT_OPTIONS);
  addExamples(pause, [
    'attune pause --channel email --why "broken template"',
    'attune pause --action win_back --why "wrong price" --pending withdraw',
    'attune pause --outbound --why "the shop is down" --by anna',
  ]).action(async (flags) => (await import('./pause.ts')).pauseCommand(flags));
  const resume = addTargetFlags(
    program.command('resume').description('End a pause: what waited goes on, asked of all guardrails again.'),
  )
    .option('--why <sentence>', 'Why.')
    .option('--by <name>', 'Who does it (the user of this machine without it).')
    .option('--json', JSON_HELP);
  addOptions(resume, CLIENT_OPTIONS);
  addExamples(resume, ['attune resume --channel email', 'attune resume --outbound --by anna']).action(
    async (flags) => (await import('./pause.ts')).resumeCommand(flags),
  );
  const paused = program
    .command('paused')
    .description('Show what is paused: by whom, since when and why.')
    .option('--history [n]', 'Also the last calls that paused and resumed (20 without a number).')
    .option('--json', JSON_HELP);
  addOptions(paused, CLIENT_OPTIONS);
  addExamples(paused, ['attune paused', 'attune paused --history 100 --json']).action(async (flags) =>
    (await import('./pause.ts')).pausedCommand(flags),
  );
}

function addTargetFlags(command: Command): Command {
  return command
    .option('--action <id>', 'The action, as the policy names it.')
    .option('--channel <name>', 'The channel, such as email.')
    .option('--outbound', 'Everything that is pushed to customers.');
}
