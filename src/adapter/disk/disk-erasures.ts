/**
 * The list of erasures as a file of lines: the CRC-32 of a line in eight hexadecimal digits, a space, the erasure as JSON. A later line
 * replaces the earlier one of its receipt.
 *
 * I1  A line is durable before `save` resolves. A last line that is cut short was never acknowledged, and is passed over.
 *     After a write that failed the file is written anew, for what came of that line is not known.
 * I2  `compact` writes the file anew beside and renames it: what was replaced is in no file of ours then.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Erasure, ErasureList } from '../../port/erasures.ts';
import { PortError } from '../../port/port-error.ts';
import { diskFault } from './disk-fault.ts';
import { syncDirectory } from './sync-directory.ts';

/** In a data directory, and in its backups. */
export const ERASURES_FILE = 'ERASURES';

export class DiskErasures implements ErasureList {
  readonly #path: string;
  readonly #byReceipt: Map<string, Erasure>;
  #handle: FileHandle | undefined;
  /** Writes one after the other. */
  #last: Promise<void> = Promise.resolve();

  /** The file is made by the first `save`. Throws PortError `corrupt` for a line that is damaged. */
  constructor(path: string) {
    this.#path = path;
    this.#byReceipt = new Map(readErasures(path).map((one) => [one.receipt, one]));
  }

  get all(): readonly Erasure[] {
    return [...this.#byReceipt.values()];
  }

  save(erasure: Erasure): Promise<void> {
    return this.#next(async () => {
      const handle = this.#handle ?? (await this.#reopened());
      // I1: kept only once the line is durable.
      this.#handle = undefined;
      try {
        await handle.appendFile(lineOf(erasure));
        await handle.datasync();
      } catch (cause) {
        await handle.close().catch(() => {});
        throw cause;
      }
      this.#handle = handle;
      this.#byReceipt.set(erasure.receipt, erasure);
    });
  }

  compact(): Promise<void> {
    return this.#next(() => this.#rewrite());
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** A line that was cut short before must not run into the next one. */
  async #reopened(): Promise<FileHandle> {
    await this.#rewrite();
    return open(this.#path, 'a', 0o600);
  }

  /** I2 */
  async #rewrite(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    await writeErasures(this.#path, this.all);
  }

  #next(write: () => Promise<void>): Promise<void> {
    const done = this.#last.then(write).catch((cause: unknown) => {
      throw cause instanceof PortError ? cause : diskFault(cause, this.#path);
    });
    this.#last = done.catch(() => {});
    return done;
  }
}

/** The erasures of a file, none where there is no file. Throws PortError `corrupt`. */
export function readErasures(path: string): readonly Erasure[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  const found = new Map<string, Erasure>();
  for (const [at, line] of lines.entries()) {
    // I1: what follows the last line's end was cut short, or is nothing.
    if (at === lines.length - 1) break;
    const text = line.slice(9);
    if (crc32(text).toString(16).padStart(8, '0') !== line.slice(0, 8))
      throw new PortError(
        'corrupt',
        `${path}: line ${at + 1} is damaged: put the file of the newest backup back, or those who were forgotten since would be contacted`,
      );
    const erasure = JSON.parse(text) as Erasure;
    found.set(erasure.receipt, erasure);
  }
  return [...found.values()];
}

/** Writes a whole file of them, durable when it resolves. */
export async function writeErasures(path: string, all: readonly Erasure[]): Promise<void> {
  const draft = `${path}.tmp`;
  const out = await open(draft, 'w', 0o600);
  try {
    await out.writeFile(all.map(lineOf).join(''));
    await out.sync();
  } finally {
    await out.close();
  }
  await rename(draft, path);
  await syncDirectory(dirname(path));
}

function lineOf(erasure: Erasure): string {
  const text = JSON.stringify(erasure);
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
}
