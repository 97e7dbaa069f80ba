/** Peers whose mailboxes can be reached: a message is a request in that of the other shard. */
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import { addressedById, addresseeOfKey } from '../../core/identity/customer.ts';
import type { SeqPlace } from '../../core/identity/home-seq.ts';
import type { LoanAsk } from '../../core/ledger/loan-book.ts';
import type {
  Claim,
  ClaimAnswer,
  Forget,
  ForgetAnswer,
  Peers,
  Recall,
  RecallAnswer,
  Return,
  Spend,
  SpendAnswer,
  Yield,
  YieldAnswer,
} from '../../port/peers.ts';
import type { ListedShard } from '../delivery/list-audience.ts';

/** A shard as its neighbours see it. */
export interface PeerShard extends ListedShard {
  decisionRef(seq: number, index: number): DecisionPlace;
  /** Resolves when the store has everything that is committed by now. */
  saveNow(): Promise<void>;
}

const CLAIM_BYTES = 256;
const RECALL_BYTES = 64;
const LEND_BYTES = 64;

export class LocalPeer implements Peers {
  readonly #shards: number;
  readonly #shardAt: (id: number) => PeerShard;

  constructor(shards: number, shardAt: (id: number) => PeerShard) {
    this.#shards = shards;
    this.#shardAt = shardAt;
  }

  claim(key: IdentifierKey, claim: Claim, done: (answer: ClaimAnswer | undefined) => void): void {
    const to = addresseeOfKey(key);
    this.#shardAt(to.hash % this.#shards).submit({
      kind: 'claim',
      to,
      priority: 'critical',
      bytes: CLAIM_BYTES,
      deadlineAt: Number.POSITIVE_INFINITY,
      claim,
      done: (answer) => done(answer.kind === 'refused' ? undefined : answer),
    });
  }

  lend(shard: number, ask: LoanAsk, until: number, done: (total: number | undefined) => void): void {
    this.#shardAt(shard).submit({
      kind: 'lend',
      to: { key: undefined, id: '' as CustomerId, hash: shard },
      priority: 'feedback',
      bytes: LEND_BYTES,
      deadlineAt: until,
      ask,
      done: (answer) => done(answer.kind === 'refused' ? undefined : answer.total),
    });
  }

  recall(key: IdentifierKey, asked: Recall, done: (answer: RecallAnswer | undefined) => void): void {
    const to = addresseeOfKey(key);
    this.#shardAt(to.hash % this.#shards).submit({
      kind: 'recall',
      to,
      priority: 'placement',
      bytes: RECALL_BYTES,
      deadlineAt: Number.POSITIVE_INFINITY,
      asked,
      done: (answer) => done(answer.kind === 'refused' ? undefined : answer),
    });
  }

  restore(key: IdentifierKey, given: Return, done: (isHeard: boolean) => void): void {
    const to = addresseeOfKey(key);
    this.#shardAt(to.hash % this.#shards).submit({
      kind: 'restore',
      to,
      priority: 'critical',
      bytes: given.estate.length,
      deadlineAt: Number.POSITIVE_INFINITY,
      given,
      done: (outcome) => done(outcome.kind !== 'refused'),
    });
  }

  yieldDevice(customer: CustomerId, asked: Yield, done: (answer: YieldAnswer | undefined) => void): void {
    const to = addressedById(customer);
    this.#shardAt(to.hash % this.#shards).submit({
      kind: 'yield',
      to,
      priority: 'critical',
      bytes: CLAIM_BYTES,
      deadlineAt: Number.POSITIVE_INFINITY,
      asked,
      done: (answer) => {
        if (answer.kind !== 'refused') done(answer);
        // Whoever was forgotten holds nothing.
        else done(answer.code === 'not_found' ? { kind: 'yielded' } : undefined);
      },
    });
  }

  spend(customer: string, { ref, browser }: Spend, done: (answer: SpendAnswer | undefined) => void): void {
    const to = addressedById(customer);
    this.#shardAt(to.hash % this.#shards).submit({
      kind: 'spend',
      to,
      priority: 'view',
      bytes: CLAIM_BYTES,
      deadlineAt: Number.POSITIVE_INFINITY,
      ref,
      browser,
      done: (answer) => {
        if (answer.kind !== 'refused') done(answer);
        else done(answer.code === 'not_found' ? { kind: 'nobody' } : undefined);
      },
    });
  }

  forget(id: string, forget: Forget, done: (answer: ForgetAnswer | undefined) => void): void {
    const to = addressedById(id);
    const shard = this.#shardAt(to.hash % this.#shards);
    shard.submit({
      kind: 'forget',
      to,
      priority: 'critical',
      bytes: 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      forget,
      done: (answer) => {
        if (answer.kind === 'refused') return done(undefined);
        if (answer.kind !== 'forgotten') return done(answer);
        shard.saveNow().then(
          () => done(answer),
          () => done(undefined),
        );
      },
    });
  }

  redirect(
    key: IdentifierKey,
    leadsTo: IdentifierKey,
    from: CustomerId,
    done: (isHeard: boolean) => void = () => {},
  ): void {
    const to = addresseeOfKey(key);
    this.#shardAt(to.hash % this.#shards).submit({
      kind: 'redirect',
      to,
      priority: 'feedback',
      bytes: 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      leadsTo,
      from,
      // A key of whom nothing is known leads nowhere.
      done: (outcome) => done(outcome.kind !== 'refused' || outcome.code === 'not_found'),
    });
  }

  decisionRef({ shard, seq }: SeqPlace, index: number): DecisionPlace {
    return this.#shardAt(shard).decisionRef(seq, index);
  }
}
