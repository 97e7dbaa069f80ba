/**
 * Browsers of one shard that have landed by a link, while the customer of its message is asked whether the token is still good. Owned by
 * the shard, asked by its turns.
 *
 * I1  A browser asks for one token at a time; what else comes of it meanwhile waits behind, in order, so that all that follows the
 *     landing counts for the customer.
 * I2  Nothing here outlives the process, and nothing of it is in a profile: the landing was not answered yet, and when it comes again the
 *     customer gives the same answer to the same browser.
 * I3  Whoever waits here is answered: by the turn that takes them up again, after `linkWaitMs`, or when the shard is given up.
 */
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { browserHash } from '../../core/event/landing-token.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Refusal } from '../../port/customers.ts';
import type { Peers, SpendAnswer } from '../../port/peers.ts';
import type { Runtime } from '../runtime.ts';
import { type DecideRequest, type EventRequest, type Request, refusal, refuse } from '../turn/request.ts';

export type LandingRequest = EventRequest | DecideRequest;

export interface LandingsHost {
  readonly peer: Peers;
  /** Puts requests back before all others, and wakes the shard. */
  requeue(requests: readonly Request[]): void;
}

const UNANSWERED = refusal(
  'unavailable',
  'the customer of the link that was followed does not answer; retry with the same id',
  INTERVALS.retryDelayMs,
);
const CROWDED = refusal(
  'exhausted',
  'too many requests wait for links that were followed; retry with the same id',
  INTERVALS.retryDelayMs,
);

interface UnderWay {
  readonly request: LandingRequest;
  readonly waiting: Request[];
}

export class Landings {
  readonly #host: LandingsHost;
  readonly #clock: Runtime['clock'];
  readonly #byBrowser = new Map<string, UnderWay>();

  constructor(host: LandingsHost, { clock }: Pick<Runtime, 'clock'>) {
    this.#host = host;
    this.#clock = clock;
  }

  /** A question is out. */
  get isBusy(): boolean {
    return this.#byBrowser.size > 0;
  }

  /** Keeps a request of a browser that asks behind its landing; false: it does not ask. */
  hold(id: string, request: Request): boolean {
    const found = this.#byBrowser.get(id);
    if (found === undefined) return false;
    if (found.waiting.length < LIMITS.heldPerCustomerMax) found.waiting.push(request);
    else refuse(request, CROWDED);
    return true;
  }

  /** Asks the customer of the token for it. The request comes back with the answer, or is refused. */
  ask({ id, key }: Profile, request: LandingRequest): void {
    const { landing } = request;
    if (landing === undefined) return;
    if (this.#byBrowser.size >= LIMITS.landingsPerShardMax) return refuse(request, CROWDED);
    const asked: UnderWay = { request, waiting: [] };
    this.#byBrowser.set(id, asked);
    const answered = (answer: SpendAnswer | undefined): void => {
      if (this.#byBrowser.get(id) !== asked) return;
      this.#byBrowser.delete(id);
      cancel();
      if (answer === undefined) refuse(request, UNANSWERED);
      else asked.waiting.unshift({ ...request, spend: answer });
      if (asked.waiting.length > 0) this.#host.requeue(asked.waiting);
    };
    const { customer, ref } = landing;
    const cancel = this.#clock.after(LIMITS.linkWaitMs, () => answered(undefined));
    this.#host.peer.spend(customer, { ref, browser: browserHash(key) }, answered);
  }

  /** The shard forgets everything. */
  clear(why: Refusal): void {
    const all = [...this.#byBrowser.values()];
    this.#byBrowser.clear();
    for (const { request, waiting } of all) for (const one of [request, ...waiting]) refuse(one, why);
  }
}
