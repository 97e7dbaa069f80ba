/**
 * The claims of one shard's customers: keys that events named together with them, asked for one after the other. Owned by the shard,
 * driven by what its turns commit.
 *
 * I1  A customer asks for one key at a time, so that each answer is given knowing all the keys that they have.
 * I2  What is asked for stands in the customer's profile. Nothing here outlives the process: after a restart the `link` timer asks
 *     again, or the first request that waits for it, and whoever was asked gives the same answer a second time.
 * I3  A customer who asks, or may have been answered without hearing it, lets nobody have them (`isFree`). Two who want each other
 *     are both refused, wait for a time of their own each, and who asks first then has the other.
 * I4  Whoever waits here is answered: when the claims are over, after `linkWaitMs`, or when the shard is given up.
 */
import type { IdentifierKey } from '../../base/brand.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { type EventWarning, warning } from '../../core/event/event-warning.ts';
import { addresseeOfKey } from '../../core/identity/customer.ts';
import type { Sighting } from '../../core/identity/sighting.ts';
import { unionsLately } from '../../core/profile/absorb/unions.ts';
import { isDeviceClaimed, lastSeen } from '../../core/profile/devices.ts';
import type { Claimed, Profile } from '../../core/profile/profile.ts';
import type { Refusal } from '../../port/customers.ts';
import type { Claim, ClaimAnswer, Peers } from '../../port/peers.ts';
import type { Runtime } from '../runtime.ts';
import { type Request, refuse } from '../turn/request.ts';
import { claimDevice } from './claim-device.ts';

const PENDING = warning(
  'identifiers',
  'identity.link_pending',
  '',
  'Keys of `identifiers` are still on their way to the customer; the event counts, and they follow.',
);

/** A shard that is away is asked every one to eleven seconds. */
const DOUBLINGS_MAX = 8;

export interface ClaimsHost {
  readonly peer: Peers;
  /** The profile of a customer in memory. */
  profileOf(customer: string): Profile | undefined;
  submit(request: Request): void;
  /** Puts requests back before all others, and wakes the shard. */
  requeue(requests: readonly Request[]): void;
}

/** Told when the claims of a customer are over; what is odd about them. */
type Settled = (told: readonly EventWarning[]) => void;

interface Asked {
  readonly claimed: Claimed;
  /** Of a device's key. */
  readonly seen: Sighting;
}

interface UnderWay {
  /** What was asked for and may have been given; undefined: nothing is. */
  asked: Asked | undefined;
  /** The question is out, its answer waits for a turn, or it is asked again before long. */
  isOut: boolean;
  /** Counts the questions: an answer to an earlier one changes nothing. */
  round: number;
  /** Questions in a row that nobody answered. */
  failures: number;
  readonly waiting: Settled[];
  readonly held: Request[];
  readonly told: EventWarning[];
}

export class Claims {
  readonly #host: ClaimsHost;
  readonly #runtime: Pick<Runtime, 'clock' | 'rng'>;
  readonly #byCustomer = new Map<string, UnderWay>();
  /** Counts what was forgotten: an answer to what was asked before is not heard. */
  #life = 0;
  #out = 0;

  constructor(host: ClaimsHost, runtime: Pick<Runtime, 'clock' | 'rng'>) {
    this.#host = host;
    this.#runtime = runtime;
  }

  /** A question is out. */
  get isBusy(): boolean {
    return this.#out > 0;
  }

  /** I3: whether somebody else may have the customer. */
  isFree({ id, claims }: Profile): boolean {
    if (claims.length === 0) return true;
    const found = this.#byCustomer.get(id);
    // Unknown here: the process that asked is gone, and what it was answered is not known.
    return found !== undefined && found.asked === undefined && found.isOut;
  }

  /** After a commit that changed the customer: asks for the next key, or answers who waited for the last one. */
  changed(profile: Profile): void {
    const found = this.#byCustomer.get(profile.id);
    const [next] = profile.claims;
    if (next === undefined) {
      if (found !== undefined) this.#settle(profile.id, found);
    } else if (found === undefined || !found.isOut || !isSame(found.asked?.claimed, next))
      this.#ask(profile, next);
  }

  /** `done` is called when the customer's claims are over, at the latest after `linkWaitMs`. */
  wait(id: string, done: Settled): void {
    const found = this.#underWay(id);
    found.waiting.push(done);
    if (found.waiting.length > 1) return;
    this.#later(LIMITS.linkWaitMs, () => this.#giveUp(found));
  }

  /** Keeps a request until the customer's claims are over, at most for `heldMs`; false when too many are kept already. */
  hold(id: string, request: Request): boolean {
    const found = this.#underWay(id);
    if (found.held.length >= LIMITS.heldPerCustomerMax) return false;
    found.held.push(request);
    if (found.held.length === 1) this.#later(LIMITS.heldMs, () => this.#release(found));
    // After a restart nobody has asked yet, and the `link` timer is due long after the request would go without.
    const profile = found.isOut ? undefined : this.#host.profileOf(id);
    if (profile !== undefined) this.changed(profile);
    return true;
  }

  /** What is odd about a claim, for those who wait. */
  tell(id: string, odd: EventWarning): void {
    this.#byCustomer.get(id)?.told.push(odd);
  }

  /** The shard forgets everything. */
  clear(why: Refusal): void {
    this.#life++;
    this.#out = 0;
    const all = [...this.#byCustomer.values()];
    this.#byCustomer.clear();
    for (const found of all) {
      this.#giveUp(found);
      for (const request of found.held.splice(0)) refuse(request, why);
    }
  }

  #ask(profile: Profile, claimed: Claimed): void {
    const found = this.#underWay(profile.id);
    this.#out++;
    found.isOut = true;
    const { key, identifiers } = profile;
    const asked: Asked = { claimed, seen: lastSeen(profile, claimed.key) };
    found.asked = asked;
    const round = ++found.round;
    const life = this.#life;
    const claim: Claim = {
      by: key,
      claim: claimed.claim,
      identifiers: [...identifiers],
      explicit: claimed.explicit,
      unions: unionsLately(profile, this.#runtime.clock.now()),
      isDeclared: claimed.isDeclared,
    };
    let isOpen = true;
    const close = (): boolean => {
      if (!isOpen || life !== this.#life) return false;
      isOpen = false;
      this.#out--;
      return found.round === round;
    };
    const answered = (answer: ClaimAnswer | undefined): void => {
      if (!close()) return;
      found.failures = answer === undefined ? found.failures + 1 : 0;
      if (answer === undefined || answer.kind === 'busy') this.#askAgain(key, claimed, answer !== undefined);
      else this.#hand(key, asked, answer);
    };
    const { peer } = this.#host;
    if (isDeviceClaimed(profile, claimed.key)) {
      const apart = profile.keptApart.find((row) => row.key === claimed.key)?.person;
      const device = { key: claimed.key, seen: asked.seen, apart: apart && addresseeOfKey(apart).id };
      claimDevice(peer, device, claim, answered);
    } else peer.claim(claimed.key, claim, answered);
    this.#later(INTERVALS.claimTimeoutMs, () => {
      if (!close()) return;
      found.failures++;
      this.#askAgain(key, claimed, false);
    });
  }

  /** The answer takes its place in the customer's order. */
  #hand(key: IdentifierKey, { claimed, seen }: Asked, answer: ClaimAnswer): void {
    this.#host.submit({
      kind: 'claimed',
      to: addresseeOfKey(key),
      priority: 'critical',
      bytes: answer.kind === 'released' ? answer.estate.length : 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      claimed,
      seen,
      answer,
      done: (outcome) => {
        if (outcome.kind === 'refused') this.#askAgain(key, claimed, false);
      },
    });
  }

  /** `isRefused`: nothing was given, and meanwhile somebody else may have the customer. */
  #askAgain(key: IdentifierKey, claimed: Claimed, isRefused: boolean): void {
    const { id } = addresseeOfKey(key);
    const found = this.#byCustomer.get(id);
    if (found === undefined || !found.isOut || !isSame(found.asked?.claimed, claimed)) return;
    const { round } = found;
    if (isRefused) found.asked = undefined;
    const ms =
      INTERVALS.claimRetryMs *
      (1 + (this.#runtime.rng.uint32() % 8)) *
      2 ** Math.min(found.failures, DOUBLINGS_MAX);
    this.#later(ms, () => {
      if (this.#byCustomer.get(id) !== found || found.round !== round) return;
      found.isOut = false;
      // Who is not in memory is woken by the timer.
      const profile = this.#host.profileOf(id);
      if (profile !== undefined) this.changed(profile);
    });
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
    const made: UnderWay = {
      asked: undefined,
      isOut: false,
      round: 0,
      failures: 0,
      waiting: [],
      held: [],
      told: [],
    };
    this.#byCustomer.set(id, made);
    return made;
  }

  #settle(id: string, found: UnderWay): void {
    this.#byCustomer.delete(id);
    found.round++;
    for (const done of found.waiting.splice(0)) done(found.told);
    this.#release(found);
  }

  #giveUp(found: UnderWay): void {
    for (const done of found.waiting.splice(0)) done([...found.told, PENDING]);
  }

  #release(found: UnderWay): void {
    const held = found.held.splice(0).map((request): Request => ({ ...request, hasWaited: true }));
    if (held.length > 0) this.#host.requeue(held);
  }
}

function isSame(a: Claimed | undefined, b: Claimed): boolean {
  return a !== undefined && a.key === b.key && a.claim === b.claim;
}
