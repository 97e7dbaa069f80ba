import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runClientProgram } from './run-program.ts';

/** Ignored by git, and kept between runs. */
const CACHE = fileURLToPath(new URL('../../../.attune/interop', import.meta.url));
/** k6 is built in two minutes on two cores; a slow registry or a busy machine may triple that. */
const FETCH_MS_MAX = 8 * 60_000;
const OUTPUT_KEPT = 600;
/** In a folder that holds all of its client. */
const COMPLETE = 'complete.json';

/** The client cannot be had here: no registry answers, or a tool that would fetch it is missing. */
export class ClientMissing extends Error {
  override readonly name = 'ClientMissing';
}

interface Fetch {
  readonly name: string;
  /** What is wanted; when it is another than last time, the client is fetched again. */
  readonly pinned: unknown;
  /** Fills the empty folder; throws ClientMissing. */
  readonly into: (folder: string) => Promise<void>;
  readonly cache?: string;
}

/** The folder of a client, absolute, filled once, also where several processes ask at once. One that fails leaves nothing that a later run would take for whole. */
export async function fetchOnce({ name, pinned, into, cache = CACHE }: Fetch): Promise<string> {
  const folder = join(cache, name);
  const wanted = JSON.stringify(pinned);
  const isWhole = (): boolean => contentOf(join(folder, COMPLETE)) === wanted;
  if (isWhole()) return folder;
  const draft = `${folder}.${process.pid}`;
  try {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    await into(draft);
    writeFileSync(join(draft, COMPLETE), wanted);
    // Somebody else may have fetched the same meanwhile, and uses it already.
    if (isWhole()) return folder;
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Runs one step of fetching in `folder` and answers what it printed. Throws ClientMissing with its last words. */
export async function fetchStep(
  folder: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await runClientProgram({
    command,
    args,
    env,
    cwd: folder,
    timeoutMs: FETCH_MS_MAX,
  });
  if (code === 0) return stdout;
  const words = `${stdout}${stderr}`.trim().slice(-OUTPUT_KEPT);
  throw new ClientMissing(`${command} ${args.slice(0, 2).join(' ')} failed (${code}): ${words}`);
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
