/** The command line: `attune <command>`. Commands are loaded when they are called, so that `--help` is quick. */
import attune from '../package.json' with { type: 'json' };
import { registerCommands } from './cli/commands.ts';
import { KNOWN_VARIABLES } from './cli/known-variables.ts';
import { unknownVariables } from './config/option.ts';
import { newProgram, runProgram } from './node/command/run-program.ts';

const program = newProgram('attune')
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
  // A warning and no error: a host may hold variables of a newer or older version.
  .hook('preAction', () => {
    for (const line of unknownVariables(KNOWN_VARIABLES, process.env)) process.stderr.write(`${line}\n`);
  });
registerCommands(program);
await runProgram(program);
