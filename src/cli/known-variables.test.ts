import { Command } from 'commander';
import { expect, test } from 'vitest';
import { registerCommands } from './commands.ts';
import { KNOWN_VARIABLES } from './known-variables.ts';

test('the variables that are known are those that the help of some command names', () => {
  const program = new Command();
  registerCommands(program);
  const named = new Set(helpOfAll(program).flatMap((text) => text.match(/ATTUNE_[A-Z_]+/g) ?? []));
  // Read by the replay of real data, which is no command of `attune`.
  named.add('ATTUNE_DATA_DIR');
  expect([...named].sort()).toEqual([...new Set(KNOWN_VARIABLES)].sort());
});

function helpOfAll(command: Command): string[] {
  return [command.helpInformation(), ...command.commands.flatMap(helpOfAll)];
}
