/** The command line: `attune <command>`. Commands are loaded when they are called, so that `--help` is quick. */
import { Command } from 'commander';
import attune from '../package.json' with { type: 'json' };
import { CommandError, EXIT } from './cli/command-line.ts';
import { registerCommands } from './cli/commands.ts';
import { KNOWN_VARIABLES } from './cli/known-variables.ts';
import { unknownVariables } from './config/option.ts';

const program = new Command('attune')
  .description('Real-time next-best decisions for customer engagement.')
  .version(attune.version, '-V, --version', 'Print the version.')
  .addHelpText(
    'after',
    `
Begin here, the first line in a terminal of its own:
  attune serve
  echo '{"type":"track","event":"Page Viewed","userId":"anna","messageId":"m0"}' | attune send
  attune decide --id crm=anna --placement home_hero`,
  )
  .showHelpAfterError('(add --help for what it takes)')
  .exitOverride()
  // A warning and no error: a host may hold variables of a newer or older version.
  .hook('preAction', () => {
    for (const line of unknownVariables(KNOWN_VARIABLES, process.env)) process.stderr.write(`${line}\n`);
  });
registerCommands(program);

// A reader that has seen enough ("| head") is no failure.
process.stdout.on('error', (fault: NodeJS.ErrnoException) =>
  process.exit(fault.code === 'EPIPE' ? 0 : EXIT.internal),
);

try {
  await program.parseAsync();
} catch (fault) {
  process.exitCode = exitCodeOf(fault);
}

function exitCodeOf(fault: unknown): number {
  if (fault instanceof CommandError) {
    process.stderr.write(`${fault.message}\n`);
    return fault.exitCode;
  }
  if (fault instanceof Error && 'code' in fault && String(fault.code).startsWith('commander.')) {
    // Commander has printed its own sentence; help and version are no failures.
    return 'exitCode' in fault && fault.exitCode === 0 ? 0 : EXIT.usage;
  }
  if (fault instanceof Error && (fault.name === 'PortError' || fault.name === 'PolicyDirectoryError')) {
    process.stderr.write(`${fault.message}\n`);
    return fault.name === 'PortError' ? EXIT.unavailable : EXIT.usage;
  }
  process.stderr.write(`${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`);
  return EXIT.internal;
}
