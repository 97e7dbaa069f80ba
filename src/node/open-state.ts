import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Extent } from '../adapter/disk/extents.ts';
import { type LmdbEnvironment, openLmdb } from '../adapter/lmdb/environment.ts';
import { checkState, type StateCheck } from '../adapter/lmdb/state-check.ts';
import type { Findings } from './finding.ts';

/** The environment of `state.mdb`, or one in a place of its own where the file cannot be used or must not be changed. */
export class OpenState {
  readonly check: StateCheck;
  readonly #dir: string;
  #scratch: string | undefined;
  #environment: LmdbEnvironment;

  /** `confirm` is called before each write. */
  constructor(
    dir: string,
    check: StateCheck,
    { isReadOnly, confirm }: { readonly isReadOnly: boolean; readonly confirm: () => void },
  ) {
    this.#dir = dir;
    this.check = check;
    // LMDB's own notes of who reads: nobody does, the directory is ours.
    if (!isReadOnly) rmSync(join(dir, 'state.mdb-lock'), { force: true });
    if (this.isNew && isReadOnly) this.#scratch = mkdtempSync(join(tmpdir(), 'attune-read-'));
    else if (check.fault !== undefined) renameSync(join(dir, 'state.mdb'), join(dir, 'state.mdb.damaged'));
    this.#environment = openLmdb(this.#scratch ?? dir, { confirm });
  }

  get environment(): LmdbEnvironment {
    return this.#environment;
  }

  /** There was no file, or it could not be used. */
  get isNew(): boolean {
    return this.check.isEmpty || this.check.fault !== undefined;
  }

  /** Goes on with a copy, which may be changed. Throws PortError. */
  async onScratch(): Promise<LmdbEnvironment> {
    if (this.#scratch !== undefined) return this.#environment;
    await this.#environment.close();
    this.#scratch = mkdtempSync(join(tmpdir(), 'attune-read-'));
    cpSync(join(this.#dir, 'state.mdb'), join(this.#scratch, 'state.mdb'));
    this.#environment = openLmdb(this.#scratch);
    return this.#environment;
  }

  async close(): Promise<void> {
    await this.#environment.close();
    if (this.#scratch !== undefined) rmSync(this.#scratch, { recursive: true, force: true });
  }
}

/** Looks at `state.mdb` before LMDB does, and says what is wrong with it. Throws what the disk throws. */
export function judgeState(dir: string, extent: Extent | undefined, findings: Findings): StateCheck {
  const file = join(dir, 'state.mdb');
  const check = checkState(file);
  const had = extent?.shards.some(({ last }) => last > 0) === true;
  const heals = 'a service that starts builds profiles again from archive and log';
  if (check.fault !== undefined)
    findings.add('healed', `${file} is damaged: ${check.fault}; it is set aside, and ${heals}`);
  else if (check.isEmpty && had) findings.add('healed', `${file} is missing or empty: ${heals}`);
  return check;
}
