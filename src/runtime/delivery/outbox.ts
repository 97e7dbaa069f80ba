/**
 * Dispatches of one shard that no channel system has taken yet. Owned by the shard; a fold of its facts, so a restart
 * has exactly the open ones.
 *
 * I1  An entry lives from its decision to acceptance, rejection, withdrawal or expiry.
 * I2  No append, no push: the decision's append authorises attempt 1 at once; every later one appends `handed` first.
 * I3  The channel sees one dispatch id, however often it is handed over.
 */
import type { ChoiceRef, CustomerFact, DecisionFact } from '../../core/fact/fact.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';

/** Names a choice within its shard. */
export function refKey(ref: ChoiceRef): string {
  return `${ref.seq.toString(36)}-${ref.index.toString(36)}-${ref.choice.toString(36)}`;
}

export class Outbox {
  readonly entries = new Map<string, OutboxEntry>();

  constructor(entries: readonly OutboxEntry[] = []) {
    for (const entry of entries) this.entries.set(refKey(entry.ref), entry);
  }

  get size(): number {
    return this.entries.size;
  }

  get(ref: ChoiceRef): OutboxEntry | undefined {
    return this.entries.get(refKey(ref));
  }

  /** Oldest sequence that an open dispatch still needs, 0: none. */
  get oldest(): number {
    let oldest = 0;
    for (const entry of this.entries.values())
      if (oldest === 0 || entry.ref.seq < oldest) oldest = entry.ref.seq;
    return oldest;
  }

  /** Of one customer. */
  of(customer: string): OutboxEntry[] {
    return [...this.entries.values()].filter((entry) => entry.customer === customer);
  }

  fold(fact: CustomerFact, seq: number, index: number): void {
    if (fact.kind === 'decision') {
      if (fact.dispatch) this.#open(fact, seq, index);
      return;
    }
    if (fact.kind === 'handed') {
      const entry = this.get(fact.ref);
      if (entry === undefined) return;
      entry.attempt = fact.attempt;
      entry.handedAt = fact.at;
      entry.nextAt = 0;
      return;
    }
    if (fact.kind === 'delivery') {
      const entry = this.get(fact.ref);
      if (entry === undefined) return;
      if (fact.state === 'rejected' && fact.retryable) {
        entry.handedAt = 0;
        entry.nextAt = fact.retryAt;
        return;
      }
      this.entries.delete(refKey(fact.ref));
      return;
    }
    if (fact.kind === 'withdraw') this.entries.delete(refKey(fact.ref));
    else if (fact.kind === 'absorb-out')
      for (const { ref } of this.of(fact.customer)) this.entries.delete(refKey(ref));
    else if (fact.kind === 'absorb-in')
      for (const entry of fact.dispatches) this.entries.set(refKey(entry.ref), { ...entry });
  }

  #open(fact: DecisionFact, seq: number, index: number): void {
    for (let i = 0; i < fact.choices.length; i++) {
      const choice = fact.choices[i];
      if (choice?.kind !== 'treatment') continue;
      const ref = { seq, index, choice: i };
      this.entries.set(refKey(ref), {
        customer: fact.customer,
        ref,
        choice,
        attempt: 0,
        nextAt: 0,
        handedAt: 0,
      });
    }
  }
}
