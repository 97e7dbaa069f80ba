import { createReadStream, statSync } from 'node:fs';
import { CommandError, EXIT } from './command-line.ts';
import { readFault } from './read-fault.ts';
import { type InputLine, splitLines } from './split-lines.ts';

/** The lines of a file, of stdin for "-". Throws CommandError with a sentence when it cannot be read as text. */
export async function* linesOf(file: string): AsyncGenerator<InputLine> {
  const chunks: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
  try {
    yield* splitLines(chunks);
  } catch (fault) {
    if (fault instanceof RangeError)
      throw new CommandError(`${inputName(file)} ${fault.message}`, EXIT.usage);
    throw new CommandError(readFault(file, fault));
  }
}

/** How messages call the input. */
export function inputName(file: string): string {
  return file === '-' ? 'stdin' : file;
}

/** Size of a file in bytes; undefined where nobody knows: stdin, a pipe, a file that is not there. */
export function inputBytes(file: string): number | undefined {
  const stat = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : undefined;
}
