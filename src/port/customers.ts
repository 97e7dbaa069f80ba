/** The one interface through which rpc, console and cli reach the actors, local or remote. */
import type { CustomerId } from '../base/brand.ts';
import type { DecideInput } from '../core/decide/decide-input.ts';
import type { DecisionPlace } from '../core/decide/decision-id.ts';
import type { GenerationStart } from '../core/decide/generation.ts';
import type { EventInput, IdentifierInput } from '../core/event/event-input.ts';
import type { EventWarning } from '../core/event/event-warning.ts';
import type { FeedbackInput } from '../core/event/feedback-input.ts';
import type { Choice, CustomerFact, DecisionFact, Fact } from '../core/fact/fact.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { TailBounds } from './tail-sample.ts';

export type RefusalCode =
  | 'invalid'
  | 'already_exists'
  | 'out_of_range'
  | 'precondition'
  | 'not_found'
  /** A queue is full; nothing was done. */
  | 'exhausted'
  /** Retry with the same id; it may or may not have taken effect. */
  | 'unavailable'
  | 'deadline'
  | 'internal';

export interface Refusal {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  /** A sentence for the caller; never internal text. */
  readonly message: string;
  readonly retryAfterMs: number;
  /** For `invalid`: the field, the rule that it broke and the value. */
  readonly field: string;
  readonly rule: string;
  readonly value: string;
  /** Where more than that was wrong: all of it. */
  readonly faults?: readonly EventWarning[];
}

export interface Accepted {
  readonly kind: 'accepted';
  /** Of an event: what is odd about it; absent: nothing. */
  readonly warnings?: readonly EventWarning[];
}
export interface Duplicate {
  readonly kind: 'duplicate';
  readonly warnings?: readonly EventWarning[];
}
export type PublishOutcome = Accepted | Duplicate | Refusal;

export interface Decided {
  readonly kind: 'decided';
  /** Where it stands in the log; `seq` 0 for a dry run. */
  readonly place: DecisionPlace;
  readonly fact: DecisionFact;
  /** The stored answer to an earlier request with this id. */
  readonly repeated: boolean;
  /** What is odd about the events that came along; absent: nothing. */
  readonly warnings?: readonly EventWarning[] | undefined;
  /** By choice, the tracking token of a treatment for an address of the customer, which is signed; '' of any other. Absent: there is none. */
  readonly tracking?: readonly string[];
}
export type DecideOutcome = Decided | Refusal;

/** Somebody at a desk, or a system, says that identifiers are one person's. */
export interface LinkInput {
  readonly identifiers: readonly IdentifierInput[];
  /** Who says so, and why; '' where nothing is said. */
  readonly by: string;
  readonly reason: string;
}

export interface Linked {
  readonly kind: 'linked';
  /** Names the link; undefined: they were one person before, by no link that can be undone. */
  readonly link: DecisionPlace | undefined;
  readonly customer: CustomerId;
  /** What is odd about the keys; with `identity.link_pending` they are still on their way. */
  readonly warnings?: readonly EventWarning[];
}
export type LinkOutcome = Linked | Refusal;

export interface UnlinkInput {
  readonly link: DecisionPlace;
  readonly by: string;
  readonly reason: string;
}

/** The customers that there are now, the one who keeps what no key tells first. */
export interface Unlinked {
  readonly kind: 'unlinked';
  readonly customers: readonly CustomerId[];
}
export type UnlinkOutcome = Unlinked | Refusal;

/** Who is asked about: any of their identifiers, or their id. */
export type CustomerSelector =
  | { readonly identifiers: readonly IdentifierInput[] }
  | { readonly customerId: string };

/** An instruction to a channel system: a message, or with `choice.audience` that the customer is in an audience or is not. */
export interface Delivery {
  readonly dispatchId: string;
  readonly customerId: CustomerId;
  /** Id of the actor that holds it, who is told of the answer: the customer's, or of who took in what was theirs. */
  readonly actor: string;
  readonly identifiers: readonly IdentifierInput[];
  readonly channel: number;
  readonly choice: Choice;
  readonly attempt: number;
  readonly notAfter: number;
  readonly tracking: string;
}

/** Where a page of an audience begins: behind an id of a shard; '' before the first. */
export interface AudiencePlace {
  readonly shard: number;
  readonly after: string;
}

/** A customer in an audience. */
export interface AudienceMember {
  readonly kind: 'member';
  readonly customerId: CustomerId;
  /** Of the kinds that the audience may be given. */
  readonly identifiers: readonly IdentifierInput[];
  readonly version: number;
  /** What their ad says at this moment, and until when. */
  readonly choice: Choice;
  readonly tracking: string;
}

export interface AudiencePage {
  readonly kind: 'page';
  readonly members: readonly AudienceMember[];
  /** Undefined: this was the last. */
  readonly next: AudiencePlace | undefined;
}

export interface ChannelSink {
  deliver(delivery: Delivery): void;
  withdraw(dispatchId: string, reason: string): void;
  /** A customer is to be forgotten; absent: it keeps nothing, and is not asked. */
  forget?(customerId: string): void;
}

/** One connected channel system. Every answer is durable when its promise resolves. */
export interface ChannelConnection {
  readonly kind: 'connected';
  /** Allows `count` more deliveries. */
  credit(count: number): void;
  accepted(dispatchId: string): Promise<PublishOutcome>;
  rejected(
    dispatchId: string,
    retryable: boolean,
    retryAfterMs: number,
    reason: string,
  ): Promise<PublishOutcome>;
  withdrawn(dispatchId: string, tooLate: boolean): Promise<PublishOutcome>;
  feedback(input: FeedbackInput): Promise<PublishOutcome>;
  /** It has forgotten the customer. */
  forgot(customerId: string): Promise<PublishOutcome>;
  close(): void;
}

/** What a look at a profile came to; `unknown`: nothing is known of the customer. */
export type ReadOutcome<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'unknown' }
  | Refusal;

/** An order to be told of changes, until it is stopped. */
export interface Watch {
  readonly kind: 'watching';
  stop(): void;
}

/** A decision as it was committed, for live tails. */
export interface Committed {
  readonly place: DecisionPlace;
  readonly fact: Fact;
}

/** What a watcher is told of a committed change. */
export type Changed = (profile: Profile, causes: readonly CustomerFact['kind'][]) => void;

export interface ShardStatus {
  readonly shard: number;
  /** That of the records that are written now. */
  readonly generation: number;
  /** Of all records, oldest first. */
  readonly generations: readonly GenerationStart[];
  readonly state: string;
  /** The address of another node that serves it; '' or absent: this one, or nobody. */
  readonly owner?: string;
  readonly sequence: number;
  readonly epoch: number;
  readonly queued: number;
  readonly resident: number;
  readonly outbox: number;
  readonly checkpoint: number;
  readonly quarantined: number;
  /** Wake-ups of the next hour that are held in memory. */
  readonly timers: number;
}

/** What was found of a time. */
export interface History {
  readonly kind: 'history';
  /** Oldest first. */
  readonly committed: readonly Committed[];
  /** Nothing older was looked at: later than what was asked for when that time holds more than one question may read. */
  readonly lookedFrom: number;
}

/** A customer was forgotten. */
export interface Erased {
  readonly kind: 'erased';
  readonly receipt: string;
  readonly erasedAt: number;
  /** By when nothing of them is in a file any more. */
  readonly completeBy: number;
}
export type EraseOutcome = Erased | Refusal;

export interface Customers {
  /** `done` is called exactly once, after the fact is durable and visible to the next decision. `bytes`: size of the request. */
  publish(
    input: EventInput,
    bytes: number,
    deadlineAt: number,
    done: (outcome: PublishOutcome) => void,
  ): void;
  decide(input: DecideInput, bytes: number, deadlineAt: number, done: (outcome: DecideOutcome) => void): void;
  feedback(input: FeedbackInput, done: (outcome: PublishOutcome) => void): void;
  /** Unites the customers of the identifiers; resolves when it is so, or after `linkWaitMs`. */
  link(input: LinkInput): Promise<LinkOutcome>;
  /** Parts those whom a link has united; resolves when each of them is a customer of their own. */
  unlink(input: UnlinkInput): Promise<UnlinkOutcome>;
  /** Runs `view` on the profile in its place in the customer's order. */
  read<T>(selector: CustomerSelector, view: (profile: Profile) => T): Promise<ReadOutcome<T>>;
  /**
   * Calls `changed` after every committed change, until cancelled, with the kinds of the facts that made it, oldest first
   * (valid during the call). Refused beyond the watcher bound.
   */
  watch(selector: CustomerSelector, changed: Changed): Watch | Refusal;
  /** The decision at a place, read back from log or archive; undefined when unknown or expired. */
  decision(place: DecisionPlace): Promise<DecisionFact | undefined>;
  /** Facts of one customer committed in [from, to], from hot log and archive; the newest `limit` of them. */
  history(selector: CustomerSelector, from: number, to: number, limit: number): Promise<History | Refusal>;
  /**
   * Every fact of one customer that log and archive have, under each of their keys, page by page; oldest first under each key.
   * It reads all of their shards, however long they are: for exports, never on the decision path. Throws PortError.
   */
  facts(selector: CustomerSelector): Promise<AsyncIterable<readonly Committed[]> | Refusal>;
  /**
   * Forgets a customer, under each of their keys; asked again it gives the same receipt. Nothing of them is read or sent once it resolves.
   * `caseId`: the shop's own, for its list.
   */
  erase(selector: CustomerSelector, caseId: string): Promise<EraseOutcome>;
  /** Every committed decision from now on; of other nodes those within `bounds` (default: all), with how many they left out before each. */
  tail(each: (committed: Committed, skipped: number) => void, bounds?: TailBounds): () => void;
  connect(channel: number, credits: number, sink: ChannelSink): ChannelConnection | Refusal;
  /** A page of at most `limit` members of an audience; who is in it while all pages are read is on one of them, once. */
  audience(name: string, from: AudiencePlace, limit: number): Promise<AudiencePage | Refusal>;
  status(): ShardStatus[];
}
