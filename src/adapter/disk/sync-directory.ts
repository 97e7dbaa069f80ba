import { open } from 'node:fs/promises';

/** Resolves when the names in `folder` are on the disk. */
export async function syncDirectory(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
