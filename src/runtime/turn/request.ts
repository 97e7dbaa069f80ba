// Long because every kind of request is told in one union.
/** What waits in a shard's mailbox. Every request is answered exactly once, through `done`. */

import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import type { EventInput, IdentifierInput } from '../../core/event/event-input.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import type { Landing } from '../../core/event/landing-token.ts';
import type { ChoiceRef, DeliveryState, LinkRef } from '../../core/fact/fact.ts';
import type { Addressee, KeyedAddressee } from '../../core/identity/customer.ts';
import type { Sighting } from '../../core/identity/sighting.ts';
import type { LoanAsk } from '../../core/ledger/loan-book.ts';
import type { DecidedUnder } from '../../core/outcome/outcome-candidates.ts';
import type { PartedAgain } from '../../core/profile/absorb/part-again.ts';
import type { Claimed, Profile } from '../../core/profile/profile.ts';
import type {
  AudienceMember,
  DecideOutcome,
  LinkInput,
  LinkOutcome,
  PublishOutcome,
  Refusal,
  UnlinkOutcome,
} from '../../port/customers.ts';
import type {
  Claim,
  ClaimAnswer,
  Forget,
  ForgetAnswer,
  LoanAnswer,
  Recall,
  RecallAnswer,
  Return,
  SpendAnswer,
  Yield,
  YieldAnswer,
} from '../../port/peers.ts';

/**
 * Who is refused first when a mailbox fills: a request of a priority is admitted while the mailbox is filled less than its
 * share, so the last part is kept for purchases, unsubscribes and consent.
 */
export const ADMIT_SHARE = {
  consideration: 0.4,
  dryRun: 0.5,
  placement: 0.7,
  view: 0.8,
  feedback: 0.9,
  critical: 1,
} as const;
export type Priority = keyof typeof ADMIT_SHARE;

interface Common {
  readonly to: Addressee;
  readonly priority: Priority;
  /** Size of the request, for the mailbox's bound. */
  readonly bytes: number;
  /** Work that nobody waits for any more is dropped before it is computed. */
  readonly deadlineAt: number;
  /** Keys that it was sent on from, because they lead elsewhere; the first one is whom it was for. */
  readonly via?: readonly IdentifierKey[];
  /** All keys of whom it is about, where there are several: where nothing is known of `to`, `triedKeys` says who is tried next (othersOf). */
  readonly keys?: readonly IdentifierInput[];
  readonly triedKeys?: number;
  /** It has waited for keys that were on their way to the customer. */
  readonly hasWaited?: true;
  /** It comes by a browser that only a link in a message ties to the customer: it counts, and is shown nothing personal. */
  readonly isProvisional?: true;
  /** Of a browser that stood for a customer who was forgotten: it is itself again. */
  readonly comesBack?: true;
  /** How often it was sent on by somebody who was parted from the one whom its key leads to. */
  readonly sentBack?: number;
  /** Whose the device is by whose key it came. With `comesBack`: nothing is known of them any more. */
  readonly deviceOf?: CustomerId;
}

/** Of what carries the token of a message; absent: it carries none, or that is settled. */
interface Linking {
  readonly landing?: Landing;
  /** Which of a decision's events does. */
  readonly landingAt?: number;
  /** What the customer of the token has answered; absent: they were not asked yet. */
  readonly spend?: SpendAnswer;
}

export interface EventRequest extends Common, Linking {
  readonly kind: 'event';
  readonly to: KeyedAddressee;
  readonly input: EventInput;
  readonly done: (outcome: PublishOutcome) => void;
}

export interface DecideRequest extends Common, Linking {
  readonly kind: 'decide';
  readonly to: KeyedAddressee;
  readonly input: DecideInput;
  /** What the customers of its other keys have answered; absent: they were not asked. */
  readonly recalled?: RecallAnswer;
  readonly done: (outcome: DecideOutcome) => void;
}

export interface FeedbackRequest extends Common {
  readonly kind: 'feedback';
  readonly input: FeedbackInput;
  readonly ref: ChoiceRef | undefined;
  readonly done: (outcome: PublishOutcome) => void;
}

/** What a channel system says of a dispatch that it was handed. */
export interface ReceiptRequest extends Common {
  readonly kind: 'receipt';
  readonly ref: ChoiceRef;
  readonly state: DeliveryState;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number;
  /** In the channel system's own words; '' where it said nothing. */
  readonly reason: string;
  readonly done: (outcome: PublishOutcome) => void;
}

/** Timers of a customer are due. Decisions that mature are read back first and come along in `loaded`. */
export interface TimerRequest extends Common {
  readonly kind: 'timer';
  /** What outcomes that are due were decided of, by refKey; undefined: no longer kept. */
  readonly loaded: Map<string, DecidedUnder | undefined>;
  readonly done: (outcome: PublishOutcome) => void;
}

/** A customer's consideration is due, or should be looked at because the policy has other times. */
export interface ConsiderRequest extends Common {
  readonly kind: 'consider';
  readonly done: (outcome: DecideOutcome | PublishOutcome) => void;
}

/** Hand a dispatch to its channel (again): the guardrails are asked once more. */
export interface AttemptRequest extends Common {
  readonly kind: 'attempt';
  readonly ref: ChoiceRef;
  readonly done: (outcome: PublishOutcome) => void;
}

export interface ReadRequest extends Common {
  readonly kind: 'read';
  /** Called with undefined for a customer of whom nothing is known. */
  readonly view: (profile: Profile | undefined) => void;
  readonly done: (outcome: PublishOutcome) => void;
}

/** Somebody lists an audience that the customer may be in. */
export interface MemberRequest extends Common {
  readonly kind: 'member';
  readonly audience: string;
  /** Called once at most, when they are in it. */
  readonly view: (member: AudienceMember) => void;
  readonly done: (outcome: PublishOutcome) => void;
}

/** Another customer claims this key. */
export interface ClaimRequest extends Common {
  readonly kind: 'claim';
  readonly to: KeyedAddressee;
  readonly claim: Claim;
  readonly done: (answer: ClaimAnswer | Refusal) => void;
}

/** What became of a claim of this customer. */
export interface ClaimedRequest extends Common {
  readonly kind: 'claimed';
  readonly claimed: Claimed;
  /** Of a device's key: when it was seen with the customer, as was asked. */
  readonly seen: Sighting;
  readonly answer: ClaimAnswer;
  readonly done: (outcome: PublishOutcome) => void;
}

/** Somebody at a desk says that keys are one person's. */
export interface LinkRequest extends Common {
  readonly kind: 'link';
  readonly to: KeyedAddressee;
  readonly input: LinkInput;
  readonly done: (outcome: LinkOutcome) => void;
}

/** A link of the customer is undone, as it was worked out from their trail. */
export interface UnlinkRequest extends Common {
  readonly kind: 'unlink';
  readonly undone: UndoneLink;
  readonly done: (outcome: UnlinkOutcome | Stale) => void;
}

/** What undoing a link comes to for a profile of this version. */
export interface UndoneLink extends PartedAgain {
  readonly version: number;
  readonly link: LinkRef;
  readonly by: string;
  readonly reason: string;
}

/** The customer has changed since it was worked out, or is not at rest. */
export interface Stale {
  readonly kind: 'stale';
}

/** A customer whose key led elsewhere comes back. */
export interface RestoreRequest extends Common {
  readonly kind: 'restore';
  readonly to: KeyedAddressee;
  readonly given: Return;
  readonly done: (outcome: PublishOutcome) => void;
}

/** One who was parted from this customer has heard it. */
export interface PartedRequest extends Common {
  readonly kind: 'parted';
  readonly key: IdentifierKey;
  readonly done: (outcome: PublishOutcome) => void;
}

/** The customer asked to be forgotten. */
export interface ForgetRequest extends Common {
  readonly kind: 'forget';
  readonly forget: Forget;
  readonly done: (answer: ForgetAnswer | Refusal) => void;
}

/** The customer to whom this key leads has moved on. */
export interface RedirectRequest extends Common {
  readonly kind: 'redirect';
  readonly leadsTo: IdentifierKey;
  /** Where it led, as far as is known. */
  readonly from: CustomerId;
  readonly done: (outcome: PublishOutcome) => void;
}

/** Another customer was seen with a device of this one. */
export interface YieldRequest extends Common {
  readonly kind: 'yield';
  readonly asked: Yield;
  readonly done: (answer: YieldAnswer | Refusal) => void;
}

/** Whether this customer has decided a request that names them by a weaker key. */
export interface RecallRequest extends Common {
  readonly kind: 'recall';
  readonly asked: Recall;
  readonly done: (answer: RecallAnswer | Refusal) => void;
}

/** Another shard asks for a part of a budget; it is about no customer. */
export interface LendRequest extends Common {
  readonly kind: 'lend';
  readonly ask: LoanAsk;
  readonly done: (answer: LoanAnswer | Refusal) => void;
}

/** A browser asks for the token of a message of this customer. */
export interface SpendRequest extends Common {
  readonly kind: 'spend';
  readonly ref: ChoiceRef;
  readonly browser: number;
  readonly done: (answer: SpendAnswer | Refusal) => void;
}

export type Request =
  | EventRequest
  | DecideRequest
  | FeedbackRequest
  | ReceiptRequest
  | TimerRequest
  | ConsiderRequest
  | AttemptRequest
  | ReadRequest
  | MemberRequest
  | ClaimRequest
  | ClaimedRequest
  | RedirectRequest
  | LinkRequest
  | UnlinkRequest
  | RestoreRequest
  | PartedRequest
  | SpendRequest
  | RecallRequest
  | YieldRequest
  | ForgetRequest
  | LendRequest;

export type RequestOutcome =
  | DecideOutcome
  | PublishOutcome
  | ClaimAnswer
  | SpendAnswer
  | RecallAnswer
  | YieldAnswer
  | LinkOutcome
  | UnlinkOutcome
  | ForgetAnswer
  | LoanAnswer
  | Stale;

/** A refusal without a field. */
export function refusal(code: Refusal['code'], message: string, retryAfterMs = 0): Refusal {
  return { kind: 'refused', code, message, retryAfterMs, field: '', rule: '', value: '' };
}

/** A refusal that names what was wrong with the input. */
export function invalid(field: string, rule: string, value: string, message: string): Refusal {
  return { kind: 'refused', code: 'invalid', message, retryAfterMs: 0, field, rule, value };
}

/** Tells a request that it was refused. */
export function refuse(request: Request, why: Refusal): void {
  (request.done as (outcome: Refusal) => void)(why);
}
