/**
 * What became of every dispatch, as a log tells it. It counts by itself: nothing of the service's outbox is used, so that the two can be
 * held against each other. Customers of this proof are never absorbed.
 */

import type { FactPlace } from '../../audit/laws/law-book.ts';
import type { CustomerFact, Fact } from '../../core/fact/fact.ts';

export type DispatchEnd = 'open' | 'accepted' | 'refused' | 'expired' | 'withdrawn';

export interface DispatchLife {
  readonly channel: number;
  end: DispatchEnd;
  /** How often the log accepts it; a repeated answer must not count. */
  acceptances: number;
  /** When it was handed over last, ms; by its decision, or a later attempt. */
  handedAt: number;
  /** From then to its acceptance, ms; NaN: it was not accepted. */
  acceptedMs: number;
  readonly decidedAt: number;
  readonly attempts: Set<number>;
  /** A withdrawal without a reason. */
  isUnexplained: boolean;
}

export class DispatchEnds {
  /** By `shard/sequence/index/choice`. */
  readonly lives = new Map<string, DispatchLife>();
  /** Times that feedback of a link stands in the log. */
  readonly feedback = new Map<string, number>();

  fact({ shard, sequence, index }: FactPlace, fact: Fact): void {
    if (!('customer' in fact)) return;
    if (fact.kind === 'decision') return this.#decided(shard, sequence, index, fact);
    if (fact.kind === 'feedback') {
      this.feedback.set(fact.link, (this.feedback.get(fact.link) ?? 0) + 1);
      return;
    }
    if (fact.kind !== 'handed' && fact.kind !== 'delivery' && fact.kind !== 'withdraw') return;
    const { seq, index: at, choice } = fact.ref;
    const life = this.lives.get(`${shard}/${seq}/${at}/${choice}`);
    if (life === undefined) return;
    if (fact.kind === 'handed') {
      life.handedAt = fact.at;
      life.attempts.add(fact.attempt);
    } else if (fact.kind === 'withdraw') {
      life.end = 'withdrawn';
      life.isUnexplained = fact.reason === 0;
    } else if (fact.state === 'accepted') {
      life.acceptances++;
      life.acceptedMs = fact.at - life.handedAt;
      life.end = 'accepted';
    } else if (fact.state === 'rejected') {
      if (!fact.retryable) life.end = 'refused';
    } else if (fact.state === 'expired') life.end = 'expired';
  }

  #decided(
    shard: number,
    sequence: number,
    index: number,
    fact: Extract<CustomerFact, { kind: 'decision' }>,
  ): void {
    if (!fact.dispatch) return;
    for (const [choice, { kind, channel }] of fact.choices.entries()) {
      if (kind !== 'treatment') continue;
      this.lives.set(`${shard}/${sequence}/${index}/${choice}`, {
        ...{ channel, end: 'open', acceptances: 0, handedAt: fact.at, acceptedMs: Number.NaN },
        ...{ decidedAt: fact.at, attempts: new Set([1]), isUnexplained: false },
      });
    }
  }
}
