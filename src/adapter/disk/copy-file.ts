import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskFault } from './disk-fault.ts';
import { syncDirectory } from './sync-directory.ts';

/** Copies a file onto the disk; false when it is gone. Throws PortError. */
export async function copyDurably(from: string, to: string): Promise<boolean> {
  try {
    await mkdir(dirname(to), { recursive: true });
    // Shares the blocks where the file system can.
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    const handle = await open(to, 'r+');
    await handle.sync().finally(() => handle.close());
    await syncDirectory(dirname(to));
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw diskFault(cause, to);
  }
}

/** Every file below a folder, as paths relative to it with `/`, in order; none when it is not there. Throws PortError. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .replaceAll('\\', '/'),
      )
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw diskFault(cause, folder);
  }
}

/** SHA-256 of a file, hexadecimal. Throws PortError. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 1_048_576 })) hash.update(piece);
  } catch (cause) {
    throw diskFault(cause, file);
  }
  return hash.digest('hex');
}
