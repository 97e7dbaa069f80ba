/**
 * Decides of one shard that name keys which do not lead to their customer, while the customers of those keys are asked whether they have
 * decided the same request before: by whom it is decided depends on which of its keys are known, and that may have changed since it was sent
 * first. Owned by the shard, asked by its turns.
 *
 * I1  Nothing here outlives the process, and asking changes nothing: a decide that comes again asks again.
 * I2  Whoever waits here is answered: by the turn that takes them up again, after `linkWaitMs`, or when the shard is given up.
 * I3  A customer who does not answer may have decided it: then nobody decides.
 */
import type { IdentifierKey } from '../../base/brand.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { holdsKey, keyOf, othersOf } from '../../core/identity/customer.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Refusal } from '../../port/customers.ts';
import type { Peers, Recall, RecallAnswer } from '../../port/peers.ts';
import type { Runtime } from '../runtime.ts';
import { type DecideRequest, type Request, refusal, refuse } from '../turn/request.ts';

export interface RecallsHost {
  readonly peer: Peers;
  /** Puts requests back before all others, and wakes the shard. */
  requeue(requests: readonly Request[]): void;
}

const UNANSWERED = refusal(
  'unavailable',
  'a customer whom another key of `identifiers` leads to does not say whether this was decided before; retry with the same id',
  INTERVALS.retryDelayMs,
);
const CROWDED = refusal(
  'exhausted',
  'too many requests wait for customers whom other keys of theirs lead to; retry with the same id',
  INTERVALS.retryDelayMs,
);

interface Waiting {
  readonly request: DecideRequest;
  left: number;
  cancel: () => void;
}

export class Recalls {
  readonly #host: RecallsHost;
  readonly #clock: Runtime['clock'];
  readonly #waiting = new Set<Waiting>();

  constructor(host: RecallsHost, { clock }: Pick<Runtime, 'clock'>) {
    this.#host = host;
    this.#clock = clock;
  }

  /** Asks the customers of these keys. The request comes back with what they answered, or is refused. */
  ask(request: DecideRequest, keys: readonly IdentifierKey[], asked: Recall): void {
    if (this.#waiting.size >= LIMITS.recallsPerShardMax) return refuse(request, CROWDED);
    const waiting: Waiting = { request, left: keys.length, cancel: () => {} };
    this.#waiting.add(waiting);
    waiting.cancel = this.#clock.after(LIMITS.linkWaitMs, () => this.#answered(waiting, undefined));
    for (const key of keys) this.#host.peer.recall(key, asked, (answer) => this.#answered(waiting, answer));
  }

  /** The shard forgets everything. */
  clear(why: Refusal): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const { request, cancel } of all) {
      cancel();
      refuse(request, why);
    }
  }

  #answered(waiting: Waiting, answer: RecallAnswer | undefined): void {
    if (!this.#waiting.has(waiting)) return;
    if (answer?.kind === 'new' && --waiting.left > 0) return;
    this.#waiting.delete(waiting);
    waiting.cancel();
    if (answer === undefined) refuse(waiting.request, UNANSWERED);
    else this.#host.requeue([{ ...waiting.request, recalled: answer }]);
  }
}

/**
 * Keys under which the request may have been decided before, when nobody knew the customer by the key that leads to them now: weaker ones
 * that do not lead to them.
 */
export function weakerElsewhere(
  { keys, triedKeys = 0 }: DecideRequest,
  profile: Profile,
  kinds: readonly string[],
): readonly IdentifierKey[] {
  if (keys === undefined || triedKeys >= keys.length) return NONE;
  if (keys.every((one) => isTheirs(profile, one))) return NONE;
  // The last one is the strongest again.
  const weaker = othersOf(keys, kinds).slice(triedKeys, -1);
  return weaker
    .map(({ key }) => key)
    .filter((key) => keys.some((one) => keyOf(one) === key && !isTheirs(profile, one)));
}

const NONE: readonly IdentifierKey[] = [];

function isTheirs(profile: Profile, one: Parameters<typeof holdsKey>[1]): boolean {
  return holdsKey(profile, one) || keyOf(one) === profile.key;
}
