/**
 * Policies as editions: checked, stored, put in force, and remembered for explaining what they decided.
 *
 * I1  What is in force was parsed without a fault; a faulty one changes nothing.
 * I2  The edition is durable before it is used: a restart has the same policy.
 * I3  Every node that lives holds what comes into force: those that cannot keep it from that, but for the first policy of a deployment.
 * I4  What this node puts in force and what it takes in of others come one after the other, so a look that began before cannot take the former back.
 */

import { LruMap } from '../base/lru-map.ts';
import type { KnownGoods } from '../core/catalog/known-goods.ts';
import type { Policy } from '../core/policy/policy.ts';
import { decodePolicyFiles, encodePolicyFiles, type PolicyFiles } from '../core/policy/policy-bytes.ts';
import { policyWarnings } from '../policy/lint/policy-warnings.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { policyContext } from '../policy/policy-context.ts';
import type { AskHeld, Editions } from '../port/editions.ts';
import type {
  Policies,
  PolicyApplied,
  PolicyCheck,
  PolicyConflict,
  PolicyEdition,
  PolicyFaulty,
  PolicyTaken,
  PolicyUnheld,
  PolicyUnknown,
  WatchedFolder,
} from '../port/policies.ts';
import { PortError } from '../port/port-error.ts';

const REMEMBERED = 16;

export class EditionPolicies implements Policies {
  readonly #editions: Editions;
  readonly #adopt: (policy: Policy) => void;
  readonly #goods: () => KnownGoods | undefined;
  readonly #ask: AskHeld;
  readonly #parsed = new LruMap<string, Policy>(REMEMBERED);
  #current: Policy | undefined;
  #watched: WatchedFolder | undefined;
  #unread = '';
  /** I4 */
  #last: Promise<unknown> = Promise.resolve();

  /** `adopt` is told of every policy that comes into force. `goods`: the catalogue that warnings look names up in. `ask`: absent where no other node is. */
  constructor(
    editions: Editions,
    adopt: (policy: Policy) => void,
    goods: () => KnownGoods | undefined = () => undefined,
    ask: AskHeld = async () => [],
  ) {
    this.#editions = editions;
    this.#adopt = adopt;
    this.#goods = goods;
    this.#ask = ask;
  }

  get current(): Policy | undefined {
    return this.#current;
  }

  get watched(): WatchedFolder | undefined {
    return this.#watched;
  }

  /** What the watched folder held when it was seen last, by an earlier process too; '': nobody watched. Throws PortError. */
  watchedBefore(): Promise<string> {
    return this.#editions.current('watched');
  }

  /** Remembers what the watched folder holds. Throws PortError. */
  async watch(folder: WatchedFolder): Promise<void> {
    this.#watched = folder;
    const { version } = folder;
    const before = await this.watchedBefore();
    if (version === before) return;
    await this.#editions.put({ kind: 'watched', version, sha256: '', bytes: new Uint8Array() });
    await this.#editions.use('watched', version, before);
  }

  /** Puts the policy that was in force last into force again; false when there was none. Throws PortError. */
  async load(): Promise<boolean> {
    const version = await this.#editions.current('policy');
    if (version === '') return false;
    const policy = await this.parsed(version);
    if (policy === undefined) throw missing(version);
    this.#take(policy);
    return true;
  }

  /** A version that is in force at other nodes, and that this one cannot read: it is of a later program, or damaged. '' : there is none. */
  get unread(): string {
    return this.#unread;
  }

  /** Puts in force what another node has put in force. What cannot be read changes nothing, and is `unread`. Throws PortError, also where the store names one that it does not have. */
  takeIn(): Promise<void> {
    return this.#serially(async () => {
      const version = await this.#editions.current('policy');
      const isHere = version === '' || version === this.#current?.version;
      const policy = isHere || version === this.#unread ? undefined : await this.parsed(version);
      if (policy !== undefined) this.#take(policy);
      // A replica that lags may answer so: it is asked again. What is read and makes no sense here makes none the next time.
      else if (
        !isHere &&
        version !== this.#unread &&
        (await this.#editions.get('policy', version)) === undefined
      )
        throw missing(version);
      this.#unread = isHere || policy !== undefined ? '' : version;
    });
  }

  /** Whether a stored version could be put in force here: why not, '': it could. Throws PortError, also where the store does not have it. */
  async hold(version: string): Promise<string> {
    if ((await this.parsed(version)) !== undefined) return '';
    if ((await this.#editions.get('policy', version)) === undefined) throw notStored(version);
    return 'it cannot read it, because it is of another version of Attune';
  }

  check(files: PolicyFiles): PolicyCheck {
    const parsed = parsePolicy(files, policyContext);
    if (!parsed.ok) return { version: '', faults: parsed.faults, warnings: [] };
    return { version: parsed.policy.version, faults: [], warnings: policyWarnings(parsed, this.#goods()) };
  }

  async apply(
    files: PolicyFiles,
    expected: string | undefined,
  ): Promise<PolicyApplied | PolicyFaulty | PolicyConflict | PolicyUnheld> {
    const parsed = parsePolicy(files, policyContext);
    if (!parsed.ok) return { kind: 'faulty', faults: parsed.faults };
    const { version, sha256 } = parsed.policy;
    await this.#editions.put({ kind: 'policy', version, sha256, bytes: encodePolicyFiles(files) });
    const inForce = await this.#editions.current('policy');
    // Nobody need be asked what comes to nothing; of the first one there is nobody who would go on with another.
    if (expected !== undefined && expected !== inForce) return { kind: 'conflict', inForce };
    const nodes = inForce === '' || inForce === version ? [] : await this.#ask('policy', version);
    if (nodes === 'overtaken') return { kind: 'conflict', inForce };
    if (nodes.length > 0) return { kind: 'unheld', version, nodes };
    const taken = await this.#use(parsed.policy, expected);
    return taken.kind === 'taken' ? { ...taken, warnings: policyWarnings(parsed, this.#goods()) } : taken;
  }

  async rollback(
    version: string | undefined,
  ): Promise<PolicyTaken | PolicyUnknown | PolicyConflict | PolicyUnheld> {
    const inForce = await this.#editions.current('policy');
    const versions = await this.#editions.versions('policy');
    const present = versions.findIndex((edition) => edition.version === inForce);
    const wanted = version ?? versions[present + 1]?.version;
    const policy = wanted === undefined || present < 0 ? undefined : await this.parsed(wanted);
    if (policy === undefined) return { kind: 'unknown' };
    const nodes = policy.version === inForce ? [] : await this.#ask('policy', policy.version);
    if (nodes === 'overtaken') return { kind: 'conflict', inForce };
    if (nodes.length > 0) return { kind: 'unheld', version: policy.version, nodes };
    return this.#use(policy, version === undefined ? inForce : undefined);
  }

  async get(version: string | undefined): Promise<PolicyEdition | undefined> {
    const inForce = await this.#editions.current('policy');
    const wanted = version ?? inForce;
    const edition = wanted === '' ? undefined : await this.#editions.get('policy', wanted);
    const files = edition === undefined ? undefined : decodePolicyFiles(edition.bytes);
    if (edition === undefined || files === undefined) return undefined;
    const at = (await this.#editions.versions('policy')).find((entry) => entry.version === wanted)?.at ?? 0;
    const name = wanted.slice(0, wanted.lastIndexOf('@'));
    return {
      name,
      version: wanted,
      sha256: edition.sha256,
      files,
      appliedAt: at,
      inForce: wanted === inForce,
    };
  }

  async parsed(version: string): Promise<Policy | undefined> {
    const known = this.#parsed.get(version);
    if (known !== undefined) return known;
    const edition = await this.#editions.get('policy', version);
    const files = edition === undefined ? undefined : decodePolicyFiles(edition.bytes);
    const parsed = files === undefined ? undefined : parsePolicy(files, policyContext);
    if (parsed === undefined || !parsed.ok) return undefined;
    this.#parsed.set(version, parsed.policy);
    return parsed.policy;
  }

  #use(policy: Policy, expected: string | undefined): Promise<PolicyTaken | PolicyConflict> {
    return this.#serially(() => this.#useNow(policy, expected));
  }

  async #useNow(policy: Policy, expected: string | undefined): Promise<PolicyTaken | PolicyConflict> {
    const previous = await this.#editions.current('policy');
    if (expected !== undefined && expected !== previous) return { kind: 'conflict', inForce: previous };
    try {
      await this.#editions.use('policy', policy.version, previous);
    } catch (fault) {
      if (!(fault instanceof PortError) || fault.kind !== 'conflict') throw fault;
      return { kind: 'conflict', inForce: await this.#editions.current('policy') };
    }
    this.#take(policy);
    return { kind: 'taken', version: policy.version, previous };
  }

  /** I4 */
  #serially<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done;
  }

  #take(policy: Policy): void {
    this.#parsed.set(policy.version, policy);
    this.#current = policy;
    this.#adopt(policy);
  }
}

function notStored(version: string): PortError {
  return new PortError('unavailable', `the policy ${version} is not among the stored editions yet`);
}

function missing(version: string): PortError {
  return new PortError('corrupt', `the policy in force, ${version}, is not among the stored editions`);
}
