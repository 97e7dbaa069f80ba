import { existsSync, type FSWatcher, watch } from 'node:fs';
import { renderFault } from '../core/policy/policy-fault.ts';
import { readPolicyDirectory } from '../policy/policy-directory.ts';
import type { Observer } from '../port/observer.ts';
import { CommandError } from './command/command-line.ts';
import type { Node } from './open-node.ts';

/** An editor writes several files, or one in several steps. */
const SETTLE_MS = 200;
/** A directory that cannot be read or watched (no free descriptor, say) is tried again after this; it doubles. */
const RETRY_MS = 5_000;
const RETRY_MS_MAX = 60_000;

type Parts = Pick<Node, 'policies'>;

/**
 * Applies the directory's policy when its files change; a faulty one is reported, and the one in force stays. What cannot
 * be read or watched is told and tried again. Returns how to stop. Throws CommandError when it cannot be watched at first.
 */
export function watchPolicy(node: Parts, directory: string, observer: Observer): () => void {
  if (!existsSync(directory)) {
    observer.fault(
      `${directory} does not exist and is not watched; give --policy-dir the folder of the policy, or --no-policy-watch`,
    );
    return () => {};
  }
  const policyWatch = new PolicyWatch(node, directory, observer);
  try {
    policyWatch.watch();
  } catch {
    throw new CommandError(
      `${directory} can not be watched; name it with --policy-dir or turn watching off with --no-policy-watch`,
    );
  }
  return () => policyWatch.close();
}

/**
 * Owned by `watchPolicy`.
 *
 * I1  One look at the files at a time is due; whatever changes meanwhile puts it off.
 * I2  After a watcher that failed a look must succeed before another one is made: it may have missed changes.
 */
class PolicyWatch {
  readonly #node: Parts;
  readonly #directory: string;
  readonly #observer: Observer;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MS;
  #isClosed = false;

  constructor(node: Parts, directory: string, observer: Observer) {
    this.#node = node;
    this.#directory = directory;
    this.#observer = observer;
  }

  /** Throws what `fs.watch` throws. */
  watch(): void {
    this.#watcher = watch(this.#directory, { recursive: true }, () => this.#lookIn(SETTLE_MS));
    this.#watcher.on('error', (cause) => this.#unwatched(cause));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  #unwatched(cause: unknown): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#retry(`${this.#directory} is not watched at the moment`, cause);
  }

  #lookIn(ms: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  #retry(sentence: string, cause: unknown): void {
    this.#observer.fault(`${sentence}; it is tried again in ${this.#retryMs / 1_000} s`, cause);
    this.#lookIn(this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX);
  }

  async #look(): Promise<void> {
    try {
      await this.#apply();
      if (this.#watcher === undefined && !this.#isClosed) this.watch();
      this.#retryMs = RETRY_MS;
    } catch (cause) {
      this.#retry(`the policy in ${this.#directory} could not be read`, cause);
    }
  }

  async #apply(): Promise<void> {
    const { policies } = this.#node;
    const files = readPolicyDirectory(this.#directory);
    const check = policies.check(files);
    if (check.faults.length === 0 && check.version === policies.current?.version) return;
    const taken = await policies.apply(files, undefined);
    if (taken.kind === 'taken')
      this.#observer.info(`policy ${taken.version} is in force (before: ${taken.previous || 'none'})`);
    if (taken.kind !== 'faulty') return;
    for (const fault of taken.faults) this.#observer.fault(renderFault(fault));
    this.#observer.fault(
      `the policy in ${this.#directory} has ${taken.faults.length} faults; ${policies.current?.version ?? 'none'} stays in force`,
    );
  }
}
