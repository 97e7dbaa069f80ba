import { existsSync } from 'node:fs';
import { renderFault } from '../core/policy/policy-fault.ts';
import { readPolicyDirectory } from '../policy/policy-directory.ts';
import type { Observer } from '../port/observer.ts';
import type { Node } from './open-node.ts';
import { policySignature } from './policy-signature.ts';
import { tellWarnings } from './tell-policy.ts';

/** How often the files are looked at: a look costs some twenty `stat`, well below 1 ms. */
const LOOK_MS = 500;
/** A file changed so shortly before a look could change again and look the same: file systems count time in ticks of 4 to 10 ms. */
const TICK_MS = 50;
/** A directory that cannot be read (no free descriptor, say) is tried again after this; it doubles. */
const RETRY_MS = 5_000;
const RETRY_MS_MAX = 60_000;

type Parts = Pick<Node, 'policies'>;

/**
 * Applies the directory's policy when its files change; a faulty one is reported, and the one in force stays. What cannot
 * be read is told and tried again. Of the folder and of calls that apply a policy the last one wins, and each says so.
 * Returns how to stop.
 */
export async function watchPolicy(
  node: Parts,
  directory: string,
  observer: Observer,
): Promise<() => Promise<void>> {
  if (!existsSync(directory)) {
    observer.fault(
      `${directory} does not exist and is not watched; give --policy-dir the folder of the policy, or --no-policy-watch`,
    );
    return () => Promise.resolve();
  }
  const policyWatch = new PolicyWatch(node, directory, observer);
  await policyWatch.begin();
  return () => policyWatch.close();
}

/**
 * Owned by `watchPolicy`. It looks at the files again and again, in place of being told by the system: that misses saves through links and on
 * network file systems, and files in folders that are made later.
 *
 * I1  One look is under way at a time.
 * I2  Files are read when two looks in a row saw the same, which is not what was read last: an editor saves in several steps.
 * I3  After a look or a reading that failed nothing is remembered of it, so the next one reads again.
 */
class PolicyWatch {
  readonly #node: Parts;
  readonly #directory: string;
  readonly #observer: Observer;
  #timer: NodeJS.Timeout | undefined;
  /** Of the last look. */
  #seen = '';
  /** Of what was read last. */
  #read: string | undefined;
  /** In force as far as this watch has told. */
  #told = '';
  #retryMs = RETRY_MS;
  #isClosed = false;
  /** The look that is under way, or the last one. */
  #looking: Promise<void> = Promise.resolve();

  constructor(node: Parts, directory: string, observer: Observer) {
    this.#node = node;
    this.#directory = directory;
    this.#observer = observer;
  }

  /** The first look: what changed while the service was away is applied where the folder's policy was in force. */
  async begin(): Promise<void> {
    const { policies } = this.#node;
    try {
      const signature = await policySignature(this.#directory);
      const inForce = policies.current?.version ?? '';
      const before = await policies.watchedBefore();
      // The faults of a first policy were told when it was not taken.
      const held = inForce === '' ? undefined : this.#heldVersion();
      if (held !== undefined && held !== inForce && inForce === before) await this.#apply();
      else if (inForce !== '') await this.#keep(held ?? before, inForce);
      this.#seen = signature.text;
      this.#read = signature.text;
    } catch (cause) {
      this.#observer.fault(`the policy in ${this.#directory} could not be read`, cause);
    }
    this.#told = policies.current?.version ?? '';
    this.#lookIn(LOOK_MS);
  }

  /** Resolves when no look is under way any more: one applies to stores that are about to be closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookIn(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, ms);
  }

  async #look(): Promise<void> {
    try {
      const { text, newestMs } = await policySignature(this.#directory);
      if (this.#isClosed) return;
      const isSettled = text === this.#seen && Math.abs(Date.now() - newestMs) > TICK_MS;
      this.#seen = text;
      if (isSettled && text !== this.#read) {
        await this.#apply();
        this.#read = text;
      }
      this.#tellOfOthers();
      this.#retryMs = RETRY_MS;
      this.#lookIn(LOOK_MS);
    } catch (cause) {
      this.#observer.fault(
        `the policy in ${this.#directory} could not be read; it is tried again in ${this.#retryMs / 1_000} s`,
        cause,
      );
      this.#read = undefined;
      this.#lookIn(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX);
    }
  }

  /** The version of the folder's policy; undefined when it is faulty, which is told. */
  #heldVersion(): string | undefined {
    const check = this.#node.policies.check(readPolicyDirectory(this.#directory));
    if (check.faults.length === 0) return check.version;
    this.#tellFaults(check.faults.map(renderFault));
    return undefined;
  }

  async #apply(): Promise<void> {
    const { policies } = this.#node;
    const files = readPolicyDirectory(this.#directory);
    const check = policies.check(files);
    const inForce = policies.current?.version ?? '';
    if (check.faults.length > 0) return this.#tellFaults(check.faults.map(renderFault));
    if (check.version !== inForce) {
      const byCall = inForce !== '' && inForce !== policies.watched?.version;
      const taken = await policies.apply(files, undefined);
      if (taken.kind !== 'taken') throw new Error(`the policy ${check.version} was not taken: ${taken.kind}`);
      const which = byCall ? `${inForce}, which a call had applied` : taken.previous || 'none';
      this.#observer.info(
        `policy ${taken.version} is in force (before: ${which}), as ${this.#directory} was saved; sha256 ${policies.current?.sha256 ?? ''}`,
      );
      tellWarnings(this.#observer, this.#directory, taken.warnings);
      this.#told = taken.version;
    }
    await policies.watch({ directory: this.#directory, version: check.version });
  }

  /** The folder holds `held`, and what is in force stays. */
  async #keep(held: string, inForce: string): Promise<void> {
    if (held === '') return;
    await this.#node.policies.watch({ directory: this.#directory, version: held });
    if (held !== inForce) this.#tellWhoWins(inForce, held);
  }

  /** A call applied a policy, or went back to one. */
  #tellOfOthers(): void {
    const { current, watched } = this.#node.policies;
    const inForce = current?.version ?? '';
    if (inForce === this.#told) return;
    this.#told = inForce;
    if (watched !== undefined && watched.version !== inForce) this.#tellWhoWins(inForce, watched.version);
  }

  #tellWhoWins(inForce: string, held: string): void {
    this.#observer.info(
      `the files in ${this.#directory} (${held}) differ from the policy in force (${inForce}), which a call applied; their next change takes its place: save the policy there too, or put the files in force with attune policy apply ${this.#directory}`,
    );
  }

  #tellFaults(lines: readonly string[]): void {
    for (const line of lines) this.#observer.fault(line);
    this.#observer.fault(
      `the policy in ${this.#directory} has ${lines.length} faults; ${this.#node.policies.current?.version ?? 'none'} stays in force`,
    );
  }
}
