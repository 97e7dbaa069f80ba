/**
 * Mails as files in a directory: `spool/` holds what waits, `sent/` what went out, `stopped/` what was withdrawn before. A file bears
 * its dispatch id, so that a repeated delivery finds it, also after a restart.
 *
 * I1  A dispatch has one file, in one of the three folders; it moves by renaming, which is whole or not at all.
 * I2  A file stays until the dispatch's `not_after` + 24 h, as the time of the file says: the service repeats nothing after that.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['spool', 'sent', 'stopped'] as const;
export type MailFolder = (typeof FOLDERS)[number];

/** How long after `not_after` a dispatch may come again. */
const REPEATED_MS = 86_400_000;

export interface Mail {
  readonly dispatchId: string;
  /** When it must not be sent any more, ms since 1970. */
  readonly notAfter: number;
  readonly text: string;
}

export class MailBox {
  readonly #directory: string;

  /** Makes the directory where it is not there. */
  constructor(directory: string) {
    this.#directory = directory;
    for (const folder of FOLDERS) mkdirSync(join(directory, folder), { recursive: true });
  }

  /** Where a dispatch is; undefined: it is new, or forgotten. */
  find(dispatchId: string): MailFolder | undefined {
    return FOLDERS.find((folder) => existsSync(this.#path(folder, dispatchId)));
  }

  /** Dispatch ids of what waits, also since before a restart. */
  get waiting(): string[] {
    return readdirSync(join(this.#directory, 'spool'))
      .filter((name) => name.endsWith('.eml'))
      .map((name) => decodeURIComponent(name.slice(0, -'.eml'.length)));
  }

  /** Of a mail that waits; 0: there is none. */
  notAfter(dispatchId: string): number {
    const path = this.#path('spool', dispatchId);
    return existsSync(path) ? statSync(path).mtimeMs : 0;
  }

  put({ dispatchId, notAfter, text }: Mail): void {
    const path = this.#path('spool', dispatchId);
    const begun = `${path}.part`;
    writeFileSync(begun, text);
    utimesSync(begun, notAfter / 1_000, notAfter / 1_000);
    renameSync(begun, path);
  }

  /** False: it does not wait any more. */
  move(dispatchId: string, to: 'sent' | 'stopped'): boolean {
    if (this.find(dispatchId) !== 'spool') return false;
    renameSync(this.#path('spool', dispatchId), this.#path(to, dispatchId));
    return true;
  }

  /** Forgets what cannot come again. */
  sweep(now: number): void {
    for (const folder of FOLDERS)
      for (const name of readdirSync(join(this.#directory, folder))) {
        const path = join(this.#directory, folder, name);
        if (statSync(path).mtimeMs + REPEATED_MS < now) rmSync(path, { force: true });
      }
  }

  #path(folder: MailFolder, dispatchId: string): string {
    return join(this.#directory, folder, `${encodeURIComponent(dispatchId)}.eml`);
  }
}
