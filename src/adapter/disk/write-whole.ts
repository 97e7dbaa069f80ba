import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Writes all of `bytes` at `at`: on a disk that is nearly full a write is short, and only the next one fails. */
export async function writeWhole(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

/** Like `writeWhole`, waiting for the disk. */
export function writeWholeSync(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}
