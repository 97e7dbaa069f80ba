/** What the service has promised: everything it acknowledged, and what it answered. Held against its log at the end. */
import type { Rng } from '../../base/rng.ts';
import type { DecideInit } from '../../client/decide-init.ts';
import type { EventInit } from '../../client/event-init.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Keys } from './shopper-requests.ts';

export type Answered =
  | { readonly kind: 'event'; readonly event: EventInit }
  | { readonly kind: 'decide'; readonly request: DecideInit };

/** Somebody whose erasure was acknowledged. */
export interface Leaver {
  /** All that they were ever met by. */
  readonly keys: Keys;
  /** Customers that these lead to. */
  readonly ids: readonly string[];
  /** By the clock of the load, ms. */
  readonly at: number;
  /** They begin anew by the first of their keys. */
  readonly cameBack: boolean;
}

/** That a customer is in an audience or is not, as its channel system was told last. */
export interface AdLevel {
  readonly version: bigint;
  readonly dispatchId: string;
  readonly isIn: boolean;
  readonly notAfter: number;
}

export class Promised {
  /** Acknowledged events by id. */
  readonly events = new Map<string, EventInit>();
  /** Answered decisions: request id → decision ids, which must be one. */
  readonly decides = new Map<string, Set<string>>();
  /** Acknowledged feedback ids; facts carry them as their link. */
  readonly feedback = new Set<string>();
  /** Dispatches that a channel system really sent, with the attempt that it accepted. */
  readonly sent = new Map<string, number>();
  /** Dispatches that bounced or were stopped after all. */
  readonly notReached = new Set<string>();
  /** Customer of each dispatch and each feedback, as the channel system knows them. */
  readonly customerOf = new Map<string, string>();
  /** Tokens of messages that nobody has followed yet. */
  readonly tokens: string[] = [];
  /** Two of whom a desk said last that they are one, or that they are not. */
  readonly pairs: { readonly keys: Keys; readonly isOne: boolean }[] = [];
  /** Customers who are forgotten before the end: nothing is promised of what they did before. */
  readonly passing = new Set<string>();
  readonly forgotten: Leaver[] = [];
  /** By audience and customer. */
  readonly levels = new Map<string, AdLevel>();
  readonly #requests: Answered[] = [];

  /** A copy that stays as it is now. */
  soFar(): Promised {
    const copy = new Promised();
    for (const [id, event] of this.events) copy.events.set(id, event);
    for (const [id, answers] of this.decides) copy.decides.set(id, new Set(answers));
    for (const id of this.feedback) copy.feedback.add(id);
    for (const [id, attempt] of this.sent) copy.sent.set(id, attempt);
    return copy;
  }

  /** Dispatches that really reached somebody. */
  reached(): string[] {
    return [...this.sent.keys()].filter((id) => !this.notReached.has(id) && !this.isPassing(id));
  }

  /** Whether a dispatch or a feedback is of somebody who is forgotten before the end. */
  isPassing(id: string): boolean {
    return this.passing.has(this.customerOf.get(id) ?? '');
  }

  event(event: EventInit): void {
    if (this.#isPassings(event)) return;
    if (!this.events.has(event.id ?? '')) this.#requests.push({ kind: 'event', event });
    this.events.set(event.id ?? '', event);
  }

  decide(request: DecideInit, decisionId: string): void {
    if (this.#isPassings(request)) return;
    const id = request.requestId ?? '';
    const known = this.decides.get(id);
    if (known !== undefined) known.add(decisionId);
    else {
      this.decides.set(id, new Set([decisionId]));
      this.#requests.push({ kind: 'decide', request });
    }
    for (const event of request.events ?? []) this.event(event);
  }

  /** Some request that was answered before: to be sent again. */
  anyRequest(rng: Rng): Answered | undefined {
    return this.#requests.length === 0 ? undefined : this.#requests[rng.intBelow(this.#requests.length)];
  }

  #isPassings({ identifiers = [] }: EventInit | DecideInit): boolean {
    return (
      this.passing.size > 0 &&
      identifiers.some(({ kind = '', value = '' }) => this.passing.has(addresseeOf(kind, value).id))
    );
  }
}
