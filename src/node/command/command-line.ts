/** How the commands read their flags and end: options from their one declaration, faults as sentences, exit codes. */
import type { Command } from 'commander';
import { flagOf, helpOf, type Options, readOptions, type Values } from '../../config/option.ts';

/** 0: done. */
export const EXIT = {
  /** It ran, and what it found is bad: a broken law, a faulty policy, a failed scenario. */
  found: 1,
  /** The command line or the environment cannot be understood. */
  usage: 2,
  /** A service, file or directory that is needed is not there or refuses. */
  unavailable: 69,
  /** A bug of ours. */
  internal: 70,
} as const;

/** An expected end that is not success: its message is a sentence for the user, printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.unavailable) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Adds declared options to a command, each with its help, default and environment variable. */
export function addOptions(command: Command, options: Options): Command {
  for (const [name, option] of Object.entries(options)) {
    const value = option.placeholder === '' ? '' : ` <${option.placeholder}>`;
    command.option(`${flagOf(name)}${value}`, helpOf(name, option));
    // A switch that is on by default needs a way to be off.
    if (option.placeholder === '' && option.default === true)
      command.option(flagOf(name).replace('--', '--no-'), `Turns ${flagOf(name)} off.`);
  }
  return command;
}

/** Adds examples to a command's help. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}

/** The values of declared options from flags and environment. Throws CommandError with every fault. */
export function readSettings<O extends Options>(
  options: O,
  flags: Readonly<Record<string, unknown>>,
): Values<O> {
  const given: Record<string, string | boolean | undefined> = {};
  for (const name of Object.keys(options)) {
    const value = flags[name];
    given[name] = value === true || value === undefined ? value : String(value);
  }
  const read = readOptions(options, { flags: given, env: process.env });
  if (read.ok) return read.value;
  throw new CommandError(read.error.join('\n'), EXIT.usage);
}

/**
 * A whole number of a flag, at most nine digits. `min` 1 where 0 would pass and have shown nothing. Throws CommandError with
 * a sentence.
 */
export function wholeNumberFlag(flag: string, text: string, min: 0 | 1 = 0): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  const wanted = min === 0 ? 'a whole number' : 'a whole number from 1';
  throw new CommandError(`${flag} wants ${wanted}, not ${JSON.stringify(text)}`, EXIT.usage);
}
