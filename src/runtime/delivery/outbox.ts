/**
 * Dispatches of one shard that no channel system has taken yet. Owned by the shard; a fold of its facts, so a restart
 * has exactly the open ones.
 *
 * I1  An entry lives from its decision to acceptance, rejection, withdrawal or expiry.
 * I2  No append, no push: the decision's append authorises attempt 1 at once; every later one appends `handed` first.
 * I3  The channel sees one dispatch id, however often it is handed over.
 * I4  Each entry stands under its channel too: a channel that can take one looks through its own, however many wait for others.
 * I5  That a member leaves an audience waits as a dispatch of its own, until the member enters again: the later level counts.
 */
import { leavingChoice } from '../../core/audience/leaving-choice.ts';
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
  /** By member and audience: who leaves one, and by which the member enters. */
  readonly #leaving = new Map<string, ChoiceRef>();
  readonly #entering = new Map<string, ChoiceRef>();

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

  /** How many wait for a channel (index into CHANNELS). */
  sizeOf(channel: number): number {
    return this.#ofChannel[channel]?.size ?? 0;
  }

  /** The dispatch that waits to put a member into an audience. */
  entering(member: string, audience: string): OutboxEntry | undefined {
    const ref = this.#entering.get(levelKey(member, audience));
    return ref === undefined ? undefined : this.get(ref);
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
    if (fact.kind === 'audience-left') {
      const ref = { seq, index, choice: 0 };
      const waiting = { attempt: 0, nextAt: 0, handedAt: 0 };
      this.#add({ customer: fact.customer, ref, choice: leavingChoice(fact), ...waiting });
    } else if (fact.kind === 'withdraw') this.#delete(fact.ref);
    else if (fact.kind === 'absorb-out' || fact.kind === 'erased')
      for (const { ref } of this.of(fact.customer)) this.#delete(ref);
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

  /** I4, I5 */
  #add(entry: OutboxEntry): void {
    const key = refKey(entry.ref);
    const { audience } = entry.choice;
    if (audience !== undefined) {
      const level = levelKey(audience.left?.member ?? entry.customer, audience.name);
      const leaving = this.#leaving.get(level);
      if (leaving !== undefined) this.#delete(leaving);
      (audience.left === undefined ? this.#entering : this.#leaving).set(level, entry.ref);
    }
    this.#entries.set(key, entry);
    this.#ofChannel[entry.choice.channel]?.set(key, entry);
  }

  #delete(ref: ChoiceRef): void {
    const key = refKey(ref);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#ofChannel[entry.choice.channel]?.delete(key);
    const { audience } = entry.choice;
    if (audience === undefined) return;
    const level = levelKey(audience.left?.member ?? entry.customer, audience.name);
    const ofLevel = audience.left === undefined ? this.#entering : this.#leaving;
    const last = ofLevel.get(level);
    if (last !== undefined && refKey(last) === key) ofLevel.delete(level);
  }
}

function levelKey(member: string, audience: string): string {
  return `${member} ${audience}`;
}
