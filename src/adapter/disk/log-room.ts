import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, fstatSync, openSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { PortError } from '../../port/port-error.ts';
import { diskFault } from './disk-fault.ts';
import { encodeFileHead, FILE_HEAD_BYTES, indexPath, type LogFile, logFileName } from './log-file.ts';
import { syncDirectory } from './sync-directory.ts';
import { writeWhole } from './write-whole.ts';

export interface LogRoomOptions {
  readonly directory: string;
  /** What a file has at most, unless one entry needs more. */
  readonly fileBytes: number;
  /** No file is prepared that leaves the disk with less than this. */
  readonly reserveBytes: number;
  /** Free for us on the disk of the directory. */
  readonly freeBytes?: ((directory: string) => Promise<number>) | undefined;
  /** ms, for the pace of tries. */
  readonly now?: (() => number) | undefined;
}

/** A file to append to, and how it is open: see WRITE_FLAGS. */
export interface OpenLogFile {
  readonly file: LogFile;
  readonly fd: number;
}

/** What is written with these is on the disk when the write returns; where they are not known, a sync must follow. */
export const SYNCS_ITSELF = constants.O_DSYNC !== undefined;
const WRITE_FLAGS = constants.O_RDWR | (SYNCS_ITSELF ? constants.O_DSYNC : 0);
/** A small log stays small on disk: each file is twice the one before it, up to `fileBytes`. */
const FIRST_BYTES = 1_048_576;
const PIECE_BYTES = 1_048_576;
/** In which stat counts. */
const BLOCK_BYTES = 512;
const SPARES_MAX = 2;
/** One of zeros is compared and written at once. */
const ZEROS = Buffer.alloc(PIECE_BYTES);
/** Once there was no room, the disk is tried again after so long. */
const RETRY_MS = 1_000;

/**
 * Prepares log files ahead of need, from zeros or from files that were trimmed, one at a time. Owned by LogWriter.
 *
 * I1. A file gets its name only when it is whole and on the disk, and its name is on the disk before it is handed out.
 * I2. A spare's old name is gone from the disk before its head is changed: a crash never leaves a file under a name that
 *     is not its head's.
 * I3. A spare holds nothing but zeros, since what it held may be to be forgotten. Its head is the last of it that is zeroed: one with
 *     a head was left behind by a crash, and is dropped at the next start (log-directory.ts).
 */
export class LogRoom {
  readonly #options: LogRoomOptions;
  readonly #lastCommit: () => number;
  readonly #now: () => number;
  readonly #spares: string[];
  #number: number;
  #sizeBytes: number;
  #ready: OpenLogFile | undefined;
  #preparing: Promise<void> | undefined;
  #fault: PortError | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  /** `last`: number and size of the newest file. `spares`: files of `fileBytes` full of zeros. */
  constructor(
    options: LogRoomOptions,
    found: {
      readonly last: { readonly number: number; readonly sizeBytes: number };
      readonly ready: LogFile | undefined;
      readonly spares: readonly string[];
    },
    lastCommit: () => number,
  ) {
    this.#options = options;
    this.#lastCommit = lastCommit;
    this.#now = options.now ?? (() => performance.now());
    this.#spares = [...found.spares];
    this.#number = found.last.number;
    this.#sizeBytes = found.last.sizeBytes;
    if (found.ready !== undefined) this.#ready = openForAppend(found.ready);
  }

  /** A file with room for an entry of `bytes`. Throws PortError, nothing written: `full` at once while there is no room. */
  async reserve(bytes: number): Promise<OpenLogFile> {
    for (;;) {
      await this.#preparing;
      const ready = this.#ready;
      this.#ready = undefined;
      if (ready !== undefined && hasRoomFor(bytes, ready)) return ready;
      if (ready !== undefined) this.#discard(ready);
      if (!this.#isResting()) await this.#begin(bytes);
      if (this.#ready === undefined) throw this.#fault as PortError;
    }
  }

  /** Begins to prepare the next file, when none is ready or under way. */
  ahead(): void {
    if (this.#ready === undefined && this.#preparing === undefined && !this.#isResting()) void this.#begin(0);
  }

  /** Resolves when the next file is ready, or could not be prepared: false. */
  async prepared(): Promise<boolean> {
    this.ahead();
    await this.#preparing;
    return this.#ready !== undefined;
  }

  /** A file that was trimmed: zeroed and kept for later, or removed, with its index. Resolves when that is on the disk. Throws PortError. */
  async giveBack(file: LogFile): Promise<void> {
    const { path, sizeBytes } = file;
    try {
      await rm(indexPath(file), { force: true });
      const isKept = sizeBytes === this.#options.fileBytes && this.#spares.length < SPARES_MAX;
      const spare = path.replace(/\.log$/, '.spare');
      // Of a try before this one that failed behind it, the file is renamed or gone.
      if (isKept) await rename(path, spare).catch(unlessGone);
      else await rm(path, { force: true });
      await syncDirectory(this.#options.directory);
      if (!isKept || !existsSync(spare)) return;
      await zeroFromItsEnd(spare, sizeBytes);
      this.#spares.push(spare);
    } catch (cause) {
      throw diskFault(cause, path);
    }
  }

  /** Waits for what is under way; the file that is ready stays for the next start. */
  async close(): Promise<void> {
    await this.#preparing;
    if (this.#ready !== undefined) closeSync(this.#ready.fd);
    this.#ready = undefined;
  }

  #isResting(): boolean {
    return this.#fault !== undefined && this.#now() - this.#failedAt < RETRY_MS;
  }

  /** Never rejects. */
  #begin(bytes: number): Promise<void> {
    this.#preparing = this.#prepare(bytes)
      .then(
        (ready) => {
          this.#ready = ready;
          this.#fault = undefined;
        },
        (cause: unknown) => {
          this.#failedAt = this.#now();
          this.#fault = nothingWritten(cause, this.#options.directory);
        },
      )
      .finally(() => {
        this.#preparing = undefined;
      });
    return this.#preparing;
  }

  async #prepare(bytes: number): Promise<OpenLogFile> {
    const { directory, fileBytes } = this.#options;
    const usual = Math.min(fileBytes, Math.max(FIRST_BYTES, 2 * this.#sizeBytes));
    const file = {
      number: this.#number + 1,
      path: join(directory, logFileName(this.#number + 1)),
      sizeBytes: Math.max(usual, FILE_HEAD_BYTES + bytes),
      after: this.#lastCommit(),
      salt: randomBytes(4).readUInt32LE(0),
    };
    const draft = `${file.path}.tmp`;
    try {
      const handle = (await this.#spare(file, draft)) ?? (await this.#zeros(file, draft));
      try {
        await writeWhole(handle, encodeFileHead(file), 0);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, file.path);
      await syncDirectory(directory);
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw cause;
    }
    const opened = openForAppend(file);
    this.#number = file.number;
    this.#sizeBytes = usual;
    return opened;
  }

  async #spare(file: LogFile, draft: string): Promise<FileHandle | undefined> {
    if (file.sizeBytes !== this.#options.fileBytes) return undefined;
    const spare = this.#spares.pop();
    if (spare === undefined) return undefined;
    await rename(spare, draft);
    await syncDirectory(this.#options.directory);
    return open(draft, 'r+');
  }

  async #zeros(file: LogFile, draft: string): Promise<FileHandle> {
    await this.#expectRoom(file.sizeBytes);
    const handle = await open(draft, 'w');
    try {
      for (let at = 0; at < file.sizeBytes; ) {
        const piece = ZEROS.subarray(0, Math.min(PIECE_BYTES, file.sizeBytes - at));
        await writeWhole(handle, piece, at);
        at += piece.length;
        // Piece by piece, so that appends beside it never wait behind a long sync.
        await handle.datasync();
      }
      return handle;
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  }

  async #expectRoom(bytes: number): Promise<void> {
    const { directory, reserveBytes } = this.#options;
    const free = await (this.#options.freeBytes ?? freeBytesOf)(directory);
    if (free >= bytes + reserveBytes) return;
    throw new PortError(
      'full',
      `the disk of ${directory} has ${mebibytes(free)} MiB left; the log needs ${mebibytes(bytes)} more, and ${mebibytes(reserveBytes)} are kept in reserve; free some space`,
    );
  }

  #discard({ file, fd }: OpenLogFile): void {
    closeSync(fd);
    rmSync(file.path, { force: true });
    this.#number = file.number - 1;
  }
}

export function openForAppend(file: LogFile): OpenLogFile {
  try {
    return { file, fd: openSync(file.path, WRITE_FLAGS) };
  } catch (cause) {
    throw diskFault(cause, file.path);
  }
}

function hasRoomFor(bytes: number, opened: OpenLogFile): boolean {
  return opened.file.sizeBytes - FILE_HEAD_BYTES >= bytes && isWholeOnDisk(opened);
}

/**
 * Every byte of it has its place on the disk. A copy may have holes where zeros were: to write there takes room, and a write
 * that finds none leaves a part of an entry.
 */
export function isWholeOnDisk({ file, fd }: OpenLogFile): boolean {
  return fstatSync(fd).blocks * BLOCK_BYTES >= file.sizeBytes;
}

/** I3 */
async function zeroFromItsEnd(path: string, sizeBytes: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    for (let end = sizeBytes; end > 0; ) {
      const at = Math.max(0, end - PIECE_BYTES);
      await writeWhole(handle, ZEROS.subarray(0, end - at), at);
      await handle.datasync();
      end = at;
    }
  } finally {
    await handle.close();
  }
}

/** Places of pieces of `bytes` from `from` on that are not zeros: each with where the next one may begin. */
export function piecesNotZero(
  bytes: Uint8Array,
  from: number,
): readonly { readonly at: number; readonly end: number }[] {
  const found: { readonly at: number; readonly end: number }[] = [];
  for (let at = from; at < bytes.length; at += PIECE_BYTES) {
    const end = Math.min(at + PIECE_BYTES, bytes.length);
    if (Buffer.compare(bytes.subarray(at, end), ZEROS.subarray(0, end - at)) !== 0) found.push({ at, end });
  }
  return found;
}

function unlessGone(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'ENOENT') throw cause;
}

function nothingWritten(cause: unknown, directory: string): PortError {
  const { kind, message } = diskFault(cause, directory);
  return new PortError(kind, message, { outcome: 'nothing_written', cause });
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 1_048_576);
}
