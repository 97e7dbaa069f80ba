import { Command } from 'commander';
import { CommandError, EXIT } from './command-line.ts';

/** The root of a command line, to which commands are added: a fault shows where the help is, and nothing exits by itself. */
export function newProgram(name: string): Command {
  return new Command(name).showHelpAfterError('(add --help for what it takes)').exitOverride();
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
