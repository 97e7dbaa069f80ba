import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CommandError } from './command-line.ts';
import { readFault } from './read-fault.ts';

/** The lines of a file, of stdin for "-". Throws CommandError with a sentence when it cannot be read. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const input: Readable = file === '-' ? process.stdin : createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (fault) {
    throw new CommandError(readFault(file, fault));
  }
}
