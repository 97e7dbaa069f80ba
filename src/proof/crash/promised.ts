/** What the service has promised: everything it acknowledged, and what it answered. Held against its log at the end. */
import type { Rng } from '../../base/rng.ts';
import type { DecideInit } from '../../client/decide-init.ts';
import type { EventInit } from '../../client/event-init.ts';

export type Answered =
  | { readonly kind: 'event'; readonly event: EventInit }
  | { readonly kind: 'decide'; readonly request: DecideInit };

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
    return [...this.sent.keys()].filter((dispatchId) => !this.notReached.has(dispatchId));
  }

  event(event: EventInit): void {
    if (!this.events.has(event.id ?? '')) this.#requests.push({ kind: 'event', event });
    this.events.set(event.id ?? '', event);
  }

  decide(request: DecideInit, decisionId: string): void {
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
}
