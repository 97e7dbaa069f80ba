/**
 * What is paused, as editions: each call that changes something is one, with who said so, when and why.
 *
 * I1  The edition is durable before it is in force: a restart has the same pauses.
 * I2  Calls are taken one after the other, so none undoes another one's change without having seen it; one that another node came before is worked out again
 *     on what that one left.
 * I3  Every edition names the one before: the history is what was in force, and not what was only written.
 */
import { createHash } from 'node:crypto';
import {
  decodePausesEdition,
  encodePausesEdition,
  type PausesEdition,
} from '../codec/stored/pauses-codec.ts';
import { StoredBytesError } from '../codec/stored/stored-bytes-error.ts';
import { LIMITS } from '../config/limits.ts';
import {
  isSameTarget,
  NO_PAUSES,
  type Pause,
  type PauseChange,
  type Pauses,
  type PauseTarget,
  type PendingFate,
  withoutPause,
  withPause,
} from '../core/pause/pause.ts';
import type { Editions } from '../port/editions.ts';
import type { PauseOutcome, PauseSwitch, PauseWords } from '../port/pauses.ts';
import { PortError } from '../port/port-error.ts';

const HASH_DIGITS = 12;

export class EditionPauses implements PauseSwitch {
  readonly #editions: Editions;
  readonly #now: () => number;
  readonly #adopt: (pauses: Pauses) => void;
  #current: Pauses = NO_PAUSES;
  #last: Promise<unknown> = Promise.resolve();

  /** `adopt` is told of all that is paused whenever that changes. */
  constructor(editions: Editions, now: () => number, adopt: (pauses: Pauses) => void) {
    this.#editions = editions;
    this.#now = now;
    this.#adopt = adopt;
  }

  get current(): Pauses {
    return this.#current;
  }

  /** Puts what was paused last, here or by another node, in force. Throws PortError. */
  load(): Promise<void> {
    return this.#serially(() => this.#load());
  }

  pause(target: PauseTarget, said: PauseWords & { readonly pending: PendingFate }): Promise<PauseOutcome> {
    return this.#changing(async () => {
      const before = this.#find(target);
      const { by, why, pending } = said;
      if (before?.by === by && before.why === why && before.pending === pending) return { kind: 'unchanged' };
      const { list } = this.#current;
      if (before === undefined && list.length >= LIMITS.pausesMax)
        return { kind: 'full', max: LIMITS.pausesMax };
      const pause = { ...target, by, why, pending, since: this.#now() };
      return this.#change(withPause(list, pause), { ...pause, isResumed: false });
    });
  }

  resume(target: PauseTarget, { by, why }: PauseWords): Promise<PauseOutcome> {
    return this.#changing(async () => {
      const before = this.#find(target);
      if (before === undefined) return { kind: 'unchanged' };
      const change = { ...before, by, why, since: this.#now(), isResumed: true };
      return this.#change(withoutPause(this.#current.list, target), change);
    });
  }

  async history(limit: number): Promise<readonly PauseChange[]> {
    const changes: PauseChange[] = [];
    let version = this.#current.version;
    while (version !== '' && changes.length < limit) {
      const { content } = await this.#read(version);
      changes.push(content.change);
      version = content.previous;
    }
    return changes;
  }

  #find(target: PauseTarget): Pause | undefined {
    return this.#current.list.find((pause) => isSameTarget(pause, target));
  }

  /** I1, I3 */
  async #change(list: readonly Pause[], change: PauseChange): Promise<PauseOutcome> {
    const previous = this.#current.version;
    const bytes = encodePausesEdition({ previous, change, list });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const version = `${numberOf(previous) + 1}@${sha256.slice(0, HASH_DIGITS)}`;
    await this.#editions.put({ kind: 'pauses', version, sha256, bytes });
    await this.#editions.use('pauses', version, previous);
    this.#take({ version, sha256, list });
    return { kind: 'changed', change };
  }

  #take(pauses: Pauses): void {
    this.#current = pauses;
    this.#adopt(pauses);
  }

  async #read(version: string): Promise<{ readonly sha256: string; readonly content: PausesEdition }> {
    const edition = await this.#editions.get('pauses', version);
    if (edition === undefined)
      throw new PortError('corrupt', `what was paused, ${version}, is not among the stored editions`);
    return { sha256: edition.sha256, content: contentOf(version, edition.bytes) };
  }

  async #load(): Promise<void> {
    const version = await this.#editions.current('pauses');
    if (version === '' || version === this.#current.version) return;
    const { sha256, content } = await this.#read(version);
    this.#take({ version, sha256, list: content.list });
  }

  /** I2 */
  #changing(change: () => Promise<PauseOutcome>): Promise<PauseOutcome> {
    return this.#serially(async () => {
      // What stands so already is said of what is in force, and not of what was a moment ago.
      if (this.#editions.follow !== undefined) await this.#load();
      for (let tries = 1; ; tries++) {
        try {
          return await change();
        } catch (fault) {
          const isSecond = fault instanceof PortError && fault.kind === 'conflict';
          if (!isSecond || tries >= LIMITS.sharedChangeTriesMax) throw fault;
          await this.#load();
        }
      }
    });
  }

  /** I2 */
  #serially<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done;
  }
}

function contentOf(version: string, bytes: Uint8Array): PausesEdition {
  try {
    return decodePausesEdition(bytes);
  } catch (fault) {
    if (!(fault instanceof StoredBytesError)) throw fault;
    throw new PortError('corrupt', `what was paused, ${version}, cannot be read: ${fault.message}`);
  }
}

/** Versions are `3@0123456789ab`: the third, and the beginning of its hash. '' is none. */
function numberOf(version: string): number {
  return Number.parseInt(version, 10) || 0;
}
