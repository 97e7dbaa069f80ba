import { fdatasync, write } from 'node:fs';
import type { AppendSettled } from '../../port/fact-log.ts';
import { PortError } from '../../port/port-error.ts';
import { diskFault } from './disk-fault.ts';
import { EntryDraft } from './log-entry.ts';
import { FILE_HEAD_BYTES } from './log-file.ts';
import { type LogRoom, type OpenLogFile, SYNCS_ITSELF } from './log-room.ts';

/** What LogWriter tells its owner, before anybody who appended hears of it. Must not throw. */
export interface LogWriterOwner {
  /** The entry is durable at `at` of the newest file. */
  written(draft: EntryDraft, commit: number, at: number): void;
  /** The entry failed, or was never written. */
  failed(draft: EntryDraft): void;
  /** `next` is the newest file from now on. */
  rolled(next: OpenLogFile): void;
}

export interface LogWriterStart {
  readonly newest: OpenLogFile | undefined;
  /** Where the next entry begins in it. */
  readonly end: number;
  readonly lastCommit: number;
}

/**
 * Owns the order of writes to the log: one entry, one write, at a time. Called by DiskFactLog.
 *
 * I1. One write is under way; what is appended meanwhile is the next entry. What is appended in one run of the event loop
 *     is one entry too.
 * I2. Nobody hears of an append before its bytes are on the disk: O_DSYNC where there is such a thing, else a sync.
 * I3. After a write that failed or never came back nothing is written any more, because what the file holds is unknown
 *     until it is read again: the process must start anew.
 * I4. An entry for which there is no room was not written, and neither was any part of it; the next one tries again. Nor one of
 *     a process that cannot show that the directory is still its own.
 */
export class LogWriter {
  readonly #directory: string;
  readonly #room: LogRoom;
  readonly #owner: LogWriterOwner;
  readonly #msMax: number;
  readonly #confirm: () => void;
  #newest: OpenLogFile | undefined;
  #end: number;
  #lastCommit: number;
  /** The next entry goes to another file, if one is to be had. */
  #isSealed = false;
  #state: 'idle' | 'due' | 'waiting' | 'writing' | 'stuck' = 'idle';
  #isClosed = false;
  #gathering = new EntryDraft();
  /** The entry for which room is sought, or that is being written. */
  #under: EntryDraft | undefined;
  readonly #free: EntryDraft[] = [];
  #watchdog: NodeJS.Timeout | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(
    options: {
      readonly directory: string;
      readonly room: LogRoom;
      readonly owner: LogWriterOwner;
      readonly commitMsMax: number;
      readonly confirm: () => void;
    },
    { newest, end, lastCommit }: LogWriterStart,
  ) {
    this.#directory = options.directory;
    this.#room = options.room;
    this.#owner = options.owner;
    this.#msMax = options.commitMsMax;
    this.#confirm = options.confirm;
    this.#newest = newest;
    this.#end = end;
    this.#lastCommit = lastCommit;
  }

  /** Of the last entry that is durable. */
  get lastCommit(): number {
    return this.#lastCommit;
  }

  /** Why nothing can be added now, if so. */
  refusal(): PortError | undefined {
    if (this.#state !== 'stuck' && !this.#isClosed) return undefined;
    const sentence = this.#isClosed
      ? `the log in ${this.#directory} was closed`
      : `the log in ${this.#directory} takes no more writes after one that failed: the process must start again`;
    return new PortError('unavailable', sentence, { outcome: 'nothing_written' });
  }

  /** Copies a record into the next entry. Only while there is no `refusal`. */
  add(shard: number, sequence: number, bytes: Uint8Array, at: number, settled: AppendSettled): void {
    this.#gathering.add(shard, sequence, bytes, at, settled);
    if (this.#state !== 'idle') return;
    this.#state = 'due';
    queueMicrotask(this.#begin);
  }

  /** What is appended from now on goes to the next file. Only while that is ready: an entry that finds room here must not fail for want of one. */
  seal(): void {
    this.#isSealed = true;
  }

  /** Resolves when all is written that was added, with whether every write came back. Nothing can be added any more. */
  async close(): Promise<boolean> {
    this.#isClosed = true;
    if (this.#state !== 'idle' && this.#state !== 'stuck')
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    return this.#state !== 'stuck';
  }

  readonly #begin = (): void => {
    const draft = this.#gathering;
    this.#under = draft;
    this.#gathering = this.#free.pop() ?? new EntryDraft();
    this.#watchdog = setTimeout(this.#giveUpLate, this.#msMax);
    const newest = this.#newest;
    const fits = newest !== undefined && this.#end + draft.length <= newest.file.sizeBytes;
    if (fits && !this.#isSealed) return this.#write(draft, newest);
    this.#state = 'waiting';
    this.#room.reserve(draft.length).then(
      (next) => {
        if (this.#under !== draft) return;
        this.#owner.rolled(next);
        this.#isSealed = false;
        this.#newest = next;
        this.#end = FILE_HEAD_BYTES;
        this.#write(draft, next);
      },
      (fault: unknown) => {
        if (this.#under !== draft) return;
        this.#isSealed = false;
        this.#settle(draft, fault);
      },
    );
  };

  #write(draft: EntryDraft, { file, fd }: OpenLogFile): void {
    try {
      this.#confirm();
    } catch (fault) {
      return this.#settle(draft, fault);
    }
    this.#state = 'writing';
    const commit = this.#lastCommit + 1;
    const at = this.#end;
    const bytes = draft.seal(commit, file.salt);
    const over = (fault: NodeJS.ErrnoException | null): void => {
      if (this.#under !== draft) return;
      if (fault !== null) return this.#giveUp(unknownOutcome(fault, file.path));
      this.#lastCommit = commit;
      this.#end = at + bytes.length;
      this.#owner.written(draft, commit, at);
      this.#settle(draft, undefined);
    };
    write(fd, bytes, 0, bytes.length, at, (fault, written) => {
      if (fault !== null) over(fault);
      else if (written < bytes.length)
        over(new Error(`only ${written} of ${bytes.length} bytes were written`));
      else if (SYNCS_ITSELF) over(null);
      else fdatasync(fd, over);
    });
    if (2 * (at + bytes.length) > file.sizeBytes) this.#room.ahead();
  }

  /** The next entry is on its way before anybody hears of this one. */
  #settle(draft: EntryDraft, fault: unknown): void {
    clearTimeout(this.#watchdog);
    this.#under = undefined;
    if (fault !== undefined) this.#owner.failed(draft);
    this.#state = 'idle';
    if (this.#gathering.count > 0) this.#begin();
    draft.settle(fault);
    this.#free.push(draft);
    if (this.#state === 'idle') this.#whenIdle?.();
  }

  readonly #giveUpLate = (): void => {
    const waited = this.#state === 'waiting';
    const what = waited ? 'room for a write' : 'a write';
    const sentence = `${what} to the log in ${this.#directory} has not come within ${this.#msMax} ms`;
    this.#giveUp(new PortError('unavailable', sentence, { outcome: waited ? 'nothing_written' : 'unknown' }));
  };

  #giveUp(fault: PortError): void {
    clearTimeout(this.#watchdog);
    this.#state = 'stuck';
    const refusal = this.refusal();
    // The kernel may yet read the bytes of the one under way: it is not used again.
    const drafts = [this.#under, this.#gathering];
    this.#under = undefined;
    this.#gathering = new EntryDraft();
    for (const draft of drafts) if (draft !== undefined) this.#owner.failed(draft);
    drafts[0]?.settle(fault);
    drafts[1]?.settle(refusal);
    this.#whenIdle?.();
  }
}

/** Whatever the reason: some of it may be in the file. */
function unknownOutcome(cause: NodeJS.ErrnoException, path: string): PortError {
  return new PortError('unavailable', diskFault(cause, path).message, { cause });
}
