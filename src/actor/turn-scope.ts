import type { DecideAsk, DecideEnv } from '../core/decide/decide-env.ts';
import type { EventSetting } from '../core/event/derive-event.ts';
import type { CustomerFact } from '../core/fact/fact.ts';
import type { OutboxEntry } from '../core/ledger/shard-state.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { DecideOutcome, PublishOutcome } from '../port/customers.ts';
import type { Actor } from './actor.ts';
import type { DecideRequest, Request, WakeRequest } from './request.ts';
import type { Shard } from './shard.ts';

/** What one kind of request may do within the turn under way; each kind is a file of its own (`take-….ts`). */
export interface TurnScope {
  readonly shard: Shard;
  readonly now: number;
  /** Undefined: no policy is in force. */
  readonly env: DecideEnv | undefined;
  readonly setting: EventSetting;
  /** Puts a fact into the record and folds it; its index in the record. Throws what the fold throws, with the fact rewound. */
  emit(actor: Actor, fact: CustomerFact): number;
  /** What the request will hear once the record is durable. */
  settle(request: Request, outcome: DecideOutcome | PublishOutcome): void;
  /** Hands a dispatch over once the record is durable; a credit was reserved for it. */
  push(entry: OutboxEntry, attempt: number): void;
  /** Begins a decision: candidates now, arbitration with the scores. `profile` is a copy for a dry run. */
  draft(
    request: DecideRequest | WakeRequest,
    actor: Actor,
    profile: Profile,
    ask: DecideAsk,
    dry: boolean,
  ): void;
  /** Whether a decision of this customer is in the making. */
  deciding(actor: Actor): boolean;
}

export const accepted: PublishOutcome = { kind: 'accepted' };
export const duplicate: PublishOutcome = { kind: 'duplicate' };
