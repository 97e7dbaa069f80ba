/** Outcomes derived again: what was awaited before each, and the decision that it is of, read back from the log as the service does. */
import { LruMap } from '../base/lru-map.ts';
import { decodeRecord, encodeRecord, readFact } from '../codec/stored/record-codec.ts';
import type { DecisionFact, OutcomeFact } from '../core/fact/fact.ts';
import { placeOfSeq } from '../core/identity/home-seq.ts';
import { mature } from '../core/outcome/mature.ts';
import type { DecidedUnder } from '../core/outcome/outcome-candidates.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { EditionPolicies } from '../node/edition-policies.ts';
import type { Stores } from '../node/stores.ts';
import { firstDifference } from './first-difference.ts';

/** Records with decisions that are kept in memory, about 2 kB each; older ones are read again. */
const DECIDED_MAX = 20_000;
const header = { generation: 0, epoch: 0, batch: '', at: 0 };

/** The decisions of one shard whose outcomes may follow. */
export class OutcomeCheck {
  readonly #stores: Pick<Stores, 'log' | 'archive'>;
  readonly #policies: EditionPolicies;
  readonly #shard: number;
  readonly #decided = new LruMap<number, Uint8Array>(DECIDED_MAX);

  constructor(stores: Pick<Stores, 'log' | 'archive'>, policies: EditionPolicies, shard: number) {
    this.#stores = stores;
    this.#policies = policies;
    this.#shard = shard;
  }

  /** The record holds a decision. */
  decided(sequence: number, bytes: Uint8Array): void {
    this.#decided.set(sequence, bytes);
  }

  /** How an outcome differs from the one that follows from `profile`, everything before it folded; undefined: it does not. Throws PortError. */
  async compare(fact: OutcomeFact, profile: Profile): Promise<string | undefined> {
    const place = profile.pending.find(fact.ref);
    if (place < 0) return 'no outcome was awaited of its decision';
    // Without a policy the service had no decision to read: matured early, or no longer kept.
    const decided = fact.policy === '' ? undefined : await this.#read(fact.ref.seq, fact.ref.index);
    const again = mature(profile, profile.pending.get(place), fact.stage, decided, fact.at);
    const bytes = encodeRecord(header, [again]);
    if (Buffer.compare(bytes, encodeRecord(header, [fact])) === 0) return undefined;
    const found = firstDifference(fact, decodeRecord(bytes).facts[0]);
    return `derived again, its bytes differ${found === undefined ? '' : ` (${found.path}: ${found.before} became ${found.after})`}`;
  }

  /** The decision at a place; undefined when its record is gone. Throws PortError. */
  async decision(named: number, index: number): Promise<DecisionFact | undefined> {
    const { log, archive } = this.#stores;
    const { shard, seq } = placeOfSeq(this.#shard, named);
    const bytes = this.#decided.get(named) ?? (await log.get(shard, seq)) ?? (await archive.get(shard, seq));
    const decision = bytes && readFact(bytes, index);
    return decision?.kind === 'decision' ? decision : undefined;
  }

  async #read(seq: number, index: number): Promise<DecidedUnder | undefined> {
    const decision = await this.decision(seq, index);
    return decision && { decision, policy: await this.#policies.parsed(decision.policy) };
  }
}
