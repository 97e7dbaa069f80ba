/**
 * Customers who were parted from one of this shard's and have to hear it: told again until they have. Owned by the shard, driven by what its
 * turns commit.
 *
 * I1  What is to be told stands in the customer's profile. Nothing here outlives the process: after a restart the `link` timer tells again,
 *     and whoever has heard it says so a second time.
 * I2  A request that comes by a key of somebody who has not heard it yet waits here: whose it is, is decided, and they cannot take it.
 * I3  Whoever waits here is answered: when all have heard it, after `linkWaitMs`, or when the shard is given up.
 * I4  The keys that lead to whoever comes back hear it before they do: once they are back nothing of theirs leads elsewhere, so that an erasure finds all of it. Until
 *     then what comes by such a key is led here, by way of theirs, and waits (I2).
 */
import type { IdentifierKey } from '../../base/brand.ts';
import { decodeEstate } from '../../codec/stored/estate-codec.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import { keysHeld } from '../../core/profile/absorb/kept-apart.ts';
import type { Parting } from '../../core/profile/link.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Refusal } from '../../port/customers.ts';
import type { Peers } from '../../port/peers.ts';
import type { Runtime } from '../runtime.ts';
import { type Request, refusal, refuse } from '../turn/request.ts';

const NOT_HEARD = refusal(
  'unavailable',
  'this customer is being parted from another one; retry with the same id',
  INTERVALS.retryDelayMs,
);

export interface PartingsHost {
  readonly peer: Peers;
  submit(request: Request): void;
  /** Puts requests back before all others, and wakes the shard. */
  requeue(requests: readonly Request[]): void;
}

interface UnderWay {
  /** Keys that a word is out to. */
  readonly out: Set<IdentifierKey>;
  readonly waiting: (() => void)[];
  readonly held: Request[];
}

export class Partings {
  readonly #host: PartingsHost;
  readonly #runtime: Pick<Runtime, 'clock'>;
  readonly #byCustomer = new Map<string, UnderWay>();
  /** Counts what was forgotten: an answer to what was told before is not heard. */
  #life = 0;
  #out = 0;

  constructor(host: PartingsHost, runtime: Pick<Runtime, 'clock'>) {
    this.#host = host;
    this.#runtime = runtime;
  }

  /** A word is out. */
  get isBusy(): boolean {
    return this.#out > 0;
  }

  /** After a commit that changed the customer: tells whoever has not heard it, or answers who waited. */
  changed(profile: Profile): void {
    if (profile.partings.length === 0) {
      const found = this.#byCustomer.get(profile.id);
      if (found !== undefined) this.#settle(profile.id, found);
      return;
    }
    const found = this.#underWay(profile.id);
    for (const parting of profile.partings)
      if (!found.out.has(parting.key)) this.#tell(profile, found, parting);
  }

  /** `done` is called when all have heard it, at the latest after `linkWaitMs`. */
  wait(id: string, done: () => void): void {
    const found = this.#underWay(id);
    found.waiting.push(done);
    this.#later(LIMITS.linkWaitMs, () => {
      const place = found.waiting.indexOf(done);
      if (place >= 0) found.waiting.splice(place, 1);
      if (place >= 0) done();
    });
  }

  /** I2 */
  hold(id: string, request: Request): void {
    const found = this.#underWay(id);
    if (found.held.length >= LIMITS.heldPerCustomerMax) return refuse(request, NOT_HEARD);
    found.held.push(request);
    this.#later(LIMITS.linkWaitMs, () => {
      const place = found.held.indexOf(request);
      if (place >= 0) found.held.splice(place, 1);
      if (place >= 0) refuse(request, NOT_HEARD);
    });
  }

  /** The shard forgets everything. */
  clear(why: Refusal): void {
    this.#life++;
    this.#out = 0;
    const all = [...this.#byCustomer.values()];
    this.#byCustomer.clear();
    for (const { waiting, held } of all) {
      for (const done of waiting.splice(0)) done();
      for (const request of held.splice(0)) refuse(request, why);
    }
  }

  #tell({ id, key: from }: Profile, found: UnderWay, { key, claim, estate, at }: Parting): void {
    const life = this.#life;
    this.#out++;
    found.out.add(key);
    let isOpen = true;
    const close = (): boolean => {
      if (!isOpen || life !== this.#life) return false;
      isOpen = false;
      this.#out--;
      return true;
    };
    const unheard = (): void => {
      if (close()) this.#again(found, key);
    };
    const restore = (): void =>
      this.#host.peer.restore(key, { from: id, claim, estate, at }, (isHeard) => {
        if (!isHeard) return unheard();
        if (close()) this.#heard(found, from, key);
      });
    // I4
    const keys = keysHeld(decodeEstate(estate).profile).filter((one) => one !== key);
    let left = keys.length;
    if (left === 0) restore();
    for (const one of keys)
      this.#host.peer.redirect(one, key, id, (isHeard) => {
        if (!isHeard) return unheard();
        if (--left === 0 && isOpen && life === this.#life) restore();
      });
    this.#later(INTERVALS.claimTimeoutMs, unheard);
  }

  /** It takes its place in the order of the customer of key `from`. */
  #heard(found: UnderWay, from: IdentifierKey, key: IdentifierKey): void {
    this.#host.submit({
      kind: 'parted',
      to: addresseeOfKey(from),
      priority: 'critical',
      bytes: 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      key,
      done: (outcome) => {
        if (outcome.kind === 'refused') this.#again(found, key);
      },
    });
  }

  /** The `link` timer of the customer tells them again (I1). */
  #again(found: UnderWay, key: IdentifierKey): void {
    found.out.delete(key);
  }

  #settle(id: string, found: UnderWay): void {
    this.#byCustomer.delete(id);
    for (const done of found.waiting.splice(0)) done();
    const held = found.held.splice(0);
    if (held.length > 0) this.#host.requeue(held);
  }

  #later(ms: number, then: () => void): void {
    const life = this.#life;
    this.#runtime.clock.after(ms, () => {
      if (life === this.#life) then();
    });
  }

  #underWay(id: string): UnderWay {
    const found = this.#byCustomer.get(id);
    if (found !== undefined) return found;
    const made: UnderWay = { out: new Set(), waiting: [], held: [] };
    this.#byCustomer.set(id, made);
    return made;
  }
}
