import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How the files of a policy's folder look from outside: changes with every save, however it is made. */
export interface PolicySignature {
  /** Equal as long as nothing was saved. */
  readonly text: string;
  /** When the newest of them was changed, in ms. */
  readonly newestMs: number;
}

/** Where a policy has its files. */
const FOLDERS = ['', 'actions'];

/**
 * Looks at every YAML file of a folder: its number, size, and times of content and of any change, in nanoseconds, of the file that a
 * link leads to. So it sees what is written in place, renamed into place, copied with its old time, and a link that leads elsewhere
 * (Kubernetes swaps the link `..data`). Throws what the file system throws, for a folder that is not there too.
 */
export async function policySignature(directory: string): Promise<PolicySignature> {
  const lines: string[] = [];
  let newestMs = 0;
  for (const folder of FOLDERS) {
    for (const name of (await namesIn(join(directory, folder), folder === '')).sort()) {
      const found = await statOf(join(directory, folder, name));
      if (found === undefined) continue;
      const { dev, ino, size, mtimeNs, ctimeNs } = found;
      lines.push([folder, name, dev, ino, size, mtimeNs, ctimeNs].join('/'));
      newestMs = Math.max(newestMs, Number(ctimeNs / 1_000_000n));
    }
  }
  return { text: lines.join('\n'), newestMs };
}

async function namesIn(folder: string, isNeeded: boolean): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /^[^.].*\.ya?ml$/.test(name));
  } catch (cause) {
    if (!isNeeded && isMissing(cause)) return [];
    throw cause;
  }
}

/** Undefined: it went between two looks, which the next one sees. */
async function statOf(path: string) {
  try {
    return await stat(path, { bigint: true });
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}
