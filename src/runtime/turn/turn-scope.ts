import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import type { DecideAsk, DecideEnv } from '../../core/decide/decide-env.ts';
import type { DecisionPlace } from '../../core/decide/decision-id.ts';
import type { EventSetting } from '../../core/event/derive-event.ts';
import type { EventWarning } from '../../core/event/event-warning.ts';
import type { AudienceLeftFact, Content, CustomerFact, LinkRef } from '../../core/fact/fact.ts';
import type { IdentifierRule } from '../../core/identity/identifier-rule.ts';
import type { OutboxEntry } from '../../core/ledger/shard-state.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Accepted, Duplicate, Linked, PublishOutcome, Unlinked } from '../../port/customers.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Claims } from '../identity/claims.ts';
import type { Recalls } from '../identity/recalls.ts';
import type { Runtime } from '../runtime.ts';
import type { Actor } from '../shard/actor.ts';
import type { DecisionReader } from '../shard/decision-reader.ts';
import type { KeyRefusal } from './odd-claims.ts';
import type {
  ConsiderRequest,
  DecideRequest,
  EventRequest,
  LinkRequest,
  Request,
  RequestOutcome,
  TimerRequest,
  UnlinkRequest,
} from './request.ts';

/** A decision to begin. */
export interface Proposal {
  readonly request: DecideRequest | TimerRequest | ConsiderRequest;
  readonly actor: Actor;
  /** The actor's, or a copy for a dry run. */
  readonly profile: Profile;
  readonly ask: DecideAsk;
  readonly isDry: boolean;
  /** What is odd about the events that came along. */
  readonly warnings?: readonly EventWarning[] | undefined;
}

/** What one kind of request may do within the turn under way; each kind is a file of its own (`handle-….ts`). */
export interface TurnScope {
  readonly now: number;
  /** Undefined: no policy is in force. */
  readonly env: DecideEnv | undefined;
  readonly setting: EventSetting;
  readonly runtime: Pick<
    Runtime,
    'policy' | 'pauses' | 'erasures' | 'observer' | 'zones' | 'rng' | 'channels'
  >;
  readonly shard: number;
  /** Of the record that the turn makes. */
  readonly generation: number;
  readonly claims: Pick<Claims, 'isFree' | 'tell'>;
  readonly recalls: Pick<Recalls, 'ask'>;
  /** What holds for each kind of identifier. */
  readonly identifierRules: readonly IdentifierRule[];
  /** So many people may become one within a day. */
  readonly peoplePerDayMax: number;
  /** Of the record that the turn makes. */
  readonly sequence: number;
  readonly outbox: Outbox;
  readonly decisions: Pick<DecisionReader, 'repeat' | 'load'>;
  /** Where a decision of the customer stands. */
  decisionRef(seq: number, index: number): DecisionPlace;
  /** Puts a fact into the record and folds it; its index in the record. Throws what the fold throws, with the fact rewound. */
  apply(actor: Actor, fact: CustomerFact): number;
  /** What the request will hear once the record is durable. */
  reply(request: Request, outcome: RequestOutcome): void;
  /** The same once the claims of the customer are over, with what is odd about them. */
  replyWhenLinked(
    request: EventRequest | LinkRequest,
    outcome: Accepted | Duplicate | Linked,
    customer: string,
  ): void;
  /** The same once those who were parted from the customer have heard it. */
  replyWhenParted(request: UnlinkRequest, outcome: Unlinked, customer: string): void;
  /** Names a link to whoever is not of this shard. */
  linkPlace(link: LinkRef): DecisionPlace;
  /** Where the customer with this hash lives. */
  shardOf(hash: number): number;
  /** Takes the request up again once the claims of the customer are over. */
  waitForLinks(request: Request, customer: string): void;
  /** Once the record is durable: the actor of `key`, which led to `from`, leads to `leadsTo`. */
  redirect(key: IdentifierKey, leadsTo: IdentifierKey, from: CustomerId): void;
  /** Counts a key that could not be had, once the record is durable. */
  refusedKey(refusal: KeyRefusal): void;
  /** Counts a customer who was taken in, once the record is durable. */
  absorbed(): void;
  /** Hands a dispatch over, with what it says, once the record is durable; a credit was reserved for it. */
  push(entry: OutboxEntry, attempt: number, content: Content | undefined): void;
  /** The customer is in an audience no longer: the fact, and the hand-over once the record is durable. */
  leaveAudience(actor: Actor, fact: AudienceLeftFact): void;
  /** Begins a decision: candidates now, arbitration with the scores. */
  propose(proposal: Proposal): void;
  /** Whether a decision of this customer is in the making. */
  isDeciding(actor: Actor): boolean;
}

export const accepted: Accepted = { kind: 'accepted' };
export const duplicate: PublishOutcome = { kind: 'duplicate' };
