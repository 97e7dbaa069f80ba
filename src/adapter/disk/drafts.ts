import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { filesBelow } from './copy-file.ts';
import { diskFault } from './disk-fault.ts';

/**
 * Removes what a crash left of files that were being written below `folder`: nobody reads them, and what they hold would outlive whoever it is of. Nobody
 * may write there meanwhile. Throws PortError.
 */
export async function removeDrafts(folder: string): Promise<void> {
  for (const name of await filesBelow(folder)) {
    if (!name.endsWith('.tmp')) continue;
    const file = join(folder, name);
    await rm(file, { force: true }).catch((cause: unknown) => {
      throw diskFault(cause, file);
    });
  }
}
