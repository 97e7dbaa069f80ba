/**
 * Dispatches of one shard that no channel system has taken yet. Owned by the shard; a fold of its facts, so a restart
 * has exactly the open ones.
 *
 * I1  An entry lives from its decision to acceptance, rejection, withdrawal or expiry.
 * I2  No append, no push: the decision's append authorises attempt 1 at once; every later one appends `handed` first.
 * I3  The channel sees one dispatch id, however often it is handed over.
 * I4  Each entry stands under its channel too: a channel that can take one looks through its own, however many wait for others.
 */
import { CHANNELS } from '../../core/channel.ts';
import type { ChoiceRef, CustomerFact, DecisionFact } from '../../core/fact/fact.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';

/** Names a choice within its shard. */
export function refKey(ref: ChoiceRef): string {
  return `${ref.seq.toString(36)}-${ref.index.toString(36)}-${ref.choice.toString(36)}`;
}

export class Outbox {
  readonly entries: ReadonlyMap<string, OutboxEntry>;
  readonly #entries = new Map<string, OutboxEntry>();
  readonly #ofChannel: readonly Map<string, OutboxEntry>[] = CHANNELS.map(() => new Map());

  constructor(entries: readonly OutboxEntry[] = []) {
    this.entries = this.#entries;
    for (const entry of entries) this.#add(entry);
  }

  get size(): number {
    return this.entries.size;
  }

  /** Those of a channel (index into CHANNELS), in the order in which they were decided. */
  ofChannel(channel: number): Iterable<OutboxEntry> {
    return this.#ofChannel[channel]?.values() ?? [];
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
      this.#delete(fact.ref);
      return;
    }
    if (fact.kind === 'withdraw') this.#delete(fact.ref);
    else if (fact.kind === 'absorb-out') for (const { ref } of this.of(fact.customer)) this.#delete(ref);
    else if (fact.kind === 'unlinked') for (const ref of fact.given) this.#delete(ref);
    else if (fact.kind === 'absorb-in' || fact.kind === 'restored')
      for (const entry of fact.dispatches) this.#add({ ...entry });
  }

  #open(fact: DecisionFact, seq: number, index: number): void {
    for (let i = 0; i < fact.choices.length; i++) {
      const choice = fact.choices[i];
      if (choice?.kind !== 'treatment') continue;
      const ref = { seq, index, choice: i };
      this.#add({ customer: fact.customer, ref, choice, attempt: 0, nextAt: 0, handedAt: 0 });
    }
  }

  /** I4 */
  #add(entry: OutboxEntry): void {
    const key = refKey(entry.ref);
    this.#entries.set(key, entry);
    this.#ofChannel[entry.choice.channel]?.set(key, entry);
  }

  #delete(ref: ChoiceRef): void {
    const key = refKey(ref);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#ofChannel[entry.choice.channel]?.delete(key);
  }
}
