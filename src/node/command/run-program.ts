import { Command, type ErrorOptions } from 'commander';
import { CommandError, EXIT } from './command-line.ts';

/**
 * A command that names the option which was meant also where that is no slip of a few letters, for which the library looks, but
 * has a word in common: `--dir` for `--data-dir`.
 */
class SuggestingCommand extends Command {
  override createCommand(name?: string): Command {
    return new SuggestingCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    const [, flag] = /^error: unknown option '(--[^'=]+)[^']*'$/.exec(message) ?? [];
    const long = this.createHelp()
      .visibleOptions(this)
      .flatMap((option) => option.long ?? []);
    const meant = flag === undefined ? undefined : mostAlike(flag, long);
    return super.error(meant === undefined ? message : `${message}\n(Did you mean ${meant}?)`, options);
  }
}

/** The option with the largest share of words in common; undefined: none has one. */
function mostAlike(flag: string, options: readonly string[]): string | undefined {
  const words = wordsOf(flag);
  let best: string | undefined;
  let most = 0;
  for (const option of options) {
    const others = wordsOf(option);
    const common = words.filter((word) => others.includes(word)).length;
    const share = common / (words.length + others.length - common);
    if (share > most) [best, most] = [option, share];
  }
  return best;
}

/** Its words; "no" is one of every switch that turns off. */
function wordsOf(flag: string): string[] {
  return flag.slice(2).replace(/^no-/, '').split('-');
}

/** The root of a command line, to which commands are added: a fault shows where the help is, and nothing exits by itself. */
export function newProgram(name: string): Command {
  return new SuggestingCommand(name).showHelpAfterError('(add --help for what it takes)').exitOverride();
}

/** Runs a command line to its end: faults become sentences on stderr and an exit code (`EXIT`), never a thrown error. */
export async function runProgram(program: Command): Promise<void> {
  // A reader that has seen enough ("| head") is no failure.
  process.stdout.on('error', (fault: NodeJS.ErrnoException) =>
    process.exit(fault.code === 'EPIPE' ? 0 : EXIT.internal),
  );
  try {
    await program.parseAsync();
  } catch (fault) {
    process.exitCode = exitCodeOf(fault);
  }
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
