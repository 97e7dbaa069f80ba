// Long because it is the list of all facts, which is read as one page.
/**
 * What a turn decided is true: the only thing the log holds. A fact carries every value that the fold reads, so
 * `fold(facts)` needs no policy, catalogue or clock. Stored by codec/stored/fact-codec.ts; a change of a shape is a new format version.
 */
import type { CustomerId, IdentifierKey } from '../../base/brand.ts';
import type { AttributeValue } from '../attribute/attribute.ts';
import type { UsedOffsets } from '../calendar/customer-clock.ts';
import type { CandidateColumns } from '../decide/candidate-columns.ts';

/** Where a decision's choice stands in its shard's log. Names a dispatch, a contact and an outcome. */
export interface ChoiceRef {
  readonly seq: number;
  readonly index: number;
  readonly choice: number;
}

export interface FactProduct {
  readonly productId: string;
  readonly category: string;
  readonly brand: string;
  readonly size: string;
  /** '' where it stands for the size. */
  readonly variant: string;
  readonly price: number;
  readonly quantity: number;
  /** Margin per unit in currency. */
  readonly margin: number;
}

export interface FactOrder {
  readonly orderId: string;
  /** Of the products after discount; NaN: not said. */
  readonly revenue: number;
  /** NaN: not said. */
  readonly discount: number;
  readonly coupon: string;
  /** '' when none was given. */
  readonly refundId: string;
  /** Said to hold no products any more; absent: nothing is said of them, or the event has some. */
  readonly isEmptied?: true;
}

/** Names a link: the place of the fact that began it in the log of the customer who claimed, as a profile of their shard calls it. */
export interface LinkRef {
  readonly seq: number;
  readonly index: number;
}

/** What an order, or the word of a subscription's end, says of the subscription that it belongs to. */
export interface FactSubscription {
  /** '': not said. */
  readonly id: string;
  /** Said to be an order that came by itself. */
  readonly isRenewal: boolean;
}

/** One word of the shop about the customer. */
export interface FactAttribute {
  /** As the policy of the time declared it. */
  readonly name: string;
  /** Undefined: it is removed. */
  readonly value: AttributeValue | undefined;
}

/** What an event says of the proof of a consent, in the shop's own words; '' for what it does not say. */
export interface ConsentWords {
  /** Where the proof is: a reference, or an address. */
  readonly proof: string;
  /** The form, page or till where it was said. */
  readonly form: string;
  /** Of the text that the customer saw. */
  readonly textVersion: string;
}

export interface FactConsent {
  /** -1: every one. */
  readonly channel: number;
  readonly purpose: number;
  readonly granted: boolean;
  /** Absent: it says nothing of a proof. */
  readonly words?: ConsentWords;
  /** It confirms a yes that was said before; absent: it is a word of its own. */
  readonly confirms?: true;
  /** Channels on which a yes to marketing stands only when it is confirmed within so long, as the policy of the time said; absent: none is meant. */
  readonly waits?: readonly { readonly channel: number; readonly ms: number }[];
}

export interface EventFact {
  readonly kind: 'event';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  /** Identifiers that the profile did not hold yet. */
  readonly identifiers: readonly { readonly kind: string; readonly value: string; readonly origin: string }[];
  readonly source: string;
  readonly id: string;
  /** 48-bit hash of (source, id); 32-bit hash of the body. */
  readonly idHash: number;
  readonly bodyHash: number;
  readonly name: string;
  readonly at: number;
  readonly receivedAt: number;
  readonly zone: string;
  /** NaN: unknown. */
  readonly offsetMin: number;
  readonly locale: string;
  /** Local hour of week at `at`, Monday 0 h = 0; UTC when the zone is unknown. */
  readonly hourOfWeek: number;
  readonly channel: number;
  readonly sessionId: string;
  readonly historical: boolean;
  /** Currency in which it was sent, and what one unit of it is in the reporting currency; '' and 1: the reporting currency. */
  readonly currency: string;
  readonly rate: number;
  /** All amounts are in the reporting currency. */
  readonly products: readonly FactProduct[];
  readonly order: FactOrder | undefined;
  /** Of orders and ends of subscriptions; absent: it says of none. */
  readonly subscription?: FactSubscription;
  /** Id of the support case that was opened or closed; absent: it is about none. */
  readonly supportCase?: string;
  readonly consent: FactConsent | undefined;
  /** Index into FRICTIONS. */
  readonly friction: number;
  /** Of `Profile Updated`; absent: it tells none. */
  readonly attributes?: readonly FactAttribute[];
  /** The key by which the customer was met, where it is another one than their own. */
  readonly origin?: IdentifierKey;
}

/** The content and products of a choice: all that is needed to answer or push it again without the policy. */
export interface Content {
  readonly templateId: string;
  readonly locale: string;
  readonly slotNames: readonly string[];
  readonly slotValues: readonly string[];
  readonly productIds: readonly string[];
  readonly rendered: string;
}

/** What a decision holds of its action's budget: the discount of one order and the message. */
export interface Reservation {
  /** Id in the policy. */
  readonly budget: string;
  /** Day of the decision in the shop's zone, in days since 1970-01-01. */
  readonly day: number;
  /** Millionths of the currency, whole numbers: they add up to the same sum in any order. */
  readonly discount: number;
  readonly message: number;
}

export interface FactOffer {
  readonly offer: string;
  readonly kind: string;
  readonly depth: number;
  readonly code: string;
  readonly until: number;
  /** Undefined: its action draws on no budget, or the choice is only planned. */
  readonly reserved: Reservation | undefined;
}

export const CHOICE_KINDS = ['treatment', 'nothing', 'later'] as const;
export type ChoiceKind = (typeof CHOICE_KINDS)[number];

/** A treatment that goes to an ad platform: the customer is in an audience, with the treatment as its content. A level: the highest version counts. */
export interface AudienceLevel {
  /** As the policy names it. */
  readonly name: string;
  /** Kinds of identifiers that the ad platform may be given. */
  readonly kinds: readonly string[];
  /** Above every earlier one of this customer in this audience (audience/audience-version.ts). */
  readonly version: number;
  /** The customer is in it no longer: whom the channel system knows as the member, and why (code of REASONS). Absent: they are in it. */
  readonly left?: { readonly member: CustomerId; readonly reason: number };
}

export interface Choice {
  readonly placement: string;
  readonly kind: ChoiceKind;
  /** Row in the columns. */
  readonly row: number;
  /** '' when nothing was chosen. */
  readonly action: string;
  readonly variant: string;
  /** -1 when nothing was chosen. */
  readonly channel: number;
  readonly promotion: boolean;
  readonly product: string;
  readonly category: string;
  readonly offer: FactOffer | undefined;
  readonly content: Content | undefined;
  readonly propensity: number;
  readonly expectedValue: number;
  /** Why nothing: REASONS code, else 0. */
  readonly reason: number;
  readonly notAfter: number;
  /** For `later`: when. */
  readonly at: number;
  /** A treatment whose action reaches the customer once only; absent: as often as its caps allow. */
  readonly once?: true;
  /** A treatment whose purpose has limits of its own: no cap and no habit of marketing counts it. Absent: they do. */
  readonly apart?: true;
  /** A treatment that puts the customer into an audience of an ad platform; absent: it is a message. */
  readonly audience?: AudienceLevel;
}

/** What the columns and features are packed into; kept apart so that a fold can skip it. */
export interface DecisionRecord {
  readonly columns: CandidateColumns;
  /** scoreRows × features, float32: what the model saw. */
  readonly features: Float32Array;
  /** scoreRows × 3 logits as the model returned them. */
  readonly logits: Float32Array;
  readonly scoreRows: number;
  /** Channel of each score row. */
  readonly scoreChannel: Uint8Array;
  /** By budget index, millionths of the currency: what the day had drawn when a candidate asked; 0 where none did. */
  readonly budgetUsed: Float64Array;
  /** By score row, float32: P(buys untouched), calibrated, and P(a message of its channel reaches the customer). */
  readonly rowP0: Float32Array;
  readonly rowReach: Float32Array;
  /** Push channels that nobody served then: bits `1 << channel`; 0 for placements, to which it is nothing. */
  readonly unserved: number;
  /** Those that failed then, likewise. */
  readonly failing: number;
}

export interface DecisionFact {
  readonly kind: 'decision';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  readonly at: number;
  /** The zone that the caller named; '': the profile's. */
  readonly zone: string;
  /** Minutes east of UTC on the customer's clock at `at`; NaN: the zone is unknown. */
  readonly offsetMin: number;
  /** The other offsets that it used, because the clocks change in between. */
  readonly offsets: UsedOffsets;
  /** Version of the profile that it was made on. */
  readonly profileVersion: number;
  /** '' when the service decided by itself. */
  readonly requestId: string;
  readonly requestHash: number;
  readonly bodyHash: number;
  /** '' for a request; else why (event/cause.ts), or the slot of a consideration (consideration/slot.ts). */
  readonly cause: string;
  /** Trigger that caused it, -1: none. */
  readonly trigger: number;
  readonly dispatch: boolean;
  readonly seedA: number;
  readonly seedB: number;
  /** In the policy's holdout. */
  readonly heldOut: boolean;
  /** Decisions of more than one arm were made for the customer: what comes of this one tells nothing of an arm. */
  readonly mixed: boolean;
  /** Only a link in a message said who it is about: nothing personal was shown. Absent: they said so themselves. */
  readonly provisional?: true;
  readonly policy: string;
  readonly model: string;
  readonly head: string;
  readonly catalogSequence: number;
  /** The scorer failed, was late or could not be loaded: base rates were used, of the model's card where there is one. */
  readonly fallback: boolean;
  readonly contextChannel: number;
  /** What it was asked with and the profile does not hold: index into FRICTIONS, locale and device as they were used. */
  readonly friction: number;
  readonly locale: string;
  readonly device: string;
  /** Requested placements' names, in order ('' for outbound). */
  readonly placements: readonly string[];
  readonly alternativesMax: number;
  /** Until when unsubscribes count for it, one per choice; 0: its outcome is not awaited. See outcome/awaited-stages.ts. */
  readonly outcomeDue: readonly number[];
  /** How long engagement and purchases count for it. */
  readonly clickMs: number;
  readonly purchaseMs: number;
  readonly choices: readonly Choice[];
  readonly record: DecisionRecord;
}

/** What a channel was handed otherwise than it was decided, because prices, stock or the policy had changed until then. */
export interface SentContent {
  /** Records of the catalogue's log that were folded. */
  readonly catalogSequence: number;
  readonly templateId: string;
  /** Blanks that read otherwise, and how; '' where one was left out. */
  readonly slotNames: readonly string[];
  readonly slotValues: readonly string[];
  /** The words; undefined: as they were decided. */
  readonly rendered: string | undefined;
}

export interface HandedFact {
  readonly kind: 'handed';
  readonly customer: CustomerId;
  readonly ref: ChoiceRef;
  readonly attempt: number;
  readonly at: number;
  /** Absent: what was decided was handed over, word for word. */
  readonly sent?: SentContent;
}

export const DELIVERY_STATES = ['accepted', 'rejected', 'withdrawn', 'too_late', 'expired'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface DeliveryFact {
  readonly kind: 'delivery';
  readonly customer: CustomerId;
  readonly ref: ChoiceRef;
  readonly state: DeliveryState;
  readonly retryable: boolean;
  /** When the next attempt is due, 0: none. */
  readonly retryAt: number;
  /** Why the channel system refused it, in its own words; '' where it said nothing. */
  readonly reason: string;
  readonly at: number;
}

/** We ask the channel to stop a dispatch; the channel's answer is a DeliveryFact. */
export interface WithdrawFact {
  readonly kind: 'withdraw';
  readonly customer: CustomerId;
  readonly ref: ChoiceRef;
  readonly reason: number;
  readonly at: number;
  /** Of a pause: what is paused, who did it and why; absent: the reason says all. */
  readonly note?: string;
}

/** The customer is in an audience no longer; the channel system is told until it has accepted it. */
export interface AudienceLeftFact {
  readonly kind: 'audience-left';
  readonly customer: CustomerId;
  /** Of the policy's audience that they had entered. */
  readonly level: AudienceLevel & Required<Pick<AudienceLevel, 'left'>>;
  /** The decision by which they had entered, its action and its channel. */
  readonly ref: ChoiceRef;
  readonly action: string;
  readonly channel: number;
  readonly at: number;
  /** Of a pause: what is paused, who did it and why; absent: the reason says all. */
  readonly note?: string;
}

/** In the order of attune.v1.FeedbackKind, whose numbers are one higher; stored by their place. */
export const FEEDBACK_KINDS = [
  'delivered',
  'bounced_hard',
  'bounced_soft',
  'shown',
  'opened',
  'clicked',
  'replied',
  'dismissed',
  'unsubscribed',
  'complained',
  'converted',
  'address_gone',
] as const;
export type FeedbackKind = (typeof FEEDBACK_KINDS)[number];

export interface FeedbackFact {
  readonly kind: 'feedback';
  readonly customer: CustomerId;
  /** Where it was told by identifiers, which may begin a customer; undefined: by its message. */
  readonly key: IdentifierKey | undefined;
  readonly ref: ChoiceRef | undefined;
  readonly channel: number;
  readonly idHash: number;
  readonly bodyHash: number;
  readonly feedback: FeedbackKind;
  readonly at: number;
  readonly receivedAt: number;
  readonly hourOfWeek: number;
  /** A robot did it (link scanners, mail privacy proxies): counted, not learned from. */
  readonly machine: boolean;
  readonly link: string;
  readonly value: number;
  /** Purpose index for unsubscribes, -1: all. */
  readonly scope: number;
  /** The report's id where it is a refusal, of which it is the proof; absent: it is none, or of a version before. */
  readonly id?: string;
  /** The key by which the customer was met, where it is another one than their own; never of a report that names a message. */
  readonly origin?: IdentifierKey;
}

/** The customer has a new address on channels where messages had bounced: it is tried again. */
export interface ReaddressedFact {
  readonly kind: 'readdressed';
  readonly customer: CustomerId;
  /** Bit `1 << channel` for each. */
  readonly channels: number;
  readonly at: number;
}

/** The customer is not reached by a key any more: its device is somebody else's, or the address is gone. */
export interface KeyReleasedFact {
  readonly kind: 'key-released';
  readonly customer: CustomerId;
  readonly released: IdentifierKey;
  readonly at: number;
}

/** An event named the key of a device, which the customer holds or claims, later than any before. */
export interface DeviceSeenFact {
  readonly kind: 'device-seen';
  readonly customer: CustomerId;
  readonly device: IdentifierKey;
  /** The sighting (identity/sighting.ts). */
  readonly seenAt: number;
  readonly by: number;
  readonly at: number;
  /** The key by which the customer was met, where it is another one than their own. */
  readonly origin?: IdentifierKey;
}

/** Of the actor of a device's key: the device is the customer's who was seen with it last. */
export interface DeviceMovedFact {
  readonly kind: 'device-moved';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  /** By id, which shows nothing of a person; `customer` itself: nobody's any more. */
  readonly to: CustomerId;
  /** Names the claim (`Claimed.claim`). */
  readonly claim: number;
  /** The sighting. */
  readonly seenAt: number;
  readonly by: number;
  readonly at: number;
  /** Whoever was known by the key alone is forgotten; nothing else of them is left here. */
  readonly forgets?: true;
}

export interface PlanDroppedFact {
  readonly kind: 'plan-dropped';
  readonly customer: CustomerId;
  readonly plan: string;
  readonly reason: number;
  readonly at: number;
}

export interface TimerFact {
  readonly kind: 'timer';
  readonly customer: CustomerId;
  /** 'cancel' of an unknown timer changes nothing. */
  readonly op: 'set' | 'cancel';
  /** Index into TIMER_KINDS. */
  readonly timer: number;
  readonly key: string;
  readonly due: number;
}

export interface TimerFiredFact {
  readonly kind: 'timer-fired';
  readonly customer: CustomerId;
  readonly timer: number;
  readonly key: string;
  readonly due: number;
  readonly at: number;
}

/** A trigger fired. `trigger` is the decision's cause (event/cause.ts). Carries the friction so that the record needs no profile of the time. */
export interface TriggeredFact {
  readonly kind: 'triggered';
  readonly customer: CustomerId;
  readonly trigger: string;
  readonly friction: number;
  readonly at: number;
}

/** An outcome matures in stages, each when its window of the policy ends; the index is the stored code and the bit in a mask: append only. */
export const OUTCOME_STAGES = ['click', 'purchase', 'unsubscribe'] as const;
export type OutcomeStage = (typeof OUTCOME_STAGES)[number];

/** A candidate that could have been drawn for a choice, as it was scored: money in currency, float32. */
export interface OutcomeCandidate {
  /** Ids in the policy; '' for "do nothing", whose terms are 0. */
  readonly action: string;
  readonly variant: string;
  /** -1: "do nothing". */
  readonly channel: number;
  /** π: the candidates' add up to 1. */
  readonly propensity: number;
  /** P(the message reaches the customer). */
  readonly reach: number;
  /** The terms of the expected value (arbitration/expected-value.ts). */
  readonly tau: number;
  readonly tauSd: number;
  readonly margin: number;
  readonly discount: number;
  readonly margin0: number;
  readonly engage: number;
  readonly engageValue: number;
  readonly unsubscribe: number;
  readonly unsubscribeCost: number;
  readonly channelCost: number;
}

/** One stage of a decision's choice has matured: all that a learner needs of it, without decision, policy or profile. */
export interface OutcomeFact {
  readonly kind: 'outcome';
  readonly customer: CustomerId;
  readonly ref: ChoiceRef;
  readonly stage: OutcomeStage;
  readonly decidedAt: number;
  readonly at: number;
  readonly choice: ChoiceKind;
  readonly action: string;
  readonly variant: string;
  readonly channel: number;
  readonly propensity: number;
  readonly heldOut: boolean;
  /** As of the decision, or since: no comparison of arms counts it. */
  readonly mixed: boolean;
  /** It was sent by way of a channel system; else the caller had it to show. */
  readonly dispatched: boolean;
  /** The decision had no other choice: what followed can be due to nothing else of it. */
  readonly alone: boolean;
  readonly policy: string;
  /** Names what the features mean: a card says so. */
  readonly model: string;
  /** The score row of the chosen channel, else the first; empty when the record is gone. */
  readonly features: Float32Array;
  /** P(buys untouched) of that row, calibrated. */
  readonly p0: number;
  /** Of the choice's placement, "do nothing" first; empty when the record is gone. */
  readonly candidates: readonly OutcomeCandidate[];
  /** What was known when the stage matured; `stage` says which of them had its whole window. */
  readonly engaged: boolean;
  readonly unsubscribed: boolean;
  readonly orders: number;
  /**
   * In currency; the stages' add up to what the expected value foretold. click: the value of being engaged; purchase: margin in the
   * window, less discounts, what offers cost and what the message cost; unsubscribe: minus what is lost with the customer.
   */
  readonly reward: number;
  /** Matured before its window's end because the customer's pending list was full. */
  readonly truncated: boolean;
}

/** The customer claims a key that an event named together with them. */
export interface AbsorbBeginFact {
  readonly kind: 'absorb-begin';
  readonly customer: CustomerId;
  readonly claimed: IdentifierKey;
  /** The key whose redirect led to it; '': none. */
  readonly via: IdentifierKey | '';
  /** The kind of a key that unites nobody, by which the customer was met; '' usually (`Claimed.explicit`). */
  readonly explicit: string;
  readonly at: number;
  /** The key by which the customer was met, where it is another one than their own. */
  readonly origin?: IdentifierKey;
  /** The link that it is part of; absent: this fact begins one. */
  readonly link?: LinkRef;
  /** Somebody at a desk says so: neither the kind of a key nor an Unlink before stands against it. */
  readonly isDeclared?: true;
}

/** The actor of a claimed key lets it go: from here on it leads to `to`. */
export interface AbsorbOutFact {
  readonly kind: 'absorb-out';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  readonly to: IdentifierKey;
  /** Names the claim (`Claimed.claim`). */
  readonly claim: number;
  /** Profile and open dispatches (codec/stored/estate-codec.ts); empty: nothing was known. */
  readonly estate: Uint8Array;
  readonly at: number;
}

export const CLAIM_ENDS = [
  'united',
  'conflict',
  'crowded',
  'busy-day',
  'unreadable',
  'apart',
  'seen-later',
] as const;
/**
 * `conflict`: they are two people; `crowded`: the customer has as many keys as one may have; `busy-day`: as many people became one
 * within a day as may; `unreadable`: the key's customer is quarantined; `apart`: an Unlink has parted them;
 * `seen-later`: the key is a device's, which was seen with somebody else since.
 */
export type ClaimEnd = (typeof CLAIM_ENDS)[number];

/** A Profile, which this file cannot name: profiles are made of facts. */
export interface AbsorbedProfile {
  readonly id: CustomerId;
  readonly key: IdentifierKey;
}

/** A dispatch that no channel system has taken for good yet. */
export interface OpenDispatch {
  readonly customer: string;
  readonly ref: ChoiceRef;
  readonly choice: Choice;
  /** Times handed over so far. */
  readonly attempt: number;
  /** No earlier than this; 0: now. */
  readonly nextAt: number;
  /** Waits for a channel system's answer since; 0: it is with no one. */
  readonly handedAt: number;
}

/** A claim is over. */
export interface AbsorbInFact {
  readonly kind: 'absorb-in';
  readonly customer: CustomerId;
  readonly claimed: IdentifierKey;
  readonly end: ClaimEnd;
  /** The profile of the claimed customer, in the names of this customer's shard (profile/rehome.ts); undefined: nothing was known. */
  readonly state: AbsorbedProfile | undefined;
  readonly dispatches: readonly OpenDispatch[];
  /** The one taken in is a person by more than the weakest kind of key, and counts for how many may become one within a day. */
  readonly isPerson: boolean;
  /** Something was decided for the one taken in under another arm than this customer's. */
  readonly mixed: boolean;
  readonly at: number;
  /** Of a claim that can be undone; absent: a key that was nobody's. */
  readonly link?: JoinedBy;
}

/** How two became one, with all that it takes to part them again. */
export interface JoinedBy extends LinkRef {
  /** As in AbsorbOutFact. */
  readonly claim: number;
  /** The key by which the customer was met when they claimed; undefined: their own. */
  readonly origin: IdentifierKey | undefined;
  /** A Profile: the customer as they were before. */
  readonly before: AbsorbedProfile;
}

/** Somebody at a desk says that keys are one person's. The claims follow in the same record. */
export interface LinkedFact {
  readonly kind: 'linked';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  readonly identifiers: readonly IdentifierKey[];
  /** In the caller's words; '' where nothing was said. */
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** One who is a customer of their own again. */
export interface PartedCustomer {
  readonly key: IdentifierKey;
  /** By which they were taken in (`Moved.claim`). */
  readonly claim: number;
  /** Profile and open dispatches in the names of their own shard (codec/stored/estate-codec.ts). */
  readonly estate: Uint8Array;
}

/** A link is undone: from here on the customer is only themselves, and the others wait to hear it. */
export interface UnlinkedFact {
  readonly kind: 'unlinked';
  readonly customer: CustomerId;
  readonly link: LinkRef;
  /** A Profile: the customer without the others. */
  readonly own: AbsorbedProfile;
  readonly parted: readonly PartedCustomer[];
  /** Open dispatches that go with the others. */
  readonly given: readonly ChoiceRef[];
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** The actor of a key that led elsewhere is a customer of its own again. */
export interface RestoredFact {
  readonly kind: 'restored';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  /** Who gives it back (`UnlinkedFact.customer`). */
  readonly from: CustomerId;
  /** A Profile. */
  readonly state: AbsorbedProfile;
  readonly dispatches: readonly OpenDispatch[];
  readonly at: number;
}

/** One of those who were parted has heard it. */
export interface PartedFact {
  readonly kind: 'parted';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  readonly at: number;
}

/** The customer to whom a moved key leads has moved on. */
export interface RedirectedFact {
  readonly kind: 'redirected';
  readonly customer: CustomerId;
  readonly to: IdentifierKey;
  readonly at: number;
}

/** A link in a message says whose browser this is, until it says so itself: what is done there counts for `to`. */
export interface ProvisionalFact {
  readonly kind: 'provisional';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  /** By id, which shows nothing of a person. */
  readonly to: CustomerId;
  readonly at: number;
  readonly until: number;
}

/** The token of a message of this customer has identified a browser, and identifies no other one. */
export interface TokenSpentFact {
  readonly kind: 'token-spent';
  readonly customer: CustomerId;
  readonly ref: ChoiceRef;
  /** Tells browsers apart: 48-bit hash of the key. */
  readonly browser: number;
  readonly at: number;
}

/** The customer is forgotten: nothing of what was told of them before counts, and nothing is left but this. */
export interface ErasedFact {
  readonly kind: 'erased';
  readonly customer: CustomerId;
  readonly at: number;
}

/**
 * Somebody comes by a key of a person who was forgotten, and is not to be contacted: first of the facts of a new customer, or behind the one
 * by which the key joined a known one.
 */
export interface SilencedFact {
  readonly kind: 'silenced';
  readonly customer: CustomerId;
  readonly key: IdentifierKey;
  /** When the person was forgotten. */
  readonly since: number;
  /** The key that was theirs, where the customer has it: silent is whom it leads to when a link is undone. Absent in records of earlier versions. */
  readonly by?: IdentifierKey;
  readonly at: number;
}

/** Stands in a stored record in place of a fact of a customer who was forgotten, so that the others keep their places. */
export interface ForgottenFact {
  readonly kind: 'forgotten';
}

/** From this record on the shard works under it. `core` is a revision of the code (core-revision.ts), a number without a hash. */
export interface AdoptedFact {
  readonly kind: 'adopted';
  readonly edition: 'policy' | 'model' | 'head' | 'priors' | 'core' | 'pauses';
  readonly version: string;
  readonly sha256: string;
  readonly at: number;
}

/**
 * Of a budget's day: the sum of all that one shard has lent another, as the one (`lent`) or the other (`borrowed`) of them notes it in its log, the lender
 * first. It only grows.
 */
export interface LoanFact {
  readonly kind: 'loan';
  readonly side: 'lent' | 'borrowed';
  readonly budget: string;
  /** Of the shop's first zone. */
  readonly day: number;
  /** The other one. */
  readonly shard: number;
  /** Millionths of the currency. */
  readonly total: number;
  readonly at: number;
}

export interface FenceFact {
  readonly kind: 'fence';
  readonly node: string;
  readonly at: number;
}

export type CustomerFact =
  | EventFact
  | DecisionFact
  | HandedFact
  | DeliveryFact
  | WithdrawFact
  | AudienceLeftFact
  | FeedbackFact
  | ReaddressedFact
  | KeyReleasedFact
  | DeviceSeenFact
  | DeviceMovedFact
  | PlanDroppedFact
  | TimerFact
  | TimerFiredFact
  | TriggeredFact
  | OutcomeFact
  | AbsorbBeginFact
  | AbsorbOutFact
  | AbsorbInFact
  | RedirectedFact
  | LinkedFact
  | UnlinkedFact
  | RestoredFact
  | PartedFact
  | ProvisionalFact
  | TokenSpentFact
  | ErasedFact
  | SilencedFact;
export type ShardFact = AdoptedFact | FenceFact | ForgottenFact | LoanFact;
export type Fact = CustomerFact | ShardFact;

/** Heads every record of a log. */
export interface RecordHeader {
  readonly generation: number;
  /** Sequence of the fence under which it was written; a fence names itself. */
  readonly epoch: number;
  /** Unique per append attempt group of this process: tells our own record from another's when an acknowledgement was lost. */
  readonly batch: string;
  readonly at: number;
}
