import type { Command } from 'commander';
import { addExamples } from '../../node/command/command-line.ts';

/** `attune channel …`, for those who build a channel system. */
export function registerChannelCommands(program: Command): void {
  const channel = program.command('channel').description('Try out a channel system that you build.');
  addExamples(
    channel
      .command('test')
      .description(
        'Listen as the service does, and treat the channel system that connects as the world does: repeat, withdraw, reorder, stay silent, drop. Print what it did right and wrong. Without TLS or a token.',
      )
      .requiredOption('--channel <name>', 'The channel that it serves, such as email.')
      .option('--listen <host:port>', 'Where to listen.', '127.0.0.1:7413')
      .option(
        '--id <kind=value>',
        'Whom the messages of the test are for, such as crm=test-1; may be given up to 8 times.',
        (value: string, before: string[]) => [...before, value],
        [],
      )
      .option('--audience <name>', 'Of the channel ads: the audience whose changes it is told.', 'kit')
      .option(
        '--members <command>',
        'Of the channel ads: a command of yours that prints the keys that the audience holds, a customer a line: whether the highest version won is seen in nothing else.',
      )
      .option('--wait <duration>', 'How long an answer, or a new connection, may take.', '5s')
      .option('--connect-wait <duration>', 'How long to wait for it to connect at all.', '1m')
      .option('--json', 'Print one JSON object.'),
    [
      'attune channel test --channel email',
      'attune channel test --channel sms --listen 127.0.0.1:9000 --id crm=test-1 --wait 20s --json',
      "attune channel test --channel ads --members 'node src/client/examples/ads-channel.ts --dir audiences --print kit'",
      'node src/client/examples/mail-channel.ts --address 127.0.0.1:7413 --dir mails   # a channel system that is right',
    ],
  ).action(async (flags) => (await import('./channel-test.ts')).channelTest(flags));
}
